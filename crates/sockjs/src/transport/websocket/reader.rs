//! From the bytes of the peer to whole messages: pure.

use std::str;

use bytes::{Buf, Bytes, BytesMut};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::{
    farewell::Farewell,
    head::{Head, Opcode, unmask},
    wire::{BROKEN_PROTOCOL, NOT_UTF8, TOO_BIG},
};

/// What the peer sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    /// A whole message that is UTF-8.
    Text(Bytes),
    Binary(Bytes),
    /// To be answered with the same bytes.
    Ping(Bytes),
    Pong,
    /// To be answered with the same bytes: nothing, or a code and a reason.
    Close(Bytes),
}

/// Puts frames together from what was read, and messages from frames.
///
/// Between messages it keeps no memory. While one is under way it keeps what has come of it, at
/// most the limit and what was read with it: the size that a frame announces is checked against
/// the limit and not allocated.
#[derive(Debug)]
pub(super) struct Reader {
    /// What came and is no whole frame yet.
    rest: BytesMut,
    /// The message that has begun, and what it is.
    begun: Option<(Opcode, BytesMut)>,
    /// Bytes that a message may have.
    limit: usize,
}

impl Reader {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            rest: BytesMut::new(),
            begun: None,
            limit,
        }
    }

    /// Takes what was read. Ask for what [`next`](Self::next) makes of it before there is more.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
    }

    /// What has come whole, one at a time. After an error nothing more can be understood.
    pub(super) fn next(&mut self) -> Result<Option<Incoming>, Farewell> {
        loop {
            let Some((head, payload)) = self.frame()? else {
                return Ok(None);
            };
            if let Some(incoming) = self.take(&head, payload)? {
                return Ok(Some(incoming));
            }
        }
    }

    fn frame(&mut self) -> Result<Option<(Head, BytesMut)>, Farewell> {
        let head = Head::read(&self.rest).map_err(|_| BROKEN_PROTOCOL)?;
        let Some((head, start)) = head else {
            return Ok(None);
        };
        let length = self.fitting(&head).ok_or(TOO_BIG)?;
        if self.rest.len() - start < length {
            return Ok(None);
        }
        self.rest.advance(start);
        let mut payload = self.rest.split_to(length);
        if self.rest.is_empty() {
            // An empty rest would keep the memory that it shares with the payload.
            self.rest = BytesMut::new();
        }
        unmask(&mut payload, head.mask);
        Ok(Some((head, payload)))
    }

    /// The length of a frame, if its message stays within the limit.
    fn fitting(&self, head: &Head) -> Option<usize> {
        let length = usize::try_from(head.length).ok()?;
        let before = match &self.begun {
            Some((_, begun)) if !head.opcode.is_control() => begun.len(),
            _ => 0,
        };
        let whole = before.checked_add(length)?;
        (head.opcode.is_control() || whole <= self.limit).then_some(length)
    }

    fn take(&mut self, head: &Head, payload: BytesMut) -> Result<Option<Incoming>, Farewell> {
        let (opcode, message) = match (head.opcode, self.begun.take()) {
            (Opcode::Continuation, Some((opcode, mut begun))) => {
                begun.unsplit(payload);
                (opcode, begun)
            }
            (opcode @ (Opcode::Text | Opcode::Binary), None) => (opcode, payload),
            (Opcode::Continuation, None) | (Opcode::Text | Opcode::Binary, Some(_)) => {
                return Err(BROKEN_PROTOCOL);
            }
            // Control frames may stand between the parts of a message.
            (control, begun) => {
                self.begun = begun;
                return match control {
                    Opcode::Ping => Ok(Some(Incoming::Ping(payload.freeze()))),
                    Opcode::Pong => Ok(Some(Incoming::Pong)),
                    _ => {
                        check_close(&payload)?;
                        Ok(Some(Incoming::Close(payload.freeze())))
                    }
                };
            }
        };
        if !head.last {
            self.begun = Some((opcode, message));
            return Ok(None);
        }
        let message = message.freeze();
        Ok(Some(if opcode == Opcode::Binary {
            Incoming::Binary(message)
        } else if str::from_utf8(&message).is_ok() {
            Incoming::Text(message)
        } else {
            return Err(NOT_UTF8);
        }))
    }
}

