use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use crate::{
    BEAT, Closed, Command, Decoder, Frame, Headers, Heartbeat, Item, Limits, Output, ProtocolError,
    Text, Tolerance, UsageError, Version, encode,
};

mod event;
mod read;
mod request;

pub use event::ClientEvent;
pub use request::{SendRequest, SubscribeRequest};

/// How a [`Client`] behaves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientOptions {
    /// The `host` of CONNECT: the name that the connection was opened to. The specification asks
    /// for it; the servers known to us do without.
    pub host: Option<Text>,
    /// Milliseconds between the beats we can send, and between those we want; 0 for never. The
    /// default promises none, because browsers hold back the timers of hidden pages and a promise
    /// that is not kept costs the connection, and wants one every 10 s.
    pub heartbeat: (u32, u32),
    /// How late the server's beats may be.
    pub tolerance: Tolerance,
    /// What the server may ask us to hold.
    pub limits: Limits,
    /// More headers for CONNECT: `login`, `passcode`, a token.
    pub headers: Headers,
    /// How long to wait for CONNECTED, and for the RECEIPT of DISCONNECT; 10 s by default.
    pub reply_timeout: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            host: None,
            heartbeat: (0, 10_000),
            tolerance: Tolerance::PROMPT,
            limits: Limits::default(),
            headers: Headers::new(),
            reply_timeout: Duration::from_secs(10),
        }
    }
}

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
        self.transmit(now, || request.into_frame())
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
        self.transmit(now, || request.into_frame())
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
        self.transmit(now, || request::unsubscribe(id, receipt))
    }

    /// Leaves. With a `receipt` the session lasts until the server has confirmed it, and what
    /// comes until then is still told; without one it ends as soon as DISCONNECT is transmitted.
    ///
    /// # Errors
    /// [`UsageError::NotConnected`] before the `Connected` event and after the end.
    pub fn disconnect(&mut self, receipt: Option<Text>, now: Duration) -> Result<(), UsageError> {
        self.transmit(now, || request::disconnect(receipt.clone()))?;
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
            Ok(ClientEvent::Receipt { id }) if self.is_farewell(&id) => self.close(Closed::Clean),
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

    fn transmit(&mut self, now: Duration, frame: impl FnOnce() -> Frame) -> Result<(), UsageError> {
        let State::Connected { version, heartbeat } = &mut self.state else {
            return Err(UsageError::NotConnected);
        };
        heartbeat.sent(now);
        self.out.push_back(encode(&frame(), *version));
        Ok(())
    }

    /// The one way in which a session ends.
    fn close(&mut self, closed: Closed) {
        self.state = State::Closed(closed);
        // What has come and was not acted on is thrown away.
        self.decoder = Decoder::new(self.options.limits);
    }
}
