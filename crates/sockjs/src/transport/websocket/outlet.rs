//! The writing half of a connection, which others than its session may use between two turns of
//! the session.

use std::{
    fmt::Debug,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::net::TcpStream;

use super::{
    head::{self, MAX_HEAD},
    wire,
    writer::Writer,
};

/// A stream that can be written to by several, none of whom waits.
pub trait TryWrite: Debug + Send + Sync {
    /// Writes what the system takes at once.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] where it takes nothing; any other where it never will.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;
}

impl TryWrite for TcpStream {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        Self::try_write(self, bytes)
    }
}

/// The stream that carries the connection of a request, bare of TLS and of anything else that
/// would change the bytes. A server that puts it into the extensions of its requests gives raw
/// WebSockets an [`Outlet`].
#[derive(Debug, Clone)]
pub struct Beneath(pub Arc<dyn TryWrite>);

/// A way to write to the peer of a raw WebSocket without its session, and without waiting: see
/// [`Session::outlet`](crate::Session::outlet).
#[derive(Debug, Clone)]
pub struct Outlet(pub(super) Arc<Half>);

/// What became of messages that were given to an [`Outlet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// They are with the operating system.
    All,
    /// Some of their bytes are. The others go before anything else as soon as the peer takes them
    /// and the session is polled.
    Some,
    /// Nothing of them was taken or kept: the session has to send them.
    None,
}

impl Outlet {
    /// Appends a message as it looks on the wire: as text when it is UTF-8, and else as binary.
    pub fn frame(message: &Bytes, wire: &mut Vec<u8>) {
        let head = &mut [0; MAX_HEAD];
        wire.extend_from_slice(head::write(wire::opcode_of(message), message.len(), head));
        wire.extend_from_slice(message);
    }

    /// Writes messages that are [framed](Self::frame).
    ///
    /// To be called only while everything is written that was given to the session, and nothing
    /// is: what the session sends by itself, such as pings, does not get in the way. What the peer
    /// does not take is kept as a part of `wire`, which others may keep as well.
    pub fn write(&self, wire: &Bytes) -> Written {
        let mut writing = self.0.lock();
        let Writing { writer, stream } = &mut *writing;
        let Some(stream) = stream.as_ref().filter(|_| !writer.is_stuck()) else {
            return Written::None;
        };
        match write_now(&**stream, wire) {
            0 => Written::None,
            taken if taken == wire.len() => Written::All,
            taken => {
                writer.keep(wire.slice(taken..));
                Written::Some
            }
        }
    }
}

/// Writes what the system takes at once, and says how many bytes that was. Whether it takes no more
/// for now or for ever is for whoever waits for it to find out.
pub fn write_now(stream: &dyn TryWrite, bytes: &[u8]) -> usize {
    let mut taken = 0;
    while taken < bytes.len() {
        match stream.try_write(&bytes[taken..]) {
            Ok(more @ 1..) => taken += more,
            Ok(0) | Err(_) => break,
        }
    }
    taken
}

/// The writing half itself.
#[derive(Debug)]
pub(super) struct Half(Mutex<Writing>);

#[derive(Debug, Default)]
pub(super) struct Writing {
    pub(super) writer: Writer,
    /// There where others than the session may write, until the connection ends: then nobody else
    /// has anything to say, and whoever still holds an outlet must not keep the socket open.
    stream: Option<Arc<dyn TryWrite>>,
}

impl Half {
    pub(super) fn new(stream: Option<Arc<dyn TryWrite>>) -> Arc<Self> {
        let writer = Writer::default();
        Arc::new(Self(Mutex::new(Writing { writer, stream })))
    }

    /// Whether others than the session may write.
    pub(super) fn is_shared(&self) -> bool {
        self.lock().stream.is_some()
    }

    pub(super) fn close(&self) {
        self.lock().stream = None;
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Writing> {
        // Whole frames are written or kept under it, so that a panic elsewhere spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes at a time, and then none.
    #[derive(Debug)]
    struct Stream {
        turns: Mutex<Vec<usize>>,
        taken: Mutex<Vec<u8>>,
    }

    impl TryWrite for Stream {
        fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
            let turn = self.turns.lock().unwrap().pop();
            let count = turn.ok_or(io::ErrorKind::WouldBlock)?.min(bytes.len());
            self.taken
                .lock()
                .unwrap()
                .extend_from_slice(&bytes[..count]);
            Ok(count)
        }
    }

    fn outlet(turns: &[usize]) -> (Outlet, Arc<Stream>) {
        let stream = Arc::new(Stream {
            turns: Mutex::new(turns.iter().rev().copied().collect()),
            taken: Mutex::default(),
        });
        (Outlet(Half::new(Some(stream.clone()))), stream)
    }

    fn framed(messages: &[&'static [u8]]) -> Bytes {
        let mut wire = Vec::new();
        for message in messages {
            Outlet::frame(&Bytes::from_static(message), &mut wire);
        }
        wire.into()
    }

    #[test]
    fn messages_are_framed_as_a_server_does() {
        let wire = framed(&["안".as_bytes(), b"\xff"]);
        assert_eq!(wire[..], *b"\x81\x03\xec\x95\x88\x82\x01\xff");
    }

    #[test]
    fn what_is_taken_in_parts_is_taken() {
        let (outlet, stream) = outlet(&[1, 2, 100]);
        let wire = framed(&[b"hello", b"world"]);
        assert_eq!(outlet.write(&wire), Written::All);
        assert_eq!(*stream.taken.lock().unwrap(), wire);
    }

    #[test]
    fn what_is_begun_is_kept_and_nothing_else_is_taken_before_it() {
        let (outlet, stream) = outlet(&[3]);
        let wire = framed(&[b"hello"]);
        assert_eq!(outlet.write(&wire), Written::Some);
        assert_eq!(*stream.taken.lock().unwrap(), wire[..3]);
        stream.turns.lock().unwrap().push(100);
        assert_eq!(outlet.write(&wire), Written::None);
        assert!(outlet.0.lock().writer.is_stuck());
    }

    #[test]
    fn a_peer_that_takes_nothing_gets_nothing_kept() {
        let (outlet, _) = outlet(&[]);
        assert_eq!(outlet.write(&framed(&[b"hello"])), Written::None);
        assert!(!outlet.0.lock().writer.is_stuck());
    }

    #[test]
    fn nothing_follows_the_close() {
        let (outlet, stream) = outlet(&[100]);
        outlet.0.close();
        assert_eq!(outlet.write(&framed(&[b"hello"])), Written::None);
        assert!(stream.taken.lock().unwrap().is_empty());
    }
}
