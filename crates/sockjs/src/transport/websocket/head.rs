//! The head of a WebSocket frame, RFC 6455 section 5.2: pure.

/// The longest head that we write: ours carry no mask.
pub(super) const MAX_HEAD: usize = 10;

/// The most that a control frame may carry (RFC 6455 section 5.5).
pub(super) const MAX_CONTROL: usize = 125;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

impl Opcode {
    fn read(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    pub(super) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// The head of a frame of the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Whether it ends its message.
    pub(super) last: bool,
    pub(super) opcode: Opcode,
    pub(super) mask: [u8; 4],
    /// Bytes that follow.
    pub(super) length: u64,
}

/// The head of no frame that a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

impl Head {
    /// The head that these bytes begin with, and its own length; `None` while it is not whole.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, Broken> {
        let &[first, second, ref rest @ ..] = bytes else {
            return Ok(None);
        };
        let opcode = Opcode::read(first & 0x0f).ok_or(Broken)?;
        let last = first & 0x80 != 0;
        // No extension was agreed on that would give the reserved bits a meaning, and a client
        // has to mask.
        if first & 0x70 != 0 || second & 0x80 == 0 {
            return Err(Broken);
        }
        let short = u64::from(second & 0x7f);
        if opcode.is_control() && (!last || short > MAX_CONTROL as u64) {
            return Err(Broken);
        }
        let (length, rest) = match short {
            126 => match rest.split_first_chunk() {
                Some((length, rest)) => (u64::from(u16::from_be_bytes(*length)), rest),
                None => return Ok(None),
            },
            127 => match rest.split_first_chunk() {
                Some((length, rest)) => (u64::from_be_bytes(*length), rest),
                None => return Ok(None),
            },
            short => (short, rest),
        };
        let Some((&mask, rest)) = rest.split_first_chunk() else {
            return Ok(None);
        };
        let head = Self {
            last,
            opcode,
            mask,
            length,
        };
        Ok(Some((head, bytes.len() - rest.len())))
    }
}

/// Writes the head of a whole message of ours into `space`, and gives back what it takes of it.
pub(super) fn write(opcode: Opcode, length: usize, space: &mut [u8; MAX_HEAD]) -> &[u8] {
    space[0] = 0x80 | opcode as u8;
    let end = match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..126), _) => {
            space[1] = short;
            2
        }
        (_, Ok(medium)) => {
            space[1] = 126;
            space[2..4].copy_from_slice(&medium.to_be_bytes());
            4
        }
        _ => {
            space[1] = 127;
            space[2..].copy_from_slice(&(length as u64).to_be_bytes());
            MAX_HEAD
        }
    };
    &space[..end]
}

/// Takes the mask off, or puts it on (RFC 6455 section 5.3).
pub(super) fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.into_iter().cycle()) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader, coding};

    use super::*;

    #[test]
    fn lengths_are_written_as_short_as_they_can_be() {
        for (length, expected) in [
            (0, &[0x81, 0][..]),
            (125, &[0x81, 125]),
            (126, &[0x81, 126, 0, 126]),
            (65_535, &[0x81, 126, 0xff, 0xff]),
            (65_536, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            assert_eq!(write(Opcode::Text, length, &mut [0; MAX_HEAD]), expected);
        }
    }

    #[test]
    fn what_no_client_may_send_is_refused() {
        for (bytes, why) in [
            (&[0x81, 0x01][..], "no mask"),
            (&[0xc1, 0x81], "a reserved bit"),
            (&[0x83, 0x81], "an unknown opcode"),
            (&[0x8b, 0x81], "an unknown control opcode"),
            (&[0x09, 0x81], "a ping in parts"),
            (&[0x88, 0xfe], "a close of 126 bytes or more"),
        ] {
            assert_eq!(Head::read(bytes), Err(Broken), "{why}");
        }
    }

    proptest! {
        #[test]
        fn a_head_is_read_as_another_implementation_writes_it(
            payload in proptest::collection::vec(any::<u8>(), 0..70_000),
            mask: [u8; 4],
            last: bool,
        ) {
            let mut frame = Frame::message(payload.clone(), coding::OpCode::Data(coding::Data::Binary), last);
            frame.header_mut().mask = Some(mask);
            let mut bytes = Vec::new();
            frame.format(&mut bytes).unwrap();
            let (head, length) = Head::read(&bytes).unwrap().unwrap();
            prop_assert_eq!(
                head,
                Head { last, opcode: Opcode::Binary, mask, length: payload.len() as u64 }
            );
            for part in 0..length {
                prop_assert_eq!(Head::read(&bytes[..part]), Ok(None));
            }
            unmask(&mut bytes[length..], mask);
            prop_assert_eq!(&bytes[length..], payload);
        }

        #[test]
        fn a_head_is_written_as_another_implementation_reads_it(length in 0_usize..200_000) {
            let mut space = [0; MAX_HEAD];
            let ours = write(Opcode::Ping, length, &mut space);
            let mut cursor = std::io::Cursor::new(ours);
            let (theirs, told) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
            prop_assert_eq!(told, length as u64);
            prop_assert!(theirs.is_final && theirs.mask.is_none());
            prop_assert_eq!(theirs.opcode, coding::OpCode::Control(coding::Control::Ping));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
            if let Ok(Some((_, length))) = Head::read(&bytes) {
                prop_assert!(length <= bytes.len());
            }
        }
    }
}
