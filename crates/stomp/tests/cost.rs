//! What decoding costs, whoever chooses the octets, and encoding: allocations, memory and time.

use std::time::{Duration, Instant};

use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use stomp::{Command, Decoder, Frame, Item, Limits, Version, encode};

fn decoder(limits: Limits) -> Decoder {
    let mut decoder = Decoder::new(limits);
    decoder.set_version(Version::V1_2);
    decoder
}

/// A SEND with so many headers and a body.
fn send(headers: usize, value: &str) -> Vec<u8> {
    let headers: String = (0..headers)
        .map(|n| format!("name-{n}:{value}\n"))
        .collect();
    format!("SEND\n{headers}\n{}\0", "x".repeat(1_000)).into_bytes()
}

/// What it takes to decode these octets into so many frames, and to drop them.
fn decoding(octets: &[u8], frames: usize) -> AllocationInfo {
    let mut decoder = decoder(Limits::default());
    measure(|| {
        decoder.push(octets);
        for _ in 0..frames {
            assert!(matches!(decoder.next(), Ok(Some(Item::Frame(_)))));
        }
        assert_eq!(decoder.next(), Ok(None));
    })
}

/// The octets, their reference count, and the list of headers.
#[test]
fn a_frame_takes_three_allocations_however_many_headers_it_has() {
    for headers in [1, 5, 60] {
        assert_eq!(
            decoding(&send(headers, "value"), 1).count_total,
            3,
            "{headers} headers"
        );
    }
}

/// Its own octets, and their reference count.
#[test]
fn an_escaped_value_takes_two_more() {
    assert_eq!(decoding(&send(5, "\\c"), 1).count_total, 3 + 2 * 5);
}

/// The octets and their reference count are shared.
#[test]
fn each_frame_of_many_in_one_push_takes_one_allocation() {
    assert_eq!(
        decoding(&send(5, "value").repeat(20), 20).count_total,
        2 + 20
    );
}

#[test]
fn nothing_is_held_once_the_frames_are_dropped() {
    let octets = [send(5, "\\c"), b"\r\n\n".to_vec()].concat().repeat(3);
    let mut decoder = decoder(Limits::default());
    let info = measure(|| {
        decoder.push(&octets);
        while let Ok(Some(_)) = decoder.next() {}
    });
    assert!(info.count_total > 0);
    assert_eq!((info.count_current, info.bytes_current), (0, 0));
}

#[test]
fn an_encoded_frame_takes_one_allocation() {
    let frame = Frame::new(Command::Send)
        .header("destination", "/topic/chat/room/lobby")
        .header("receipt", "r-42");
    let body = Bytes::from_static(&[b'x'; 1_000]);
    for length in [0, 9, 10, 99, 1_000] {
        let frame = frame.clone().body(body.slice(..length));
        for frame in [
            frame.clone(),
            frame.header("content-length", length.to_string()),
        ] {
            let info = measure(|| drop(encode(&frame, Version::V1_2)));
            assert_eq!(info.count_total, 1, "{frame:?}");
        }
    }
}

/// A buffer that doubles as it grows, the copy that growing makes, and the list of headers.
#[test]
fn an_endless_frame_takes_no_more_than_four_times_the_limit() {
    let limits = Limits {
        frame: 64 * 1024,
        headers: usize::MAX,
        header_line: usize::MAX,
        ..Limits::default()
    };
    for endless in [
        "x",
        "a:b\n",
        "SEND\n\nx",
        "SEND\ncontent-length:65000\n\nx",
        "\n",
    ] {
        let mut decoder = decoder(limits);
        let info = measure(|| {
            let mut octets = endless.bytes().chain(endless.bytes().rev().cycle());
            for _ in 0..1_000 {
                let piece: Vec<u8> = octets.by_ref().take(1_000).collect();
                decoder.push(&piece);
                while let Ok(Some(_)) = decoder.next() {}
            }
        });
        let most = 4 * limits.frame as u64;
        assert!(
            info.bytes_max <= most,
            "{} octets for {endless:?}",
            info.bytes_max
        );
    }
}

/// With any search that begins anew with each octet, this would take minutes.
#[test]
fn octet_by_octet_takes_time_in_proportion() {
    const OCTETS: usize = 2 * 1024 * 1024;
    let limits = Limits {
        frame: 2 * OCTETS,
        headers: usize::MAX,
        header_line: usize::MAX,
        ..Limits::default()
    };
    let body = format!("SEND\ncontent-length:{OCTETS}\n\n{}\0", "x".repeat(OCTETS));
    let unsized_body = format!("SEND\n\n{}\0", "x".repeat(OCTETS));
    let line = format!("SEND\na:{}\n\n\0", "x".repeat(OCTETS));
    let lines = format!("SEND\n{}\n\0", "a:b\n".repeat(OCTETS / 4));
    for (name, octets) in [
        ("a body", body),
        ("a body without length", unsized_body),
        ("a line", line),
        ("many lines", lines),
    ] {
        let start = Instant::now();
        let mut decoder = decoder(limits);
        let mut frames = 0;
        for octet in octets.as_bytes().chunks(1) {
            decoder.push(octet);
            while let Some(item) = decoder.next().expect("it is well formed") {
                frames += usize::from(matches!(item, Item::Frame(_)));
            }
        }
        assert_eq!(frames, 1);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(20), "{name} took {took:?}");
    }
}
