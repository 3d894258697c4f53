//! What a handler and a transport share: the core under one lock, and who waits for what.
//!
//! No lock is ever held over an `.await`, and nobody is woken while it is held.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    Closed,
    core::{Core, Goodbye},
};
use crate::{Options, Transport};

#[derive(Debug)]
pub(crate) struct Shared {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) core: Core,
    /// The handler, waiting for a message.
    receiver: Option<Waker>,
    /// The handler, waiting for room, for a flush or for the end.
    pub(super) sender: Option<Waker>,
    /// The connection, or the request that fetches, waiting for anything to do.
    pub(super) transport: Option<Waker>,
    /// A post of a peer that fetches, waiting for room.
    pub(super) post: Option<Waker>,
    /// The timer of a peer that fetches, and when it rings.
    pub(super) keeper: Option<Waker>,
    pub(super) armed: Option<Instant>,
}

impl Inner {
    /// The timer, if it has to be set anew. One that rings too early does no harm.
    pub(super) fn keeper_due(&mut self) -> Option<Waker> {
        self.keeper.as_ref()?;
        let late = match (self.core.next_timeout(), self.armed) {
            (Some(next), Some(armed)) => next < armed,
            (Some(_), None) => true,
            (None, _) => self.core.closed().is_some(),
        };
        late.then(|| self.keeper.take()).flatten()
    }

    /// All who wait, for when nothing will be as it was.
    pub(super) fn everyone(&mut self) -> [Option<Waker>; 5] {
        [
            self.receiver.take(),
            self.sender.take(),
            self.transport.take(),
            self.post.take(),
            self.keeper.take(),
        ]
    }
}

impl Shared {
    pub(crate) fn new(options: &Options, transport: Transport) -> Self {
        Self {
            inner: Mutex::new(Inner {
                core: Core::new(options, transport, Instant::now()),
                receiver: None,
                sender: None,
                transport: None,
                post: None,
                keeper: None,
                armed: None,
            }),
        }
    }

    pub(crate) fn closed(&self) -> Option<Closed> {
        self.lock().core.closed()
    }

    // The handler's side.

    pub(super) fn poll_recv(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut inner = self.lock();
        let was_full = !inner.core.wants_input();
        match inner.core.recv() {
            Ok(Some(message)) => {
                if was_full && inner.core.wants_input() {
                    wake([inner.transport.take(), inner.post.take()], inner);
                }
                Poll::Ready(Some(message))
            }
            Ok(None) => {
                wait(&mut inner.receiver, cx);
                Poll::Pending
            }
            Err(_) => Poll::Ready(None),
        }
    }

    /// Queues what `message` holds as soon as there is room. The transport is not told, except
    /// when it has to make room.
    pub(super) fn poll_feed(
        &self,
        cx: &mut Context<'_>,
        message: &mut Option<Bytes>,
    ) -> Poll<Result<(), Closed>> {
        let mut inner = self.lock();
        if inner.core.has_room()? {
            if let Some(message) = message.take() {
                inner.core.send(message);
            }
            Poll::Ready(Ok(()))
        } else {
            wait(&mut inner.sender, cx);
            offer(inner);
            Poll::Pending
        }
    }

    /// Tells the transport that there is something to write.
    pub(super) fn start_flush(&self) {
        offer(self.lock());
    }

    pub(super) fn poll_flushed(&self, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        let mut inner = self.lock();
        if let Some(why) = inner.core.closed() {
            Poll::Ready(Err(why))
        } else if inner.core.is_flushed() {
            Poll::Ready(Ok(()))
        } else {
            wait(&mut inner.sender, cx);
            Poll::Pending
        }
    }

    pub(super) fn close(&self, goodbye: Goodbye) {
        let mut inner = self.lock();
        inner.core.close(goodbye, Instant::now());
        offer(inner);
    }

    pub(super) fn poll_closed(&self, cx: &mut Context<'_>) -> Poll<Closed> {
        let mut inner = self.lock();
        match inner.core.closed() {
            Some(why) => Poll::Ready(why),
            None => {
                wait(&mut inner.sender, cx);
                Poll::Pending
            }
        }
    }

    // The transport's side.

    pub(crate) fn receive(&self, messages: impl IntoIterator<Item = Bytes>) {
        let mut inner = self.lock();
        for message in messages {
            inner.core.receive(message);
        }
        wake([inner.receiver.take()], inner);
    }

    /// See [`Core::end`].
    pub(crate) fn end(&self, why: Closed) {
        let mut inner = self.lock();
        inner.core.end(why);
        wake(inner.everyone(), inner);
    }

    /// The core is whole after every call, so a panic elsewhere does not spoil it.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn offer(mut inner: MutexGuard<'_, Inner>) {
    inner.core.offer(Instant::now());
    wake([inner.transport.take(), inner.keeper_due()], inner);
}

pub(super) fn wait(slot: &mut Option<Waker>, cx: &mut Context<'_>) {
    match slot {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *slot = Some(cx.waker().clone()),
    }
}

/// Gives the lock back first, then wakes.
pub(super) fn wake<const N: usize>(wakers: [Option<Waker>; N], inner: MutexGuard<'_, Inner>) {
    drop(inner);
    wakers.into_iter().flatten().for_each(Waker::wake);
}
