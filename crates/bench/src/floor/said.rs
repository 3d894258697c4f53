//! What a client of a floor has said.

use bytes::{Buf as _, Bytes, BytesMut};

use super::wire::{ECHO, JOIN, LENGTH, TELL};

/// The longest thing that can be said over a stream, in octets: a body of a MiB and its head.
pub(super) const LONGEST: usize = 1024 * 1024 + 4096;

/// One thing that was said. Rooms are names without a line end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Join { room: Bytes, answer: Bytes },
    Tell { room: Bytes, payload: Bytes },
    Echo { payload: Bytes },
}

impl Said {
    /// What a message says; nothing where it says nothing that a floor knows, as a heart-beat.
    pub(super) fn parse(mut message: Bytes) -> Option<Self> {
        let end = memchr::memchr(b'\n', &message)?;
        let head = message.split_to(end);
        message.advance(1);
        let kind = *head.first()?;
        let (room, payload) = (head.slice(1..), message);
        match kind {
            JOIN => Some(Self::Join {
                room,
                answer: payload,
            }),
            TELL => Some(Self::Tell { room, payload }),
            ECHO => Some(Self::Echo { payload }),
            _ => None,
        }
    }
}

/// Takes the next message from a stream; nothing where it is not whole yet.
///
/// # Errors
///
/// Its length, where it is longer than [`LONGEST`].
pub(super) fn next(stream: &mut BytesMut) -> Result<Option<Bytes>, usize> {
    let Some(length) = stream.first_chunk::<LENGTH>() else {
        return Ok(None);
    };
    let length = u32::from_be_bytes(*length) as usize;
    if length > LONGEST {
        return Err(length);
    }
    if stream.len() < LENGTH + length {
        return Ok(None);
    }
    stream.advance(LENGTH);
    Ok(Some(stream.split_to(length).freeze()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Wire;
    use super::*;

    #[test]
    fn what_is_said_in_messages_is_heard() {
        let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
        let join = Said::parse(Wire::Messages.join("a", b"in")).unwrap();
        assert_eq!(
            join,
            Said::Join {
                room: bytes("a"),
                answer: bytes("in")
            }
        );
        let tell = Said::parse(Wire::Messages.tell("a", b"x\ny")).unwrap();
        assert_eq!(
            tell,
            Said::Tell {
                room: bytes("a"),
                payload: bytes("x\ny")
            }
        );
        let echo = Said::parse(Wire::Messages.echo(b"x")).unwrap();
        assert_eq!(
            echo,
            Said::Echo {
                payload: bytes("x")
            }
        );
        assert_eq!(Said::parse(bytes("\n")), None, "a heart-beat");
    }

    #[test]
    fn over_a_stream_a_payload_is_as_long_as_a_websocket_message() {
        let mut stream = BytesMut::from(&*Wire::Stream.tell("a", b"x\0"));
        let message = next(&mut stream).unwrap().unwrap();
        let Some(Said::Tell { payload, .. }) = Said::parse(message) else {
            panic!("it was told");
        };
        assert_eq!(payload, &b"x\0\n\n\n\n"[..]);
        assert!(stream.is_empty());
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_comes() {
        let mut stream = BytesMut::from(&u32::MAX.to_be_bytes()[..]);
        assert_eq!(next(&mut stream), Err(u32::MAX as usize));
    }

    proptest! {
        #[test]
        fn anything_can_be_heard(bytes: Vec<u8>) {
            let _ = Said::parse(Bytes::from(bytes.clone()));
            let mut stream = BytesMut::from(&*bytes);
            while let Ok(Some(_)) = next(&mut stream) {}
        }

        #[test]
        fn a_stream_may_be_cut_anywhere(payloads: Vec<Vec<u8>>, cut in 1..40_usize) {
            let whole: Vec<u8> = payloads.iter().flat_map(|p| Wire::Stream.echo(p)).collect();
            let (mut stream, mut heard) = (BytesMut::new(), 0);
            for piece in whole.chunks(cut) {
                stream.extend_from_slice(piece);
                while let Some(message) = next(&mut stream).unwrap() {
                    let said = Said::parse(message);
                    let Some(Said::Echo { payload }) = said else {
                        return Err(TestCaseError::fail("it was an echo"));
                    };
                    prop_assert!(payload.starts_with(&payloads[heard]));
                    heard += 1;
                }
            }
            prop_assert_eq!(heard, payloads.len());
        }
    }
}
