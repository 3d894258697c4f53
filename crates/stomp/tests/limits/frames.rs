//! What one frame may be.

use stomp::{DecodeError, Item, Limits, Version};

use crate::support::{decode_with, say};

const SMALL: Limits = Limits {
    frame: 100,
    headers: 3,
    header_line: 20,
    transactions: 0,
    transaction_frames: 0,
    transaction_bytes: 0,
};

fn decode(bytes: &[u8]) -> (usize, Option<DecodeError>) {
    let (items, error) = decode_with(SMALL, Version::V1_2, &[bytes]);
    (
        items
            .iter()
            .filter(|item| matches!(item, Item::Frame(_)))
            .count(),
        error,
    )
}

fn sized(head: &str, octets: usize) -> Vec<u8> {
    let mut bytes = head.as_bytes().to_vec();
    bytes.resize(octets - 1, b'x');
    bytes.push(0);
    bytes
}

#[test]
fn a_frame_of_the_limit_passes_with_nul_as_its_end() {
    assert_eq!(decode(&sized("SEND\na:b\n\n", 100)), (1, None));
    assert_eq!(
        decode(&sized("SEND\na:b\n\n", 101)),
        (0, Some(DecodeError::FrameTooLarge(100)))
    );
}

#[test]
fn a_frame_of_the_limit_passes_with_content_length() {
    let head = "SEND\ncontent-length:78\n\n";
    assert_eq!(
        decode(&sized(head, head.len() + 79)),
        (0, Some(DecodeError::FrameTooLarge(100)))
    );
    let head = "SEND\ncontent-length:75\n\n";
    assert_eq!(head.len() + 76, 100);
    assert_eq!(decode(&sized(head, 100)), (1, None));
    let head = "SEND\ncontent-length:76\n\n";
    assert_eq!(
        decode(&sized(head, 101)),
        (0, Some(DecodeError::FrameTooLarge(100)))
    );
}

#[test]
fn an_announced_body_is_refused_before_it_comes() {
    assert_eq!(
        decode(b"SEND\ncontent-length:76\n\n"),
        (0, Some(DecodeError::FrameTooLarge(100)))
    );
}

#[test]
fn a_body_without_end_is_refused_one_octet_after_the_limit() {
    let endless = [b"SEND\n\n".to_vec(), vec![b'x'; 93]].concat();
    assert_eq!(decode(&endless), (0, None));
    let endless = [b"SEND\n\n".to_vec(), vec![b'x'; 94]].concat();
    assert_eq!(decode(&endless), (0, Some(DecodeError::FrameTooLarge(100))));
}

#[test]
fn a_head_without_end_is_refused_at_the_limit() {
    let limits = Limits {
        frame: 100,
        headers: 1_000,
        header_line: 1_000,
        ..SMALL
    };
    let with_lines = |count: usize| {
        let bytes = [b"SEND\n".to_vec(), b"a:bcd\n".repeat(count)].concat();
        decode_with(limits, Version::V1_2, &[&bytes]).1
    };
    assert_eq!(with_lines(15), None); // 95 octets
    assert_eq!(with_lines(16), Some(DecodeError::FrameTooLarge(100)));
    let without_line = |octets: usize| decode_with(limits, Version::V1_2, &[&vec![b'x'; octets]]).1;
    assert_eq!(without_line(100), None);
    assert_eq!(without_line(101), Some(DecodeError::FrameTooLarge(100)));
}

#[test]
fn as_many_headers_as_the_limit_pass() {
    assert_eq!(decode(b"SEND\na:1\nb:2\nc:3\n\n\0"), (1, None));
    assert_eq!(
        decode(b"SEND\na:1\nb:2\nc:3\nd:4\n\n\0"),
        (0, Some(DecodeError::TooManyHeaders(3)))
    );
}

#[test]
fn a_header_line_of_the_limit_passes_whatever_its_ending() {
    for ending in ["\n", "\r\n"] {
        let with =
            |octets: usize| format!("SEND{ending}a:{}{ending}{ending}\0", "x".repeat(octets - 2));
        assert_eq!(decode(with(20).as_bytes()), (1, None));
        assert_eq!(
            decode(with(21).as_bytes()),
            (0, Some(DecodeError::HeaderTooLong(20)))
        );
    }
}

#[test]
fn many_frames_in_one_push_may_exceed_the_limit_of_one() {
    assert_eq!(decode(&sized("SEND\na:b\n\n", 100).repeat(50)), (50, None));
}

#[test]
fn the_default_limit_is_what_a_server_keeps() {
    let head = "SEND\ndestination:/a\n\n";
    let limit = 64 * 1024;
    let done = say(Version::V1_2, &sized(head, limit));
    assert_eq!((done.events.len(), done.closed), (1, None));
    let done = say(Version::V1_2, &sized(head, limit + 1));
    assert!(done.events.is_empty());
    assert_eq!(
        done.closed,
        Some(stomp::Closed::Fault(
            DecodeError::FrameTooLarge(limit).into()
        )),
    );
    assert!(
        done.text()
            .starts_with("ERROR\nmessage:the frame is larger than the limit of 65536 octets\n")
    );
}
