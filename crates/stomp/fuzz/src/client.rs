//! The client's machine between any server and any application: every transmission one whole
//! frame of a client's, an end to all polling, and the end for whatever is not allowed.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use stomp::{
    AckMode, AckRequest, BEAT, Client, ClientEvent, ClientOptions, Closed, Command, Decoder, Frame,
    Item, Output, SendRequest, SubscribeRequest, Version,
};

use crate::script;
use crate::watch::{Watch, says};

/// Limits, heart-beat, host and headers of CONNECT, and then steps until the input ends.
pub fn check(data: &[u8]) {
    let u = &mut Unstructured::new(data);
    let Ok(mut session) = Session::new(u) else {
        return;
    };
    session.poll(Until::Rest);
    assert!(session.connect_sent, "CONNECT comes by itself");
    while !u.is_empty() && session.step(u).is_ok() {}
    session.poll(Until::Rest);
    session.run_the_clock();
    session.add_up();
}

/// A machine, and what is known of it without looking inside.
struct Session {
    client: Client,
    now: Duration,
    watch: Watch,
    /// Reads the same octets, to know what the client ought to have found in them.
    shadow: Decoder,
    /// What the shadow has seen agreed on.
    version: Option<Version>,
    connect_sent: bool,
    connected: bool,
    disconnect_sent: bool,
    /// Went without waiting for a receipt.
    left: bool,
    error: bool,
}

/// How far an application polls before it does the next thing.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Until {
    Now,
    Event,
    Rest,
}

impl Session {
    fn new(u: &mut Unstructured) -> Result<Self> {
        let options = ClientOptions {
            limits: script::limits(u)?,
            heartbeat: script::heartbeat(u)?,
            host: script::some_text(u)?,
            headers: script::headers(u)?,
            ..ClientOptions::default()
        };
        Ok(Self {
            shadow: Decoder::new(options.limits),
            client: Client::new(options, Duration::ZERO),
            now: Duration::ZERO,
            watch: Watch::new(),
            version: None,
            connect_sent: false,
            connected: false,
            disconnect_sent: false,
            left: false,
            error: false,
        })
    }

    fn step(&mut self, u: &mut Unstructured) -> Result<()> {
        // Input comes first and often, so that other bytes than these few are most likely input.
        match u.int_in_range(0..=15)? {
            1 => self.wait(script::time(u)?),
            2 => self.send(u)?,
            3 => self.subscribe(u)?,
            4 => self.unsubscribe(u)?,
            5 => self.disconnect(u)?,
            6 => self.acknowledge(u)?,
            7 => self.transact(u)?,
            _ => self.input(script::octets(u, 1023)?),
        }
        let until = *u.choose(&[Until::Rest, Until::Event, Until::Now])?;
        self.poll(until);
        Ok(())
    }

    fn input(&mut self, octets: &[u8]) {
        self.watch.expect(2 * octets.len());
        self.client.handle_input(octets, self.now);
        if self.watch.closed.is_none() {
            self.shadow.push(octets);
        }
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.watch.expect(2);
        self.client.handle_timeout(self.now);
    }

    fn send(&mut self, u: &mut Unstructured) -> Result<()> {
        let request = SendRequest {
            destination: script::text(u)?,
            headers: script::headers(u)?,
            receipt: script::some_text(u)?,
            body: script::octets(u, 255)?.to_vec().into(),
            transaction: script::some_text(u)?,
        };
        self.watch.expect(1);
        let open = self.client.version().is_some();
        assert!(self.client.send(request, self.now).is_err() || open);
        Ok(())
    }

    fn subscribe(&mut self, u: &mut Unstructured) -> Result<()> {
        let request = SubscribeRequest {
            id: script::text(u)?,
            destination: script::text(u)?,
            ack: *u.choose(&[AckMode::Auto, AckMode::Client, AckMode::ClientIndividual])?,
            headers: script::headers(u)?,
            receipt: script::some_text(u)?,
        };
        self.watch.expect(1);
        let open = self.client.version().is_some();
        assert!(self.client.subscribe(request, self.now).is_err() || open);
        Ok(())
    }

    fn unsubscribe(&mut self, u: &mut Unstructured) -> Result<()> {
        let (id, receipt) = (script::text(u)?, script::some_text(u)?);
        self.watch.expect(1);
        let open = self.client.version().is_some();
        assert!(self.client.unsubscribe(id, receipt, self.now).is_err() || open);
        Ok(())
    }

    fn acknowledge(&mut self, u: &mut Unstructured) -> Result<()> {
        let request = AckRequest {
            message: script::headers(u)?,
            transaction: script::some_text(u)?,
            receipt: script::some_text(u)?,
            headers: script::headers(u)?,
        };
        self.watch.expect(1);
        let open = self.client.version().is_some();
        let done = if u.ratio(1, 2)? {
            self.client.ack(request, self.now)
        } else {
            self.client.nack(request, self.now)
        };
        assert!(done.is_err() || open);
        Ok(())
    }

