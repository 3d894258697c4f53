//! Properties that hold for any octets and any way of cutting them.

mod support;

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use stomp::{
    Accepted, BEAT, Closed, Command, Decoder, Failure, Frame, Item, Limits, Output, Server,
    ServerEvent, ServerOptions, Version, encode,
};
use support::{START, decode_with};

/// Small enough that random input runs into each of them.
const TIGHT: Limits = Limits {
    frame: 90,
    headers: 3,
    header_line: 24,
    transactions: 2,
    transaction_frames: 3,
    transaction_bytes: 500,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// The same items and the same error, however the octets are cut, and never more held than
    /// one frame (which `decode_with` asserts after each piece).
    #[test]
    fn any_split_gives_the_same(
        bytes in stream(),
        cuts in vec(any::<prop::sample::Index>(), 0..12),
        version in version(),
        limits in select(vec![TIGHT, Limits::default()]),
    ) {
        let whole = decode_with(limits, version, &[&bytes]);
        let octets: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&decode_with(limits, version, &octets), &whole);
        prop_assert_eq!(&decode_with(limits, version, &pieces(&bytes, &cuts)), &whole);
    }

    /// Nothing panics, and nothing holds more than a frame.
    #[test]
    fn arbitrary_octets_are_survived(bytes in vec(any::<u8>(), 0..400), version in version()) {
        let octets: Vec<&[u8]> = bytes.chunks(7).collect();
        let (items, error) = decode_with(TIGHT, version, &octets);
        prop_assert!(items.len() <= bytes.len());
        prop_assert!(error.is_none_or(|error| !error.to_string().is_empty()));
    }

    /// What is encoded is what is decoded, for each version.
    #[test]
    fn decoding_undoes_encoding((version, frame) in sayable_frame(), beats in 0..3_usize) {
        let mut bytes = encode(&frame, version).to_vec();
        bytes.extend(BEAT.repeat(beats));
        let mut expected = vec![Item::Frame(frame)];
        expected.extend(vec![Item::Beat; beats]);
        prop_assert_eq!(decode_with(Limits::default(), version, &[&bytes]), (expected, None));
    }

    /// Whatever a frame is made of, its encoding is one frame and no more.
    #[test]
    fn an_encoding_is_one_frame(
        command in command(),
        headers in vec((".{0,6}", "(?s).{0,12}"), 0..4),
        body in vec(any::<u8>(), 0..20),
        version in version(),
    ) {
        let mut frame = Frame::new(command).body(body);
        frame.headers.extend(headers);
        let (items, error) = decode_with(Limits::default(), version, &[&encode(&frame, version)]);
        prop_assert_eq!((items.len(), error), (1, None));
    }

    /// A server survives any client and any application: it sends whole frames and beats only,
    /// one ERROR at most and only as the last thing, and once closed it stays so.
    #[test]
    fn a_server_survives_everything(
        connects in any::<bool>(),
        operations in vec(operation(), 0..20),
    ) {
        let mut now = START;
        let options = ServerOptions { limits: TIGHT, ..ServerOptions::default() };
        let mut watched = Watched::new(Server::new(options, now));
        if connects {
            watched.server.handle_input(b"CONNECT\naccept-version:1.2\n\n\0", now);
            watched.drive(now);
        }
        for operation in operations {
            let server = &mut watched.server;
            match operation {
                Operation::Input(bytes) => server.handle_input(&bytes, now),
                Operation::Wait(time) => {
                    now += time;
                    server.handle_timeout(now);
                }
                Operation::Receipt => drop(server.receipt("r".into(), now)),
                Operation::Deliver => drop(server.deliver(message(), now)),
                Operation::Fail => server.fail(Failure::new("no"), now),
            }
            watched.drive(now);
        }
        prop_assert!(watched.errors <= 1);
        if let Some(Closed::Error | Closed::Fault(_)) = watched.closed {
            prop_assert_eq!(watched.errors, 1);
        }
    }
}

/// A server and what has been seen of it.
struct Watched {
    server: Server,
    errors: usize,
    closed: Option<Closed>,
}

impl Watched {
    fn new(server: Server) -> Self {
        Self {
            server,
            errors: 0,
            closed: None,
        }
    }

