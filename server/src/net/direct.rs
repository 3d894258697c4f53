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
    /// What the peer has not taken of what was begun.
    rest: Mutex<Bytes>,
}

impl Direct {
    pub(super) fn new(stream: Arc<dyn TryWrite>) -> Self {
        let rest = Mutex::default();
        Self { stream, rest }
    }

    /// What has to be written before anything else.
    pub(super) fn take_rest(&self) -> Bytes {
        mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Bytes> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outlet for Direct {
    /// STOMP frames follow one another as they are.
    fn framing(&self) -> Framing {
        |frame, wire| wire.extend_from_slice(frame)
    }

    fn write(&self, wire: &[u8]) -> Written {
        let mut rest = self.lock();
        if !rest.is_empty() {
            return Written::None;
        }
        match sockjs::write_now(&*self.stream, wire) {
            0 => Written::None,
            taken if taken == wire.len() => Written::All,
            taken => {
                *rest = Bytes::copy_from_slice(&wire[taken..]);
                Written::Some
            }
        }
    }
}
