use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use crate::{
    BEAT, Closed, Command, Decoder, Frame, Heartbeat, Item, Output, ProtocolError, Text,
    UsageError, Version, encode,
};

mod event;
mod options;
mod read;
mod request;

pub use event::ClientEvent;
pub use options::ClientOptions;
pub use request::{AckRequest, SendRequest, SubscribeRequest};

/// The client's end of one STOMP session, without socket and without clock.
///
/// It is driven like [`Server`](crate::Server): feed it, command it, and poll it until it says
/// [`Output::Wait`]. One `Client` is one connection; to connect again, make another.
///
/// ```text
/// ┌────────────┐ CONNECTED: Event  ┌───────────┐ disconnect(receipt) ┌─────────┐
/// │ Connecting │ ────────────────▶ │ Connected │ ──────────────────▶ │ Leaving │
/// └────────────┘                   └───────────┘                     └─────────┘
///     │ timeout, fault,                │ fault, heart-beat lost           │ RECEIPT,
///     │ ERROR: Event                   │ ERROR: Event, disconnect(none)   │ timeout
///     │                                ▼                                  │
///     └───────────────────────────▶ Closed ◀──────────────────────────────┘
/// ```
#[derive(Debug)]
pub struct Client {
    options: ClientOptions,
    decoder: Decoder,
    state: State,
    /// Whole frames and beats that wait to be transmitted.
    out: VecDeque<Bytes>,
    /// An event that must come before the end.
    event: Option<ClientEvent>,
    /// When the input now being decoded came: heart-beats are counted from CONNECTED.
    now: Duration,
}

#[derive(Debug)]
enum State {
    Connecting {
        deadline: Duration,
    },
    Connected {
        version: Version,
        heartbeat: Heartbeat,
    },
    Leaving {
        version: Version,
        receipt: Text,
        deadline: Duration,
    },
    Closed(Closed),
}

impl Client {
    /// A session on a connection that has just been opened. CONNECT is ready to be polled.
    #[must_use]
    pub fn new(options: ClientOptions, now: Duration) -> Self {
        Self {
            decoder: Decoder::new(options.limits),
            state: State::Connecting {
                deadline: now.saturating_add(options.reply_timeout),
            },
            out: VecDeque::from([encode(&request::connect(&options), Version::V1_0)]),
            event: None,
            now,
            options,
        }
    }