    fn drive(&mut self, now: Duration) {
        loop {
            match self.server.poll() {
                Output::Transmit(bytes) => {
                    assert_eq!(self.errors, 0, "nothing follows an ERROR");
                    assert_eq!(self.closed, None, "nothing follows the end");
                    if is_error(&bytes) {
                        self.errors += 1;
                    }
                }
                Output::Event(ServerEvent::Connect { .. }) => {
                    assert_eq!(self.server.accept(Accepted::default(), now), Ok(()));
                }
                Output::Event(_) => assert_eq!(self.closed, None, "nothing follows the end"),
                Output::Wait(_) => {
                    assert_eq!(self.closed, None, "the end is final");
                    return;
                }
                Output::Closed(closed) => {
                    assert!(self.closed.as_ref().is_none_or(|before| *before == closed));
                    self.closed = Some(closed);
                    return;
                }
            }
        }
    }
}

/// Whether a transmission, which must be exactly one item, is an ERROR.
fn is_error(bytes: &[u8]) -> bool {
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(bytes);
    let item = decoder.next().expect("what a server sends is well formed");
    assert_eq!(decoder.next(), Ok(None), "one item in one transmission");
    assert_eq!(decoder.buffered(), 0, "and nothing left over");
    match item.expect("a whole item") {
        Item::Frame(frame) => frame.command == Command::Error,
        Item::Beat => false,
    }
}

#[derive(Clone, Debug)]
enum Operation {
    Input(Vec<u8>),
    Wait(Duration),
    Receipt,
    Deliver,
    Fail,
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        8 => stream().prop_map(Operation::Input),
        3 => (0..40_000_u64).prop_map(|time| Operation::Wait(Duration::from_millis(time))),
        1 => Just(Operation::Receipt),
        1 => Just(Operation::Deliver),
        1 => Just(Operation::Fail),
    ]
}

fn message() -> bytes::Bytes {
    encode(&Frame::new(Command::Message).body("x"), Version::V1_2)
}

fn version() -> impl Strategy<Value = Version> {
    select(vec![Version::V1_0, Version::V1_1, Version::V1_2])
}

fn command() -> impl Strategy<Value = Command> {
    select(Command::ALL.to_vec())
}

/// Octets that look like STOMP often enough to get past the first line.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let whole = select(vec![
        "CONNECT\naccept-version:1.1\nheart-beat:5000,5000\n\n\0",
        "SEND\ndestination:/a\n\nhello\0",
        "SEND\r\ndestination:/a\r\ncontent-length:3\r\n\r\n\0\0\0\0",
        "SUBSCRIBE\nid:0\ndestination:/a\nreceipt:1\n\n\0",
        "UNSUBSCRIBE\nid:0\n\n\0",
        "BEGIN\ntransaction:t\n\n\0",
        "SEND\ndestination:/a\ntransaction:t\n\nhello\0",
        "ACK\nid:0\nreceipt:2\n\n\0",
        "COMMIT\ntransaction:t\nreceipt:3\n\n\0",
        "DISCONNECT\nreceipt:9\n\n\0",
        "RECEIPT\nreceipt-id:\\c\\\\\n\n\0",
    ]);
    let part = select(vec![
        "SEND",
        "MESSAGE",
        "ACK",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\0",
        "\0",
        "a:b",
        ":",
        "\\n",
        "\\r",
        "\\x",
        "content-length:2",
        "content-length:70",
        "content-length:x",
        "receipt:r",
        "철",
        "xxxxxxxxxxxx",
    ]);
    let piece = prop_oneof![
        4 => whole.prop_map(|text| text.as_bytes().to_vec()),
        8 => part.prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..4),
    ];
    vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// A version and a frame that it can say in full, in the form that the decoder gives it back.
fn sayable_frame() -> impl Strategy<Value = (Version, Frame)> {
    (version(), command()).prop_flat_map(|(version, command)| {
        let (name, value) = match version {
            _ if !command.escapes() => ("[^:\r\n\0]{1,8}", "[^\r\n\0]{0,16}"),
            Version::V1_0 => ("[^:\r\n\0]{1,8}", "[^\r\n\0]{0,16}"),
            Version::V1_1 => ("[^\r\0]{1,8}", "[^\r\0]{0,16}"),
            Version::V1_2 => ("[^\0]{1,8}", "[^\0]{0,16}"),
        };
        let longest = if command.allows_body() { 300 } else { 0 };
        (vec((name, value), 0..6), vec(any::<u8>(), 0..=longest)).prop_map(
            move |(headers, body)| {
                let mut frame = Frame::new(command);
                frame.headers.extend(headers);
                if command.allows_body() {
                    frame.headers.push("content-length", body.len().to_string());
                }
                (version, frame.body(body))
            },
        )
    })
}

fn pieces<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    ends.push(bytes.len());
    ends.sort_unstable();
    let mut start = 0;
    ends.into_iter()
        .map(|end| {
            let piece = &bytes[start..end];
            start = end;
            piece
        })
        .collect()
}
