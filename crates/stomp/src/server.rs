use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::demand::unpadded;
use crate::{
    BEAT, Closed, Command, Decoder, Frame, Headers, Heartbeat, Item, Output, ProtocolError, Text,
    UsageError, Version, encode,
};

mod event;
mod failure;
mod options;
mod read;
mod state;
mod transactions;

pub use event::{Action, ServerEvent};
pub use failure::Failure;
pub use options::{Accepted, ServerOptions};
use state::State;
use transactions::{Transactions, is_held};

/// The server's end of one STOMP session, without socket and without clock.
///
/// Feed it with `handle_input` and `handle_timeout`, tell it what to say with `accept`, `deliver`,
/// `receipt` and `fail`, and after each of these call [`poll`](Self::poll) until it says
/// [`Output::Wait`]. Time is a [`Duration`] since any fixed moment, the same one for all calls.
///
/// ```text
///              CONNECT: Event               accept
/// ┌───────┐                 ┌──────────┐             ┌───────────┐
/// │ Fresh │ ──────────────▶ │ Greeting │ ──────────▶ │ Connected │
/// └───────┘                 └──────────┘             └───────────┘
///     │ fault, fail,             │ fail                    │ fault, fail, heart-beat lost: ERROR
///     │ timeout: ERROR           ▼                         │ DISCONNECT: RECEIPT, Event
///     └────────────────────▶ ┌────────┐ ◀──────────────────┘
///                            │ Closed │
///                            └────────┘
/// ```
///
/// Frames are decoded one at a time, by `poll`: what follows a frame that the application answers
/// with `fail` is never acted on. In `Greeting` nothing is decoded, since the version that the
/// following frames are read by is in force only then.
///
/// # Receipts and transactions
/// Each event with a `receipt` is to be answered by `receipt` or `fail`. BEGIN, ABORT, DISCONNECT
/// and what stands in a transaction are answered by the machine: a RECEIPT there says that the
/// frame has been taken down, the one of COMMIT that all of it is done.
#[derive(Debug)]
pub struct Server {
    options: Arc<ServerOptions>,
    decoder: Decoder,
    state: State,
    /// Whole frames and beats that wait to be transmitted. A driver that polls after each call
    /// keeps it at a handful.
    out: VecDeque<Bytes>,
    /// An event that must come after what is in `out`.
    event: Option<ServerEvent>,
    /// The last moment told: when a RECEIPT that the machine gives by itself is sent.
    now: Duration,
}

impl Server {
    /// A session on a connection that has just been opened; the time to CONNECT runs from `now`.
    /// Whoever serves many hands them one set of options, as an [`Arc`].
    #[must_use]
    pub fn new(options: impl Into<Arc<ServerOptions>>, now: Duration) -> Self {
        let options = options.into();
        Self {
            decoder: Decoder::new(options.limits),
            state: State::Fresh {
                deadline: now.saturating_add(options.connect_timeout),
            },
            out: VecDeque::new(),
            event: None,
            now,
            options,
        }
    }

