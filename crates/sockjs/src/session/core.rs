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

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::{Closed, queue::Queue};
use crate::Options;

/// The code and reason that the peer will see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Goodbye {
    pub(crate) code: u16,
    pub(crate) reason: String,
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

#[derive(Debug)]
pub(crate) struct Core {
    state: State,
    inbox: Queue,
    outbox: Queue,
    /// Something was polled that the transport has not flushed yet.
    in_flight: bool,
    /// When something was last polled.
    spoke: Instant,
    heartbeat: Option<Duration>,
    drain: Duration,
}

#[derive(Debug)]
enum State {
    Opening,
    Open,
    Closing {
        /// Whether the peer was told that the session is open; it is always told that first.
        opened: bool,
        /// Taken once it is said.
        goodbye: Option<Goodbye>,
        deadline: Instant,
    },
    Closed(Closed),
}

impl Core {
    pub(crate) fn new(options: &Options, now: Instant) -> Self {
        Self {
            state: State::Opening,
            inbox: Queue::new(options.inbox),
            outbox: Queue::new(options.outbox),
            in_flight: false,
            spoke: now,
            heartbeat: options.heartbeat,
            drain: options.send_timeout,
        }
    }

    // What the transport hands in.

    /// Whether the transport should go on reading. While a session is closing it should, to see
    /// the peer leave; what comes then is dropped.
    pub(crate) fn wants_input(&self) -> bool {
        match self.state {
            State::Opening | State::Open => self.inbox.has_room(),
            State::Closing { .. } | State::Closed(_) => true,
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
        }
    }

    /// The session is over: the only way to get there. The first reason counts. Messages that the
    /// handler has not taken yet can still be taken; what waits for the peer is dropped.
    pub(crate) fn end(&mut self, why: Closed) {
        if !matches!(self.state, State::Closed(_)) {
            self.state = State::Closed(why);
            self.outbox.clear();
            self.in_flight = false;
        }
    }

    // What the handler commands.

    /// The next message of the peer, `Err` when none will come.
    pub(crate) fn recv(&mut self) -> Result<Option<Bytes>, Closed> {
        match (self.inbox.pop(), &self.state) {
            (None, State::Closed(why)) => Err(*why),
            (message, _) => Ok(message),
        }
    }

    /// Whether `send` may be called: `Ok(false)` when it has to wait.
    pub(crate) fn has_room(&self) -> Result<bool, Closed> {
        match self.state {
            State::Opening | State::Open => Ok(self.outbox.has_room()),
            State::Closing { .. } => Err(Closed::Ours),
            State::Closed(why) => Err(why),
        }
    }

    /// Queues a message for the peer, room or not.
    pub(crate) fn send(&mut self, message: Bytes) {
        if matches!(self.state, State::Opening | State::Open) {
            self.outbox.push(message);
        }
    }

    /// Whether everything sent has left us.
    pub(crate) fn is_flushed(&self) -> bool {
        self.outbox.is_empty() && !self.in_flight
    }

    /// Says goodbye, after the messages that already wait.
    pub(crate) fn close(&mut self, goodbye: Goodbye, now: Instant) {
        if matches!(self.state, State::Opening | State::Open) {
            self.inbox.clear();
            self.state = State::Closing {
                opened: matches!(self.state, State::Open),
                goodbye: Some(goodbye),
                deadline: now + self.drain,
            };
        }
    }

    /// Why the session is over, if it is.
    pub(crate) fn closed(&self) -> Option<Closed> {
        match self.state {
            State::Closed(why) => Some(why),
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
            State::Closing { goodbye, .. } => match self.outbox.pop() {
                Some(message) => Output::Message(message),
                None => match goodbye.take() {
                    Some(goodbye) => Output::Goodbye(goodbye),
                    None => return Output::Done(None),
                },
            },
            State::Closed(why) => return Output::Done(Some(*why)),
        };
        self.spoke = now;
        self.in_flight = true;
        output
    }

