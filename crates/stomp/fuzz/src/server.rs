//! The server's machine between any client and any application: one ERROR at most and nothing
//! after it, every transmission one whole frame, an end to all polling, and an ERROR for whatever
//! is not allowed.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use stomp::{
    Accepted, Action, BEAT, Closed, Command, Decoder, Failure, Frame, Item, Limits, Output, Server,
    ServerEvent, ServerOptions, Version, encode,
};

use crate::rules::Rules;
use crate::script;
use crate::watch::{Watch, says};

/// Limits, heart-beat, and then steps until the input ends.
pub fn check(data: &[u8]) {
    let u = &mut Unstructured::new(data);
    let Ok(mut session) = Session::new(u) else {
        return;
    };
    while !u.is_empty() && session.step(u).is_ok() {}
    session.poll(Until::Rest);
    session.run_the_clock();
    session.add_up();
}

/// A machine, and what is known of it without looking inside.
struct Session {
    server: Server,
    now: Duration,
    watch: Watch,
    /// Reads the same octets, to know what the server ought to have found in them.
    shadow: Decoder,
    /// What they may say, once the session is open.
    rules: Option<Rules>,
    limits: Limits,
    connecting: bool,
    accepted: bool,
    disconnected: bool,
    failed: bool,
    errors: usize,
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
        let options = ServerOptions {
            limits: script::server_limits(u)?,
            heartbeat: script::heartbeat(u)?,
            ..ServerOptions::default()
        };
        Ok(Self {
            shadow: Decoder::new(options.limits),
            rules: None,
            limits: options.limits,
            server: Server::new(options, Duration::ZERO),
            now: Duration::ZERO,
            watch: Watch::new(),
            connecting: false,
            accepted: false,
            disconnected: false,
            failed: false,
            errors: 0,
        })
    }

    fn step(&mut self, u: &mut Unstructured) -> Result<()> {
        // Input comes first and often, so that other bytes than these few are most likely input.
        match u.int_in_range(0..=15)? {
            1 => self.wait(script::time(u)?),
            2 => self.accept(u)?,
            3 => self.deliver(u)?,
            4 => self.receipt(u)?,
            5 => self.fail(u)?,
            6 => self.beat(script::time(u)?),
            _ => self.input(script::octets(u, 1023)?),
        }
        let until = *u.choose(&[Until::Rest, Until::Event, Until::Now])?;
        self.poll(until);
        Ok(())
    }

    fn input(&mut self, octets: &[u8]) {
        self.watch.expect(2 * octets.len());
        self.server.handle_input(octets, self.now);
        if self.watch.closed.is_none() {
            self.shadow.push(octets);
        }
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.watch.expect(2);
        self.server.handle_timeout(self.now);
    }

    fn accept(&mut self, u: &mut Unstructured) -> Result<()> {
        let accepted = Accepted {
            session: script::some_text(u)?,
            user_name: script::some_text(u)?,
        };
        self.watch.expect(1);
        if self.server.accept(accepted, self.now).is_ok() {
            assert!(self.connecting && !self.accepted);
            self.accepted = true;
            let version = self
                .server
                .version()
                .expect("an open session has a version");
            self.shadow.set_version(version);
            self.rules = Some(Rules::new(version, self.limits));
        }
        Ok(())
    }

    fn deliver(&mut self, u: &mut Unstructured) -> Result<()> {
        let mut message = Frame::new(Command::Message);
        message.headers = script::headers(u)?;
        let message = message.body(script::octets(u, 255)?.to_vec());
        let version = self.server.version().unwrap_or_default();
        self.watch.expect(1);
        let delivered = self.server.deliver(encode(&message, version), self.now);
        assert!(delivered.is_err() || self.accepted);
        Ok(())
    }

    fn receipt(&mut self, u: &mut Unstructured) -> Result<()> {
        self.watch.expect(1);
        let (id, headers) = (script::text(u)?, script::headers(u)?);
        let told = self.server.receipt_with(id, headers, self.now);
        assert!(told.is_err() || self.accepted);
        Ok(())
    }

    fn fail(&mut self, u: &mut Unstructured) -> Result<()> {
        let failure = Failure {
            message: script::text(u)?,
            receipt_id: script::some_text(u)?,
            headers: script::headers(u)?,
            body: script::octets(u, 255)?.to_vec().into(),
        };
        self.watch.expect(2);
        self.server.fail(failure, self.now);
        self.failed = true;
        Ok(())
    }

    fn beat(&mut self, time: Duration) {
        self.now += time;
        let due = self.server.beat_at();
        let beat = self.server.beat(self.now);
        assert_eq!(beat.is_some(), due.is_some_and(|at| at <= self.now));
        if let Some(beat) = beat {
            assert!(self.accepted && beat == BEAT);
            assert!(self.server.beat_at() > due, "a beat that never ends");
        }
    }

    fn poll(&mut self, until: Until) {
        if until == Until::Now {
            return;
        }
        loop {
            let output = self.server.poll();
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
        assert_eq!(self.errors, 0, "nothing follows an ERROR");
        let Some(Item::Frame(frame)) = item else {
            return assert_eq!(octets, BEAT);
        };
        match frame.command {
            Command::Connected => {
                let version = frame.headers.get("version").and_then(Version::parse);
                self.watch.version = version.expect("CONNECTED names the version");
                assert!(says(&frame, "heart-beat") && frame.headers.len() <= 4);
                assert!(frame.body.is_empty());
            }
            Command::Receipt => {
                let (first, _) = frame.headers.iter().next().expect("RECEIPT has a header");
                assert!(
                    first == "receipt-id" && frame.headers.len() <= 4,
                    "{frame:?}"
                );
            }
            Command::Error => self.errors += 1,
            Command::Message => {}
            command => panic!("{command} is not a server's"),
        }
        assert!(
            frame.command == Command::Error || self.accepted,
            "{frame:?}"
        );
    }

    fn happened(&mut self, event: &ServerEvent) {
        assert!(!self.disconnected, "nothing follows DISCONNECT");
        #[allow(
            clippy::match_wildcard_for_single_variants,
            reason = "an event that is added later need not be known here"
        )]
        match event {
            ServerEvent::Connect { .. } => {
                assert!(!self.connecting, "a session is opened once");
                self.connecting = true;
                self.shadow_connect();
            }
            ServerEvent::Action { action, .. } => is_sayable(action),
            ServerEvent::Commit { actions, .. } => {
                actions.iter().for_each(is_sayable);
                assert_eq!(self.shadow_commit(), actions.len());
            }
            ServerEvent::Subscribe {
                id, destination, ..
            } => {
                assert!(!id.is_empty() && !destination.is_empty());
            }
            ServerEvent::Disconnect => self.disconnected = true,
            _ => {}
        }
        assert!(self.connecting);
    }

    /// Takes the first frame from the shadow, and nothing behind it.
    fn shadow_connect(&mut self) {
        loop {
            match self.shadow.next() {
                Ok(Some(Item::Beat)) => {}
                Ok(Some(Item::Frame(frame))) => {
                    return assert!(matches!(frame.command, Command::Connect | Command::Stomp));
                }
                other => panic!("a session was opened by {other:?}"),
            }
        }
    }

    /// How many frames the next COMMIT in the shadow carries out.
    fn shadow_commit(&mut self) -> usize {
        loop {
            let Ok(Some(item)) = self.shadow.next() else {
                panic!("there is no COMMIT");
            };
            if let Item::Frame(frame) = item {
                let carried_out = self.judge(&frame);
                if frame.command == Command::Commit {
                    return carried_out;
                }
            }
        }
    }

    /// A server that waits for more has found nothing wrong, so nothing may be wrong.
    fn expect_legal(&mut self) {
        let limits = &self.limits;
        assert!(self.server.held() <= limits.frame + limits.transaction_bytes);
        if self.connecting && !self.accepted {
            return;
        }
        loop {
            match self.shadow.next() {
                Ok(Some(Item::Beat)) => {}
                Ok(Some(Item::Frame(frame))) => drop(self.judge(&frame)),
                Ok(None) => return,
                Err(error) => panic!("the server did not mind: {error}"),
            }
        }
    }

    fn judge(&mut self, frame: &Frame) -> usize {
        let rules = self.rules.as_mut().expect("no frame came before CONNECT");
        let judged = rules.judge(frame);
        judged.unwrap_or_else(|reason| panic!("the server accepted {frame:?}, {reason}"))
    }

    /// Keeps all appointments: each must lead to something, or to a later one.
    fn run_the_clock(&mut self) {
        for _ in 0..4 {
            let Output::Wait(Some(at)) = self.server.poll() else {
                return;
            };
            self.now = self.now.max(at);
            self.watch.expect(2);
            self.server.handle_timeout(self.now);
            self.poll(Until::Rest);
            if let Output::Wait(Some(next)) = self.server.poll() {
                assert!(next > self.now, "a timer that never ends");
            }
        }
    }

    fn add_up(&self) {
        match &self.watch.closed {
            None => assert_eq!((self.errors, self.disconnected), (0, false)),
            Some(Closed::Clean) => assert_eq!((self.errors, self.disconnected), (0, true)),
            Some(Closed::Error) => assert_eq!((self.errors, self.failed), (1, true)),
            Some(Closed::Fault(_)) => assert_eq!(self.errors, 1),
        }
    }
}

fn is_sayable(action: &Action) {
    if let Action::Send { destination, .. } = action {
        assert!(!destination.is_empty());
    }
}
