//! What every body carries: which message of which publisher it is, and when it was sent.

use std::time::{SystemTime, UNIX_EPOCH};

use memchr::memmem;

/// What marks the messages of one run, so that those of another are not counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run([u8; MARK]);

/// `rsb-` and eight hexadecimal digits.
const MARK: usize = 12;

/// The number of messages that only show that a room is reached. They are not counted.
pub(crate) const PROBE: u32 = u32::MAX;

/// The stamp of one message: 43 ASCII characters that JSON leaves alone.
///
/// ```text
/// rsb-5f0c2a19-0001-0000002a-000000003b9aca00
///     │        │    │        └ nanoseconds since the start of the run
///     │        │    └ its number among those of its publisher, from 0
///     │        └ publisher
///     └ run
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) publisher: u16,
    pub(crate) number: u32,
    pub(crate) at: u64,
}

impl Run {
    /// A mark that no run before or beside this one has.
    pub(crate) fn new() -> Self {
        let time = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the low digits differ most"
        )]
        Self::of((time as u32) ^ std::process::id().rotate_left(20))
    }

    fn of(number: u32) -> Self {
        let mut mark = *b"rsb-00000000";
        write_hex(&mut mark[4..], u64::from(number));
        Self(mark)
    }

    /// A part of names that only this run uses. It is not the mark, which a body must have once.
    pub(crate) fn name(&self) -> String {
        String::from_utf8_lossy(&self.0[4..]).into_owned()
    }
}

impl Stamp {
    /// Whether its message only shows that a room is reached.
    pub(crate) fn is_probe(&self) -> bool {
        self.number == PROBE
    }

    /// How many bytes it takes.
    pub(crate) const LEN: usize = MARK + 1 + 4 + 1 + 8 + 1 + 16;

    /// Appends it.
    pub(crate) fn write(&self, run: &Run, out: &mut Vec<u8>) {
        let mut text = *b"rsb-00000000-0000-00000000-0000000000000000";
        text[..MARK].copy_from_slice(&run.0);
        write_hex(&mut text[13..17], u64::from(self.publisher));
        write_hex(&mut text[18..26], u64::from(self.number));
        write_hex(&mut text[27..43], self.at);
        out.extend_from_slice(&text);
    }

    /// Finds the stamp of `run` in a body: at its beginning, or inside of JSON.
    pub(crate) fn find(run: &Run, body: &[u8]) -> Option<Self> {
        let at = if body.starts_with(&run.0) {
            0
        } else {
            memmem::find(body, &run.0)?
        };
        let text = body.get(at..at + Self::LEN)?;
        Some(Self {
            publisher: u16::try_from(read_hex(&text[13..17])?).ok()?,
            number: u32::try_from(read_hex(&text[18..26])?).ok()?,
            at: read_hex(&text[27..43])?,
        })
    }
}

fn write_hex(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(number & 15) as usize];
        number >>= 4;
    }
}

fn read_hex(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u64::from(value))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_stamp_is_found_inside_of_json() {
        let run = Run::of(0x5f0c_2a19);
        let stamp = Stamp {
            publisher: 1,
            number: 42,
            at: 1_000_000_000,
        };
        let mut body = br#"{"message":""#.to_vec();
        stamp.write(&run, &mut body);
        assert_eq!(&body[12..], b"rsb-5f0c2a19-0001-0000002a-000000003b9aca00");
        body.extend_from_slice(br#"xxx","seq":7}"#);
        assert_eq!(Stamp::find(&run, &body), Some(stamp));
    }

    #[test]
    fn what_is_not_of_this_run_is_not_found() {
        let run = Run::of(1);
        let mut body = Vec::new();
        let stamp = Stamp {
            publisher: 0,
            number: 0,
            at: 0,
        };
        stamp.write(&Run::of(2), &mut body);
        assert_eq!(Stamp::find(&run, &body), None);
        assert_eq!(Stamp::find(&run, b"rsb-00000001-0000"), None);
        assert_eq!(Stamp::find(&run, b""), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(publisher: u16, number: u32, at: u64, run: u32, before in "[a-z{\"]{0,20}") {
            let (run, stamp) = (Run::of(run), Stamp { publisher, number, at });
            let mut body = before.into_bytes();
            stamp.write(&run, &mut body);
            prop_assert_eq!(Stamp::find(&run, &body), Some(stamp));
        }

        #[test]
        fn any_body_can_be_searched(body: Vec<u8>, cut in 0..60_usize) {
            let run = Run::of(7);
            let mut marked = run.0.to_vec();
            marked.extend(body);
            marked.truncate(cut);
            let _ = Stamp::find(&run, &marked);
        }
    }
}