    fn transact(&mut self, u: &mut Unstructured) -> Result<()> {
        let transact = *u.choose(&[Client::begin, Client::commit, Client::abort])?;
        let (name, receipt) = (script::text(u)?, script::some_text(u)?);
        self.watch.expect(1);
        let open = self.client.version().is_some();
        assert!(transact(&mut self.client, name, receipt, self.now).is_err() || open);
        Ok(())
    }

    fn disconnect(&mut self, u: &mut Unstructured) -> Result<()> {
        let receipt = script::some_text(u)?;
        let at_once = receipt.is_none();
        self.watch.expect(2);
        let open = self.client.version().is_some();
        let gone = self.client.disconnect(receipt, self.now).is_ok();
        assert!(open || !gone);
        self.left |= gone && at_once;
        Ok(())
    }

    fn poll(&mut self, until: Until) {
        if until == Until::Now {
            return;
        }
        loop {
            let output = self.client.poll();
            let item = self.watch.see(&output);
            match output {
                Output::Transmit(octets) => self.transmitted(item, &octets),
                Output::Event(event) => {
                    self.happened(&event);
                    if until == Until::Event {
                        return;
                    }
                }
                Output::Wait(_) => return self.expect_legal(),
                Output::Closed(_) => return,
            }
        }
    }

    fn transmitted(&mut self, item: Option<Item>, octets: &[u8]) {
        assert!(!self.disconnect_sent, "nothing follows DISCONNECT");
        let Some(Item::Frame(frame)) = item else {
            return assert_eq!(octets, BEAT);
        };
        match frame.command {
            Command::Connect => {
                assert!(!self.connect_sent, "CONNECT is sent once");
                assert_eq!(frame.headers.get("accept-version"), Some(Version::ACCEPTED));
                self.connect_sent = true;
            }
            Command::Connected | Command::Message | Command::Receipt | Command::Error => {
                panic!("{} is not a client's", frame.command)
            }
            command => {
                assert!(self.connected, "{command} came too early");
                self.disconnect_sent = command == Command::Disconnect;
            }
        }
    }

    fn happened(&mut self, event: &ClientEvent) {
        assert!(!self.error, "nothing follows an ERROR");
        #[allow(
            clippy::match_wildcard_for_single_variants,
            reason = "an event that is added later need not be known here"
        )]
        match event {
            ClientEvent::Connected { version, .. } => {
                assert!(!self.connected, "a session is opened once");
                self.connected = true;
                self.watch.version = *version;
            }
            ClientEvent::Error { .. } => self.error = true,
            ClientEvent::Message {
                subscription,
                destination,
                message_id,
                ..
            } => {
                assert!(!subscription.is_empty() && !destination.is_empty());
                assert!(!message_id.is_empty());
            }
            _ => {}
        }
        assert!(self.connected || self.error);
    }

    /// A client that waits for more has found nothing wrong, so nothing may be wrong.
    fn expect_legal(&mut self) {
        loop {
            match self.shadow.next() {
                Ok(Some(Item::Beat)) => {}
                Ok(Some(Item::Frame(frame))) => match self.version {
                    None => self.shadow_connected(&frame),
                    version => {
                        assert!(is_legal(&frame, version), "the client accepted {frame:?}");
                    }
                },
                Ok(None) => return,
                Err(error) => panic!("the client did not mind: {error}"),
            }
        }
    }

    fn shadow_connected(&mut self, frame: &Frame) {
        assert_eq!(
            frame.command,
            Command::Connected,
            "the client accepted {frame:?}"
        );
        let version = frame
            .headers
            .get("version")
            .map_or(Some(Version::V1_0), Version::parse);
        self.shadow
            .set_version(version.expect("the client took it for a version"));
        self.version = version;
        assert!(self.connected, "the client ignored {frame:?}");
    }

    /// Keeps all appointments: each must lead to something, or to a later one.
    fn run_the_clock(&mut self) {
        for _ in 0..4 {
            let Output::Wait(Some(at)) = self.client.poll() else {
                return;
            };
            self.now = self.now.max(at);
            self.watch.expect(2);
            self.client.handle_timeout(self.now);
            self.poll(Until::Rest);
            if let Output::Wait(Some(next)) = self.client.poll() {
                assert!(next > self.now, "a timer that never ends");
            }
        }
    }

    fn add_up(&self) {
        assert!(!self.left || self.watch.closed == Some(Closed::Clean));
        match &self.watch.closed {
            // Whoever leaves has left once the clock has run.
            None => assert!(!self.error && !self.disconnect_sent),
            Some(Closed::Clean) => assert!(self.disconnect_sent && !self.error),
            Some(Closed::Error) => assert!(self.error),
            Some(Closed::Fault(_)) => assert!(!self.error),
        }
    }
}

/// What a server may send on an open session, as far as one frame shows it.
fn is_legal(frame: &Frame, version: Option<Version>) -> bool {
    match frame.command {
        Command::Message => {
            says(frame, "destination")
                && says(frame, "message-id")
                && (says(frame, "subscription") || version == Some(Version::V1_0))
        }
        Command::Receipt => says(frame, "receipt-id"),
        // An ERROR ends the session, so that no client waits behind it.
        _ => false,
    }
}