/// A close frame is empty, or has a code that may be sent and a reason that is UTF-8 (RFC 6455
/// sections 5.5.1 and 7.4).
fn check_close(payload: &[u8]) -> Result<(), Farewell> {
    match payload.split_first_chunk() {
        None if payload.is_empty() => Ok(()),
        Some((code, reason)) if CloseCode::from(u16::from_be_bytes(*code)).is_allowed() => {
            str::from_utf8(reason).map(|_| ()).map_err(|_| NOT_UTF8)
        }
        _ => Err(BROKEN_PROTOCOL),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A frame of a client, its mask being "mask".
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![first];
        match u8::try_from(payload.len()) {
            Ok(short @ 0..126) => bytes.push(0x80 | short),
            _ => {
                let length = u16::try_from(payload.len()).unwrap();
                bytes.push(0x80 | 126);
                bytes.extend(length.to_be_bytes());
            }
        }
        bytes.extend(b"mask");
        let start = bytes.len();
        bytes.extend(payload);
        unmask(&mut bytes[start..], *b"mask");
        bytes
    }

    fn read(limit: usize, bytes: &[u8]) -> Result<Vec<Incoming>, Farewell> {
        let mut reader = Reader::new(limit);
        reader.feed(bytes);
        let mut all = Vec::new();
        while let Some(incoming) = reader.next()? {
            all.push(incoming);
        }
        Ok(all)
    }

    #[test]
    fn a_message_in_parts_is_one_message_and_a_ping_may_stand_between() {
        let bytes = [
            frame(0x01, b"he"),
            frame(0x89, b"?"),
            frame(0x00, "l\u{ac00}".as_bytes().split_at(2).0),
            frame(0x80, "l\u{ac00}".as_bytes().split_at(2).1),
        ];
        let expected = [
            Incoming::Ping("?".into()),
            Incoming::Text("hel\u{ac00}".into()),
        ];
        assert_eq!(read(100, &bytes.concat()).unwrap(), expected);
    }

    #[test]
    fn the_limit_holds_at_its_edge_for_a_message_and_for_its_parts() {
        assert!(read(3, &frame(0x82, b"123")).is_ok());
        assert_eq!(read(3, &frame(0x82, b"1234")), Err(TOO_BIG));
        let parts = |last| [frame(0x02, b"12"), frame(0x80, last)].concat();
        assert!(read(3, &parts(b"3")).is_ok());
        assert_eq!(read(3, &parts(b"34")), Err(TOO_BIG));
        // What is only announced is refused at once.
        assert_eq!(
            read(
                3,
                &[
                    0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0
                ]
            ),
            Err(TOO_BIG)
        );
        // A control frame is no part of the message.
        let pinged = [frame(0x02, b"12"), frame(0x89, b"ping"), frame(0x80, b"3")];
        assert!(read(3, &pinged.concat()).is_ok());
    }

    #[test]
    fn parts_that_do_not_follow_are_a_fault() {
        assert_eq!(read(9, &frame(0x80, b"1")), Err(BROKEN_PROTOCOL));
        let twice = [frame(0x01, b"1"), frame(0x81, b"2")].concat();
        assert_eq!(read(9, &twice), Err(BROKEN_PROTOCOL));
    }

    #[test]
    fn text_has_to_be_utf_8_and_bytes_need_not_be() {
        assert_eq!(read(9, &frame(0x81, b"\xff")), Err(NOT_UTF8));
        let bytes = Incoming::Binary(Bytes::from_static(b"\xff"));
        assert_eq!(read(9, &frame(0x82, b"\xff")), Ok(vec![bytes]));
    }

    #[test]
    fn a_close_is_checked_before_it_is_answered() {
        let close = |payload: &[u8]| read(9, &frame(0x88, payload));
        for fine in [&b""[..], b"\x03\xe8", b"\x03\xe8bye"] {
            let answer = Bytes::from_static(fine);
            assert_eq!(close(fine), Ok(vec![Incoming::Close(answer)]));
        }
        assert_eq!(close(b"\x03"), Err(BROKEN_PROTOCOL));
        assert_eq!(close(b"\x03\xed"), Err(BROKEN_PROTOCOL), "1005");
        assert_eq!(close(b"\x03\xe8\xff"), Err(NOT_UTF8));
    }

    #[test]
    fn between_messages_nothing_is_kept() {
        let mut reader = Reader::new(9_000);
        reader.feed(&frame(0x81, &[b'x'; 8_000]));
        assert!(reader.next().unwrap().is_some());
        assert_eq!(reader.rest.capacity(), 0);
    }

    proptest! {
        #[test]
        fn however_the_bytes_are_cut_the_messages_are_the_same(
            messages in proptest::collection::vec(".{0,200}", 0..8),
            cut in 1_usize..50,
        ) {
            let mut bytes = Vec::new();
            for text in &messages {
                let (one, other) = text.as_bytes().split_at(text.len() / 2);
                bytes.extend(frame(0x01, one));
                bytes.extend(frame(0x80, other));
            }
            let mut reader = Reader::new(1_000);
            let mut all = Vec::new();
            for part in bytes.chunks(cut) {
                reader.feed(part);
                while let Some(incoming) = reader.next().unwrap() {
                    all.push(incoming);
                }
            }
            let expected: Vec<_> =
                messages.into_iter().map(|text| Incoming::Text(text.into())).collect();
            prop_assert_eq!(all, expected);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = read(50, &bytes);
        }
    }
}