    /// The version agreed on, from the `Connect` event until the end.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        self.state.version()
    }

    /// How many octets are held for the client: what has not been decoded yet, at most
    /// [`Limits::frame`](crate::Limits::frame) once `poll` has said `Wait`, and what its
    /// transactions hold, at most
    /// [`Limits::transaction_bytes`](crate::Limits::transaction_bytes).
    #[must_use]
    pub fn held(&self) -> usize {
        self.decoder.buffered() + self.state.held()
    }

    /// Takes what the connection gave. It never fails: faults come out of `poll`.
    pub fn handle_input(&mut self, bytes: &[u8], now: Duration) {
        if bytes.is_empty() {
            return;
        }
        self.now = now;
        match &mut self.state {
            State::Closed(_) => return,
            State::Connected { heartbeat, .. } => heartbeat.heard(now),
            // Nothing is decoded until the client has been accepted, so here the limit is on
            // everything that it sends without waiting for CONNECTED.
            State::Greeting { .. }
                if bytes.len()
                    > self
                        .options
                        .limits
                        .frame
                        .saturating_sub(self.decoder.buffered()) =>
            {
                let limit = self.options.limits.frame;
                return self.fault(crate::DecodeError::FrameTooLarge(limit).into(), None);
            }
            State::Greeting { .. } | State::Fresh { .. } => {}
        }
        self.decoder.push(bytes);
    }

    /// To be called at the moment that [`Output::Wait`] named; at any other it does no harm.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.now = now;
        match &mut self.state {
            State::Fresh { deadline } if now >= *deadline => {
                self.fault(
                    ProtocolError::ConnectTimeout(self.options.connect_timeout),
                    None,
                );
            }
            State::Connected { heartbeat, .. } => {
                if let Some(silence) = heartbeat.silence(now) {
                    self.fault(ProtocolError::HeartbeatLost(silence), None);
                } else if let Some(beat) = self.beat(now) {
                    self.out.push_back(beat);
                }
            }
            State::Fresh { .. } | State::Greeting { .. } | State::Closed(_) => {}
        }
    }

    /// When the next beat is due; never unless the session is open.
    ///
    /// With [`beat`](Self::beat) a driver keeps its promise while it works on an event for long.
    /// `poll` and [`handle_timeout`](Self::handle_timeout) are not for that time: the one would
    /// read on, and the other may find a client silent whose beats only have not been read.
    #[must_use]
    pub fn beat_at(&self) -> Option<Duration> {
        self.state.beat_at()
    }

    /// A beat to be transmitted at once, if one is due.
    #[must_use = "it counts as sent"]
    pub fn beat(&mut self, now: Duration) -> Option<Bytes> {
        let State::Connected { heartbeat, .. } = &mut self.state else {
            return None;
        };
        heartbeat.is_due(now).then(|| {
            heartbeat.sent(now);
            Bytes::from_static(BEAT)
        })
    }

    /// Answers the `Connect` event with CONNECTED: `version`, `heart-beat`, and then `session` and
    /// `user-name` where given. The order is Spring's, and `heart-beat` is there even when it is
    /// `0,0`, for stomp-websocket 2.3.3 fails without it.
    ///
    /// # Errors
    /// [`UsageError::NothingToAccept`] unless there is a `Connect` event without an answer.
    pub fn accept(&mut self, accepted: Accepted, now: Duration) -> Result<(), UsageError> {
        let State::Greeting { version, theirs } = self.state else {
            return Err(UsageError::NothingToAccept);
        };
        let ours = self.options.heartbeat;
        let mut frame = Frame::new(Command::Connected)
            .header("version", version.as_str())
            .header("heart-beat", format!("{},{}", ours.0, ours.1));
        if let Some(session) = accepted.session {
            frame = frame.header("session", session);
        }
        if let Some(name) = accepted.user_name {
            frame = frame.header("user-name", name);
        }
        self.out.push_back(encode(&frame, version));
        self.decoder.set_version(version);
        let heartbeat = Heartbeat::negotiate(ours, theirs, self.options.tolerance, now);
        self.now = now;
        self.state = State::Connected {
            version,
            heartbeat,
            transactions: Transactions::default(),
        };
        Ok(())
    }

    /// Sends one whole MESSAGE frame, encoded beforehand for [`version`](Self::version), so that
    /// one encoding serves all its receivers.
    ///
    /// # Errors
    /// [`UsageError::NotConnected`] unless the session is open.
    pub fn deliver(&mut self, message: Bytes, now: Duration) -> Result<(), UsageError> {
        self.transmit(now, |_| message)
    }

    /// Sends the RECEIPT that a frame asked for by its `receipt` header, once what it asks is done.
    ///
    /// # Errors
    /// [`UsageError::NotConnected`] unless the session is open.
    pub fn receipt(&mut self, id: Text, now: Duration) -> Result<(), UsageError> {
        self.receipt_with(id, Headers::new(), now)
    }

    /// Sends a RECEIPT that tells more, in headers of the application's own.
    ///
    /// # Errors
    /// [`UsageError::NotConnected`] unless the session is open.
    pub fn receipt_with(
        &mut self,
        id: Text,
        headers: Headers,
        now: Duration,
    ) -> Result<(), UsageError> {
        let mut frame = Frame::new(Command::Receipt).header("receipt-id", id);
        frame.headers.extend(headers);
        self.transmit(now, |version| encode(&frame, version))
    }

    /// Ends the session with one ERROR frame, then `Closed(Closed::Error)`. Nothing that the
    /// client has sent after the frame in question is acted on. On an ended session it does
    /// nothing: there is one ERROR at most.
    pub fn fail(&mut self, failure: Failure, _now: Duration) {
        self.end(failure, Closed::Error);
    }

    /// What to do next. Call it after each of the other methods, until it says `Wait`.
    #[must_use = "what is not done is lost"]
    pub fn poll(&mut self) -> Output<ServerEvent> {
        loop {
            if let Some(bytes) = self.out.pop_front() {
                return Output::Transmit(bytes);
            }
            if let Some(event) = self.event.take() {
                return Output::Event(event);
            }
            match &self.state {
                State::Closed(closed) => return Output::Closed(closed.clone()),
                State::Greeting { .. } => return Output::Wait(None),
                State::Fresh { .. } | State::Connected { .. } => {}
            }
            match self.decoder.next() {
                Ok(Some(Item::Frame(frame))) => self.handle_frame(frame),
                Ok(Some(Item::Beat)) => {}
                Ok(None) => return Output::Wait(self.state.deadline()),
                Err(error) => {
                    let receipt = self.decoder.failed_receipt().cloned();
                    self.fault(error.into(), receipt);
                }
            }
        }
    }

    fn handle_frame(&mut self, mut frame: Frame) {
        if let Some(version) = self.version() {
            frame.headers = unpadded(frame.headers, version);
        }
        let receipt = frame.headers.text("receipt").cloned();
        let read = match self.state {
            State::Fresh { .. } => self.open(frame).map(Some),
            State::Connected { .. } => self.converse(frame),
            State::Greeting { .. } | State::Closed(_) => return,
        };
        match read {
            Ok(None) => self.confirm(receipt),
            Ok(Some(ServerEvent::Disconnect)) => {
                // It says that all earlier frames have been dealt with (STOMP 1.2, RECEIPT).
                self.confirm(receipt);
                self.event = Some(ServerEvent::Disconnect);
                self.state = State::Closed(Closed::Clean);
            }
            Ok(event) => self.event = event,
            Err(error) => self.fault(error, receipt),
        }
    }

    fn open(&mut self, frame: Frame) -> Result<ServerEvent, ProtocolError> {
        let (event, version, theirs) = read::connect(frame)?;
        // What came together with CONNECT waits as well as what comes after it.
        let limit = self.options.limits.frame;
        if self.decoder.buffered() > limit {
            return Err(crate::DecodeError::FrameTooLarge(limit).into());
        }
        self.state = State::Greeting { version, theirs };
        Ok(event)
    }

    /// A frame of an open session: an event, or nothing where the machine has done what it asks.
    fn converse(&mut self, frame: Frame) -> Result<Option<ServerEvent>, ProtocolError> {
        let State::Connected {
            version,
            transactions,
            ..
        } = &mut self.state
        else {
            return Ok(None);
        };
        let limits = &self.options.limits;
        match frame.command {
            Command::Begin => transactions.begin(&frame, limits)?,
            Command::Abort => drop(transactions.close(&frame)?),
            Command::Commit => {
                let (transaction, actions) = transactions.close(&frame)?;
                return Ok(Some(ServerEvent::Commit {
                    transaction,
                    actions,
                    receipt: frame.headers.text("receipt").cloned(),
                }));
            }
            _ if is_held(&frame) => transactions.hold(&frame, *version, limits)?,
            _ => return read::event(frame, *version).map(Some),
        }
        Ok(None)
    }

    /// The RECEIPT of a frame that the application need not see, if it asked for one.
    fn confirm(&mut self, receipt: Option<Text>) {
        if let Some(id) = receipt {
            self.receipt(id, self.now)
                .expect("only an open session reads frames that ask for receipts");
        }
    }

    fn transmit(
        &mut self,
        now: Duration,
        frame: impl FnOnce(Version) -> Bytes,
    ) -> Result<(), UsageError> {
        let State::Connected {
            version, heartbeat, ..
        } = &mut self.state
        else {
            return Err(UsageError::NotConnected);
        };
        self.now = now;
        heartbeat.sent(now);
        self.out.push_back(frame(*version));
        Ok(())
    }

    /// The peer is at fault: tell it what was wrong and what to do.
    fn fault(&mut self, error: ProtocolError, receipt_id: Option<Text>) {
        let failure = Failure::of(&error, receipt_id);
        self.end(failure, Closed::Fault(error));
    }

    /// The one way in which a session ends by ERROR. It is written as 1.0 until CONNECTED has told
    /// the client that there are escapes to undo.
    fn end(&mut self, failure: Failure, closed: Closed) {
        let version = match &self.state {
            State::Closed(_) => return,
            State::Connected { version, .. } => *version,
            State::Fresh { .. } | State::Greeting { .. } => Version::V1_0,
        };
        self.out.push_back(encode(&failure.into_frame(), version));
        self.state = State::Closed(closed);
        // What has come and was not acted on is thrown away.
        self.decoder = Decoder::new(self.options.limits);
    }
}