    /// When to call `handle_timeout` and `poll` at the latest.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        match self.state {
            // While something is on its way the silence has not begun.
            State::Open if !self.in_flight => Some(self.spoke + self.heartbeat?),
            State::Closing { deadline, .. } => Some(deadline),
            State::Opening | State::Open | State::Closed(_) => None,
        }
    }

    fn heartbeat_due(&self, now: Instant) -> bool {
        !self.in_flight
            && self
                .heartbeat
                .is_some_and(|silence| self.spoke + silence <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn opened(options: &Options) -> (Core, Instant) {
        let now = Instant::now();
        let mut core = Core::new(options, now);
        assert_eq!(core.poll(now), Output::Open);
        core.handle_flushed();
        (core, now)
    }

    fn message(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    fn goodbye() -> Goodbye {
        Goodbye {
            code: 3000,
            reason: "Go away!".into(),
        }
    }

    #[test]
    fn the_session_opens_before_the_first_message_goes_out() {
        let now = Instant::now();
        let mut core = Core::new(&Options::default(), now);
        core.send(message("early"));
        assert_eq!(core.poll(now), Output::Open);
        assert_eq!(core.poll(now), Output::Message(message("early")));
        assert_eq!(core.poll(now), Output::Idle);
    }

    #[test]
    fn a_session_that_is_closed_at_once_still_opens_first() {
        let now = Instant::now();
        let mut core = Core::new(&Options::default(), now);
        core.close(goodbye(), now);
        assert_eq!(core.poll(now), Output::Open);
        assert_eq!(core.poll(now), Output::Goodbye(goodbye()));
        assert_eq!(core.poll(now), Output::Done(None));
    }

    #[test]
    fn a_heartbeat_follows_25_seconds_of_our_silence() {
        let (mut core, start) = opened(&Options::default());
        assert_eq!(core.next_timeout(), Some(start + 25 * SECOND));
        assert_eq!(core.poll(start + 24 * SECOND), Output::Idle);
        assert_eq!(core.poll(start + 25 * SECOND), Output::Heartbeat);
        core.handle_flushed();
        core.send(message("talk"));
        let talked = start + 30 * SECOND;
        assert_eq!(core.poll(talked), Output::Message(message("talk")));
        assert_eq!(core.next_timeout(), None, "the message is still on its way");
        core.handle_flushed();
        assert_eq!(core.next_timeout(), Some(talked + 25 * SECOND));
    }

    #[test]
    fn the_heartbeat_can_be_switched_off() {
        let (mut core, start) = opened(&Options {
            heartbeat: None,
            ..Options::default()
        });
        assert_eq!(core.next_timeout(), None);
        assert_eq!(core.poll(start + 3600 * SECOND), Output::Idle);
    }

    #[test]
    fn goodbye_comes_after_what_already_waits() {
        let (mut core, now) = opened(&Options::default());
        core.send(message("last words"));
        core.close(goodbye(), now);
        core.send(message("too late"));
        assert_eq!(core.has_room(), Err(Closed::Ours));
        assert_eq!(core.poll(now), Output::Message(message("last words")));
        assert_eq!(core.poll(now), Output::Goodbye(goodbye()));
        assert_eq!(core.poll(now), Output::Done(None));
        assert_eq!(core.closed(), None, "the connection is not down yet");
        core.end(Closed::Ours);
        assert_eq!(core.poll(now), Output::Done(Some(Closed::Ours)));
    }

    #[test]
    fn a_peer_that_does_not_take_the_goodbye_is_given_up() {
        let (mut core, now) = opened(&Options::default());
        core.close(goodbye(), now);
        assert_eq!(core.next_timeout(), Some(now + 10 * SECOND));
        core.handle_timeout(now + 9 * SECOND);
        assert_eq!(core.closed(), None);
        core.handle_timeout(now + 10 * SECOND);
        assert_eq!(core.closed(), Some(Closed::Slow));
    }

    #[test]
    fn messages_that_came_before_the_end_can_still_be_taken() {
        let (mut core, now) = opened(&Options::default());
        core.receive(message("one"));
        core.send(message("nobody will read this"));
        core.end(Closed::Peer);
        core.end(Closed::Silent);
        core.receive(message("two"));
        assert_eq!(core.recv(), Ok(Some(message("one"))));
        assert_eq!(core.recv(), Err(Closed::Peer), "the first reason counts");
        assert_eq!(core.poll(now), Output::Done(Some(Closed::Peer)));
        assert!(core.is_flushed());
    }

    #[test]
    fn a_full_inbox_stops_the_reading_and_an_empty_one_resumes_it() {
        let (mut core, _) = opened(&Options {
            inbox: 100,
            ..Options::default()
        });
        core.receive(message("a"));
        assert!(core.wants_input());
        core.receive(message("b"));
        assert!(!core.wants_input());
        assert_eq!(core.recv(), Ok(Some(message("a"))));
        assert!(core.wants_input());
    }

    #[test]
    fn a_full_outbox_makes_the_sender_wait() {
        let (mut core, now) = opened(&Options {
            outbox: 100,
            ..Options::default()
        });
        core.send(message("a"));
        assert_eq!(core.has_room(), Ok(true));
        core.send(message("b"));
        assert_eq!(core.has_room(), Ok(false));
        core.poll(now);
        assert_eq!(core.has_room(), Ok(true));
        assert!(!core.is_flushed());
        core.poll(now);
        assert!(!core.is_flushed(), "polled is not flushed");
        core.handle_flushed();
        assert!(core.is_flushed());
    }
}
