//! The transport's side of a session whose peer comes to fetch: what its requests, its posts and
//! its timer do with the core.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::time::{Instant, Sleep};

use super::{
    Closed, Goodbye, Output, Refused,
    core::interrupted,
    shared::{Shared, wait, wake},
};

/// What a request is answered with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Open,
    Messages(Vec<Bytes>),
    Heartbeat,
    /// The session is over.
    Over(Goodbye),
}

impl Shared {
    // A request that fetches.

    /// See [`Core::attach`](super::core::Core::attach).
    pub(crate) fn attach(&self, answers: Option<u32>) -> Result<(), Refused> {
        let mut inner = self.lock();
        let attached = inner.core.attach(answers, Instant::now());
        if inner.core.closed().is_some() {
            wake(inner.everyone(), inner);
        } else {
            wake([inner.keeper_due()], inner);
        }
        attached
    }

    /// The request leaves, answered with so many bytes.
    pub(crate) fn leave(&self, bytes: usize) {
        let mut inner = self.lock();
        inner.core.leave(bytes, Instant::now());
        inner.transport = None;
        wake([inner.keeper_due()], inner);
    }

    /// The request broke off.
    pub(crate) fn interrupt(&self) {
        let mut inner = self.lock();
        inner.core.interrupt();
        wake(inner.everyone(), inner);
    }

    /// What to say next, and whether the request has lasted for long enough with it. Messages come
    /// together until they reach `room` bytes.
    pub(crate) fn poll_said(&self, cx: &mut Context<'_>, room: usize) -> Poll<(Said, bool)> {
        let now = Instant::now();
        let mut inner = self.lock();
        let said = match inner.core.poll(now) {
            Output::Idle => {
                wait(&mut inner.transport, cx);
                return Poll::Pending;
            }
            Output::Open => Said::Open,
            Output::Heartbeat => Said::Heartbeat,
            Output::Message(first) => {
                let mut bytes = first.len();
                let mut messages = vec![first];
                while bytes < room
                    && let Some(another) = inner.core.poll_another()
                {
                    bytes += another.len();
                    messages.push(another);
                }
                Said::Messages(messages)
            }
            Output::Goodbye(goodbye) => {
                // There is no connection to take down after that.
                inner.core.end(Closed::Ours);
                Said::Over(goodbye)
            }
            Output::Done(_) => {
                let last_words = inner.core.last_words().cloned();
                Said::Over(last_words.unwrap_or_else(interrupted))
            }
        };
        inner.core.handle_flushed();
        let enough = inner.core.has_lasted(now);
        if inner.core.closed().is_some() {
            wake(inner.everyone(), inner);
        } else {
            // The timer may be left alone: what was taken makes everything due later only.
            let room = inner.core.has_room() != Ok(false);
            let sender = room.then(|| inner.sender.take()).flatten();
            wake([sender], inner);
        }
        Poll::Ready((said, enough))
    }

    // A post.

    /// Waits until what a post brings may be received. Only one at a time may wait.
    pub(crate) fn poll_wants_input(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.lock();
        if inner.core.wants_input() {
            Poll::Ready(())
        } else {
            wait(&mut inner.post, cx);
            Poll::Pending
        }
    }

    // The timer.

    /// Does what the clock asks for until the session is over.
    pub(crate) fn poll_kept(
        &self,
        cx: &mut Context<'_>,
        mut timer: Pin<&mut Sleep>,
    ) -> Poll<Closed> {
        loop {
            let now = Instant::now();
            let mut inner = self.lock();
            inner.core.handle_timeout(now);
            if let Some(why) = inner.core.closed() {
                wake(inner.everyone(), inner);
                return Poll::Ready(why);
            }
            wait(&mut inner.keeper, cx);
            let next = inner.core.next_timeout();
            inner.armed = next;
            // A heartbeat may be due, and only the request can say it.
            let silent = inner.core.is_silent(now);
            let transport = (!silent).then(|| inner.transport.take()).flatten();
            wake([transport], inner);
            let Some(next) = next else {
                return Poll::Pending;
            };
            if timer.deadline() != next {
                timer.as_mut().reset(next);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// What a peer that asks again after the end is told.
    pub(crate) fn has_last_words(&self) -> bool {
        self.lock().core.last_words().is_some()
    }
}
