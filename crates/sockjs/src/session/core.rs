//! One session as a pure machine: no socket, no task, no clock.
//!
//! ```text
//!              poll               close             every message and the
//! (Opening) ─────────▶ (Open) ─────────▶ (Closing) ── close frame are out ──┐
//!     │                  │                   │                              ▼
//!     └──────────────────┴───────────────────┴───────────── end ───────▶ (Closed)
//! ```
//!
//! A transport hands in what came with [`Core::receive`] and asks with [`Core::poll`] what goes
//! out; a handler takes messages with [`Core::recv`] and gives some with [`Core::send`]. How a
//! frame looks on the wire is the transport's business. [`Core::end`] is the only door out.
//!
//! On the HTTP transports the peer comes to fetch: only between [`Core::attach`] and
//! [`Core::leave`] or [`Core::interrupt`] is there a request that may poll.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::{Closed, attendance::Attendance, queue::Queue};
use crate::{Options, Transport};

/// How long a request may hear nothing before it is answered with a heartbeat where the
/// application has switched heartbeats off: proxies and browsers give up on a silent response, and
/// the client's JSONP does after 35 s.
const HTTP_HEARTBEAT: Duration = Duration::from_secs(25);

/// The code and reason that the peer will see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Goodbye {
    pub(crate) code: u16,
    pub(crate) reason: String,
}

impl Goodbye {
    pub(crate) fn new(code: u16, reason: &str) -> Self {
        Self {
            code,
            reason: reason.to_owned(),
        }
    }
}

/// What the transport has to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Say that the session is open.
    Open,
    /// Send this message.
    Message(Bytes),
    /// Say that we are alive.
    Heartbeat,
    /// Say that the session is over. Nothing follows but `Done`.
    Goodbye(Goodbye),
    /// Nothing for now.
    Idle,
    /// Nothing any more. `None`: the goodbye is said, and the transport is to `end` the session
    /// once the connection is down.
    Done(Option<Closed>),
}

/// Why a request may not fetch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Another one is there.
    Another,
    /// The session is over, and this is what there is to say about it.
    Over(Goodbye),
}

#[derive(Debug)]
pub(crate) struct Core {
    state: State,
    inbox: Queue,
    outbox: Queue,
    /// Something was polled that the transport has not flushed yet.
    in_flight: bool,
    /// When something was last polled, or when somebody came to listen.
    spoke: Instant,
    heartbeat: Option<Duration>,
    drain: Duration,
    attendance: Attendance,
    /// How many requests were answered. More than can be counted are more than any peer has had.
    answers: u32,
}

#[derive(Debug)]
enum State {
    Opening,
    Open,
    Closing {
        /// Whether the peer was told that the session is open; it is always told that first.
        opened: bool,
        goodbye: Goodbye,
        said: bool,
        deadline: Instant,
    },
    Closed {
        why: Closed,
        /// For a peer that asks again.
        last_words: Option<Goodbye>,
    },
}

impl Core {
    pub(crate) fn new(options: &Options, transport: Transport, now: Instant) -> Self {
        Self {
            state: State::Opening,
            inbox: Queue::new(options.inbox),
            outbox: Queue::new(options.outbox),
            in_flight: false,
            spoke: now,
            heartbeat: if transport.is_websocket() {
                options.heartbeat
            } else {
                Some(options.heartbeat.unwrap_or(HTTP_HEARTBEAT))
            },
            drain: options.send_timeout,
            attendance: Attendance::new(options, transport.is_websocket(), now),
            answers: 0,
        }
    }

    // What the transport hands in.

    /// A request comes to fetch what waits. Until it leaves there can be no other.
    ///
    /// A peer that counts says how many `answers` it has had. If one that we took for delivered is
    /// not among them, what it said is lost, and the session is over: some browsers and proxies
    /// send a request again by themselves when its connection was cut before the answer came
    /// through, and the peer would never know.
    pub(crate) fn attach(&mut self, answers: Option<u32>, now: Instant) -> Result<(), Refused> {
        if let State::Closed { .. } = &self.state {
            return Err(self.refused());
        }
        if self.attendance.is_present() {
            return Err(Refused::Another);
        }
        if answers.is_some_and(|answers| answers != self.answers) {
            self.interrupt();
            return Err(self.refused());
        }
        self.attendance.attend(now);
        self.spoke = now;
        self.offer(now);
        Ok(())
    }

