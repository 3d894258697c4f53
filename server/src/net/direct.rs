//! The writing half of a byte stream, as the broker wants it.

use std::fmt::Debug;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use broker::{Framing, Outlet, Written};
use bytes::Bytes;
use sockjs::TryWrite;

/// A way to write to a peer between two turns of its session. The session takes what
/// [is left](Self::take_rest) before it writes anything itself.
#[derive(Debug)]
pub(super) struct Direct {
    stream: Arc<dyn TryWrite>,
    begun: Mutex<Begun>,
}

/// What was begun and is not written yet. Nothing else is before it is.
#[derive(Debug, Default)]
struct Begun {
    /// What the peer has not taken.
    rest: Bytes,
    /// The session writes it.
    taken: bool,
}

impl Direct {
    pub(super) fn new(stream: Arc<dyn TryWrite>) -> Self {
        let begun = Mutex::default();
        Self { stream, begun }
    }

    /// What has to be written before anything else. Where there is some, nobody but the session
    /// writes until it says that it has [written](Self::written) it.
    pub(super) fn take_rest(&self) -> Bytes {
        let mut begun = self.lock();
        let rest = mem::take(&mut begun.rest);
        begun.taken |= !rest.is_empty();
        rest
    }

    /// The session has written what it took.
    pub(super) fn written(&self) {
        self.lock().taken = false;
    }

    fn lock(&self) -> MutexGuard<'_, Begun> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outlet for Direct {
    /// STOMP frames follow one another as they are.
    fn framing(&self) -> Framing {
        |frame, wire| wire.extend_from_slice(frame)
    }

    fn write(&self, wire: &Bytes) -> Written {
        let mut begun = self.lock();
        if begun.taken || !begun.rest.is_empty() {
            return Written::None;
        }
        match sockjs::write_now(&*self.stream, wire) {
            0 => Written::None,
            taken if taken == wire.len() => Written::All,
            taken => {
                begun.rest = wire.slice(taken..);
                Written::Some
            }
        }
    }
}