    /// The version agreed on, while the session is open.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        match self.state {
            State::Connected { version, .. } | State::Leaving { version, .. } => Some(version),
            State::Connecting { .. } | State::Closed(_) => None,
        }
    }

    /// Takes what the connection gave. It never fails: faults come out of `poll`.
    pub fn handle_input(&mut self, bytes: &[u8], now: Duration) {
        if bytes.is_empty() || matches!(self.state, State::Closed(_)) {
            return;
        }
        self.now = now;
        if let State::Connected { heartbeat, .. } = &mut self.state {
            heartbeat.heard(now);
        }
        self.decoder.push(bytes);
    }

    /// To be called at the moment that [`Output::Wait`] named; at any other it does no harm.
    pub fn handle_timeout(&mut self, now: Duration) {
        match &mut self.state {
            State::Connecting { deadline } if now >= *deadline => {
                self.close(Closed::Fault(ProtocolError::ConnectTimeout(
                    self.options.reply_timeout,
                )));
            }
            // We wanted to go, and now we do.
            State::Leaving { deadline, .. } if now >= *deadline => self.close(Closed::Clean),
            State::Connected { heartbeat, .. } => {
                if let Some(silence) = heartbeat.silence(now) {
                    self.close(Closed::Fault(ProtocolError::HeartbeatLost(silence)));
                } else if heartbeat.is_due(now) {
                    heartbeat.sent(now);
                    self.out.push_back(Bytes::from_static(BEAT));
                }
            }
            State::Connecting { .. } | State::Leaving { .. } | State::Closed(_) => {}
        }
    }

    /// Sends a message. With a `receipt` in the request, a `Receipt` event tells when the server
    /// has dealt with it.
    ///
    /// # Errors
    /// [`UsageError::NotConnected`] before the `Connected` event and after the end.
    pub fn send(&mut self, request: SendRequest, now: Duration) -> Result<(), UsageError> {
        self.transmit(&request.into_frame(), now)
    }

    /// Asks for the messages of a destination.
    ///
    /// # Errors
    /// [`UsageError::NotConnected`] before the `Connected` event and after the end.
    pub fn subscribe(
        &mut self,
        request: SubscribeRequest,
        now: Duration,
    ) -> Result<(), UsageError> {
        self.transmit(&request.into_frame(), now)
    }

    /// Ends the subscription of this id.
    ///
    /// # Errors
    /// [`UsageError::NotConnected`] before the `Connected` event and after the end.
    pub fn unsubscribe(
        &mut self,
        id: Text,
        receipt: Option<Text>,
        now: Duration,
    ) -> Result<(), UsageError> {
        self.transmit(&request::unsubscribe(id, receipt), now)
    }

    /// Says that a message has been dealt with: in a subscription of mode
    /// [`Client`](crate::AckMode::Client) this one and all before it, in mode
    /// [`ClientIndividual`](crate::AckMode::ClientIndividual) this one.
    ///
    /// # Errors
    /// [`UsageError::NotConnected`] before the `Connected` event and after the end;
    /// [`UsageError::NothingToAck`] for a message that asks for no answer.
    pub fn ack(&mut self, request: AckRequest, now: Duration) -> Result<(), UsageError> {
        self.answer(Command::Ack, request, now)
    }

    /// Says that a message could not be dealt with, so that the server may give it to another.
    ///
    /// # Errors
    /// As [`ack`](Self::ack), and [`UsageError::NotInVersion`] in 1.0, which has no NACK.
    pub fn nack(&mut self, request: AckRequest, now: Duration) -> Result<(), UsageError> {
        self.answer(Command::Nack, request, now)
    }

    /// Opens a transaction. What is sent with its name is done at [`commit`](Self::commit), and
    /// not at all after [`abort`](Self::abort) or when the session ends first.
    ///
    /// # Errors
    /// [`UsageError::NotConnected`] before the `Connected` event and after the end.
    pub fn begin(
        &mut self,
        transaction: Text,
        receipt: Option<Text>,
        now: Duration,
    ) -> Result<(), UsageError> {
        let frame = request::transaction(Command::Begin, transaction, receipt);
        self.transmit(&frame, now)
    }

    /// Carries a transaction out. A `receipt` tells when all that it held has been done.
    ///
    /// # Errors
    /// [`UsageError::NotConnected`] before the `Connected` event and after the end.
    pub fn commit(
        &mut self,
        transaction: Text,
        receipt: Option<Text>,
        now: Duration,
    ) -> Result<(), UsageError> {
        let frame = request::transaction(Command::Commit, transaction, receipt);
        self.transmit(&frame, now)
    }

    /// Drops a transaction and all that was sent in it.
    ///
    /// # Errors
    /// [`UsageError::NotConnected`] before the `Connected` event and after the end.
    pub fn abort(
        &mut self,
        transaction: Text,
        receipt: Option<Text>,
        now: Duration,
    ) -> Result<(), UsageError> {
        let frame = request::transaction(Command::Abort, transaction, receipt);
        self.transmit(&frame, now)
    }

    /// Leaves. With a `receipt` the session lasts until the server has confirmed it, and what
    /// comes until then is still told; without one it ends as soon as DISCONNECT is transmitted.
    ///
    /// # Errors
    /// [`UsageError::NotConnected`] before the `Connected` event and after the end.
    pub fn disconnect(&mut self, receipt: Option<Text>, now: Duration) -> Result<(), UsageError> {
        self.transmit(&request::disconnect(receipt.clone()), now)?;
        match (receipt, self.version()) {
            (Some(receipt), Some(version)) => {
                let deadline = now.saturating_add(self.options.reply_timeout);
                self.state = State::Leaving {
                    version,
                    receipt,
                    deadline,
                };
            }
            _ => self.close(Closed::Clean),
        }
        Ok(())
    }

    /// What to do next. Call it after each of the other methods, until it says `Wait`.
    #[must_use = "what is not done is lost"]
    pub fn poll(&mut self) -> Output<ClientEvent> {
        loop {
            if let Some(bytes) = self.out.pop_front() {
                return Output::Transmit(bytes);
            }
            if let Some(event) = self.event.take() {
                return Output::Event(event);
            }
            if let State::Closed(closed) = &self.state {
                return Output::Closed(closed.clone());
            }
            match self.decoder.next() {
                Ok(Some(Item::Frame(frame))) => self.handle_frame(frame),
                Ok(Some(Item::Beat)) => {}
                Ok(None) => return Output::Wait(self.deadline()),
                Err(error) => self.close(Closed::Fault(error.into())),
            }
        }
    }

    fn deadline(&self) -> Option<Duration> {
        match &self.state {
            State::Connecting { deadline } | State::Leaving { deadline, .. } => Some(*deadline),
            State::Connected { heartbeat, .. } => heartbeat.deadline(),
            State::Closed(_) => None,
        }
    }

    fn handle_frame(&mut self, frame: Frame) {
        let read = match self.state {
            State::Connecting { .. } => self.open(frame),
            State::Connected { version, .. } | State::Leaving { version, .. } => {
                read::event(frame, version)
            }
            State::Closed(_) => return,
        };
        match read {
            Ok(ClientEvent::Receipt { id, .. }) if self.is_farewell(&id) => {
                self.close(Closed::Clean)
            }
            Ok(event) => {
                if matches!(event, ClientEvent::Error { .. }) {
                    self.close(Closed::Error);
                }
                self.event = Some(event);
            }
            Err(error) => self.close(Closed::Fault(error)),
        }
    }

    fn open(&mut self, frame: Frame) -> Result<ClientEvent, ProtocolError> {
        if frame.command == Command::Error {
            return Ok(read::error(frame));
        }
        let (event, version, theirs) = read::connected(frame)?;
        self.decoder.set_version(version);
        let heartbeat = Heartbeat::negotiate(
            self.options.heartbeat,
            theirs,
            self.options.tolerance,
            self.now,
        );
        self.state = State::Connected { version, heartbeat };
        Ok(event)
    }

    fn is_farewell(&self, id: &Text) -> bool {
        matches!(&self.state, State::Leaving { receipt, .. } if receipt == id)
    }

    fn answer(
        &mut self,
        command: Command,
        request: AckRequest,
        now: Duration,
    ) -> Result<(), UsageError> {
        let State::Connected { version, .. } = self.state else {
            return Err(UsageError::NotConnected);
        };
        self.transmit(&request.into_frame(command, version)?, now)
    }

    fn transmit(&mut self, frame: &Frame, now: Duration) -> Result<(), UsageError> {
        let State::Connected { version, heartbeat } = &mut self.state else {
            return Err(UsageError::NotConnected);
        };
        heartbeat.sent(now);
        self.out.push_back(encode(frame, *version));
        Ok(())
    }

    /// The one way in which a session ends.
    fn close(&mut self, closed: Closed) {
        self.state = State::Closed(closed);
        // What has come and was not acted on is thrown away.
        self.decoder = Decoder::new(self.options.limits);
    }
}