    /// What a request is told when the session is over.
    fn refused(&self) -> Refused {
        Refused::Over(self.last_words().cloned().unwrap_or_else(interrupted))
    }

    /// The request leaves, answered with so many bytes.
    pub(crate) fn leave(&mut self, bytes: usize, now: Instant) {
        self.answers = self.answers.saturating_add(1);
        self.attendance.leave(bytes, now);
    }

    /// The request broke off. What was polled for it may be lost, so the session is over.
    pub(crate) fn interrupt(&mut self) {
        self.end_with(Closed::Peer, Some(interrupted()));
    }

    /// Whether the transport should go on reading. While a session is closing it should, to see
    /// the peer leave; what comes then is dropped.
    pub(crate) fn wants_input(&self) -> bool {
        match self.state {
            State::Opening | State::Open => self.inbox.has_room(),
            State::Closing { .. } | State::Closed { .. } => true,
        }
    }

    /// A message came. Nobody waits for it any more once the session is closing.
    pub(crate) fn receive(&mut self, message: Bytes) {
        if matches!(self.state, State::Opening | State::Open) {
            self.inbox.push(message);
        }
    }

    /// Everything polled so far has left us.
    pub(crate) fn handle_flushed(&mut self) {
        self.in_flight = false;
    }

    /// Time has passed. Call it when [`Core::next_timeout`] is reached, or whenever.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if matches!(self.state, State::Closing { deadline, .. } if deadline <= now) {
            self.end(Closed::Slow);
        } else if let Some(why) = self.attendance.lost(now) {
            self.end(why);
        } else {
            self.offer(now);
        }
    }

    /// The session is over: the only way to get there. The first reason counts. Messages that the
    /// handler has not taken yet can still be taken; what waits for the peer is dropped.
    pub(crate) fn end(&mut self, why: Closed) {
        self.end_with(why, None);
    }

    /// A goodbye of the handler that was not said yet goes before `last_words`.
    fn end_with(&mut self, why: Closed, mut last_words: Option<Goodbye>) {
        match &self.state {
            State::Closed { .. } => return,
            State::Closing { goodbye, .. } => last_words = Some(goodbye.clone()),
            State::Opening | State::Open => {}
        }
        self.state = State::Closed { why, last_words };
        self.outbox.clear();
        self.in_flight = false;
    }

    // What the handler commands.

    /// The next message of the peer, `Err` when none will come.
    pub(crate) fn recv(&mut self) -> Result<Option<Bytes>, Closed> {
        match (self.inbox.pop(), &self.state) {
            (None, State::Closed { why, .. }) => Err(*why),
            (message, _) => Ok(message),
        }
    }

    /// Whether `send` may be called: `Ok(false)` when it has to wait.
    pub(crate) fn has_room(&self) -> Result<bool, Closed> {
        match self.state {
            State::Opening | State::Open => Ok(self.outbox.has_room()),
            State::Closing { .. } => Err(Closed::Ours),
            State::Closed { why, .. } => Err(why),
        }
    }

    /// Queues a message for the peer, room or not.
    pub(crate) fn send(&mut self, message: Bytes) {
        if matches!(self.state, State::Opening | State::Open) {
            self.outbox.push(message);
        }
    }

    /// What was sent is offered to the peer; from now on it has to take something.
    pub(crate) fn offer(&mut self, now: Instant) {
        if !self.is_silent(now) {
            self.attendance.offer(now);
        }
    }

    /// Whether everything sent has left us. A peer that fetches does so when it likes, so there
    /// that is not waited for.
    pub(crate) fn is_flushed(&self) -> bool {
        !self.attendance.is_lasting() || (self.outbox.is_empty() && !self.in_flight)
    }

    /// Says goodbye, after the messages that already wait.
    pub(crate) fn close(&mut self, goodbye: Goodbye, now: Instant) {
        if matches!(self.state, State::Opening | State::Open) {
            self.inbox.clear();
            self.state = State::Closing {
                opened: matches!(self.state, State::Open),
                goodbye,
                said: false,
                deadline: now + self.drain,
            };
        }
    }

    /// Why the session is over, if it is.
    pub(crate) fn closed(&self) -> Option<Closed> {
        match self.state {
            State::Closed { why, .. } => Some(why),
            State::Opening | State::Open | State::Closing { .. } => None,
        }
    }

    /// What a peer that asks again after the end is told.
    pub(crate) fn last_words(&self) -> Option<&Goodbye> {
        match &self.state {
            State::Closed { last_words, .. } => last_words.as_ref(),
            State::Opening | State::Open | State::Closing { .. } => None,
        }
    }

    // What comes out.

    /// The next thing to do; call it until it says `Idle` or `Done`.
    pub(crate) fn poll(&mut self, now: Instant) -> Output {
        let output = match &mut self.state {
            State::Opening => {
                self.state = State::Open;
                Output::Open
            }
            State::Open => match self.outbox.pop() {
                Some(message) => Output::Message(message),
                None if self.heartbeat_due(now) => Output::Heartbeat,
                None => return Output::Idle,
            },
            State::Closing { opened, .. } if !*opened => {
                *opened = true;
                Output::Open
            }
            State::Closing { goodbye, said, .. } => match self.outbox.pop() {
                Some(message) => Output::Message(message),
                None if *said => return Output::Done(None),
                None => {
                    *said = true;
                    Output::Goodbye(goodbye.clone())
                }
            },
            State::Closed { why, .. } => return Output::Done(Some(*why)),
        };
        self.spoke = now;
        self.in_flight = true;
        self.attendance.taken();
        output
    }

    /// A message that may go out together with the one that was polled.
    pub(crate) fn poll_another(&mut self) -> Option<Bytes> {
        self.outbox.pop()
    }

    /// When to call `handle_timeout` and `poll` at the latest.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let due = match self.state {
            // While something is on its way, or not taken, the silence has not begun.
            State::Open if !self.in_flight && !self.attendance.is_stuck() => self.next_heartbeat(),
            State::Closing { deadline, .. } => Some(deadline),
            State::Closed { .. } => return None,
            State::Opening | State::Open => None,
        };
        let lost = self.attendance.next_timeout();
        due.into_iter().chain(lost).min()
    }

    /// Whether the request that is there has been there for long enough.
    pub(crate) fn has_lasted(&self, now: Instant) -> bool {
        self.attendance.enough().is_some_and(|enough| enough <= now)
    }

    /// A request that has to leave says so with a heartbeat.
    fn next_heartbeat(&self) -> Option<Instant> {
        if !self.attendance.is_present() {
            return None;
        }
        let silence = self.heartbeat.map(|silence| self.spoke + silence);
        let enough = self.attendance.enough();
        silence.into_iter().chain(enough).min()
    }

    fn heartbeat_due(&self, now: Instant) -> bool {
        !self.in_flight && self.next_heartbeat().is_some_and(|due| due <= now)
    }

    /// Whether `poll` would say `Idle`.
    pub(crate) fn is_silent(&self, now: Instant) -> bool {
        match self.state {
            State::Open => self.outbox.is_empty() && !self.heartbeat_due(now),
            State::Opening | State::Closing { .. } | State::Closed { .. } => false,
        }
    }
}

/// What the peer is told after a request broke off, or where there is nothing else to say.
pub(super) fn interrupted() -> Goodbye {
    Goodbye::new(1002, "Connection interrupted")
}

#[cfg(test)]
mod fetch_tests;
#[cfg(test)]
mod tests;
