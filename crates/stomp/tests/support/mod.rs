//! What several tests need: frames out of literal bytes, and a machine driven to rest.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::time::Duration;

use bytes::Bytes;
use stomp::{
    Accepted, Closed, DecodeError, Decoder, Frame, Item, Limits, Output, Server, ServerEvent,
    ServerOptions, Version,
};

pub(crate) const START: Duration = Duration::from_secs(1_000);

/// Everything in `bytes`, and the error that they end in, if they do.
pub(crate) fn decode_with(
    limits: Limits,
    version: Version,
    pieces: &[&[u8]],
) -> (Vec<Item>, Option<DecodeError>) {
    let mut decoder = Decoder::new(limits);
    decoder.set_version(version);
    let mut items = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next() {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break,
                Err(error) => return (items, Some(error)),
            }
        }
        assert!(decoder.buffered() <= limits.frame, "{decoder:?}");
    }
    (items, None)
}

pub(crate) fn decode(version: Version, bytes: &[u8]) -> (Vec<Item>, Option<DecodeError>) {
    decode_with(Limits::default(), version, &[bytes])
}

/// The one frame that `bytes` are.
pub(crate) fn frame(version: Version, bytes: &[u8]) -> Frame {
    match decode(version, bytes) {
        (items, None) => match <[Item; 1]>::try_from(items) {
            Ok([Item::Frame(frame)]) => frame,
            other => panic!("not one frame: {other:?}"),
        },
        (items, Some(error)) => panic!("{error} after {items:?}"),
    }
}

/// The error that `bytes` are, with nothing before it.
pub(crate) fn error(version: Version, bytes: &[u8]) -> DecodeError {
    match decode(version, bytes) {
        (items, Some(error)) if items.is_empty() => error,
        other => panic!("not an error: {other:?}"),
    }
}

/// What a server does until it rests.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) sent: Vec<Bytes>,
    pub(crate) events: Vec<ServerEvent>,
    pub(crate) wait: Option<Duration>,
    pub(crate) closed: Option<Closed>,
}

impl Done {
    /// All that was transmitted, as text.
    pub(crate) fn text(&self) -> String {
        self.sent
            .iter()
            .map(|bytes| String::from_utf8_lossy(bytes))
            .collect()
    }
}

pub(crate) fn drive(server: &mut Server) -> Done {
    let mut done = Done::default();
    loop {
        match server.poll() {
            Output::Transmit(bytes) => done.sent.push(bytes),
            Output::Event(event) => done.events.push(event),
            Output::Wait(at) => {
                done.wait = at;
                return done;
            }
            Output::Closed(closed) => {
                done.closed = Some(closed);
                return done;
            }
        }
    }
}

/// A server that has just been given these bytes.
pub(crate) fn fresh(bytes: &[u8]) -> (Server, Done) {
    let mut server = Server::new(ServerOptions::default(), START);
    server.handle_input(bytes, START);
    let done = drive(&mut server);
    (server, done)
}

/// A server with an open session of this version.
pub(crate) fn open(version: Version) -> Server {
    open_with(ServerOptions::default(), version)
}

pub(crate) fn open_with(options: ServerOptions, version: Version) -> Server {
    let mut server = Server::new(options, START);
    let connect = format!("CONNECT\naccept-version:{version}\n\n\0");
    server.handle_input(connect.as_bytes(), START);
    let done = drive(&mut server);
    assert_eq!(done.events.len(), 1, "{done:?}");
    assert_eq!(server.accept(Accepted::default(), START), Ok(()));
    assert_eq!(drive(&mut server).sent.len(), 1);
    server
}

/// What an open session of this version does with these bytes.
pub(crate) fn say(version: Version, bytes: &[u8]) -> Done {
    let mut server = open(version);
    server.handle_input(bytes, START);
    drive(&mut server)
}
