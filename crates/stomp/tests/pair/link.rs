//! Two machines, joined by a link without sockets, on a clock that only moves when told.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use stomp::{
    Accepted, Action, BEAT, Client, ClientEvent, ClientOptions, Closed, Command, Frame, Output,
    Server, ServerEvent, ServerOptions, Version, encode,
};

pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Two machines and what went between them. The server lets everyone in, and answers each SEND
/// with a MESSAGE and each receipt at once.
pub(crate) struct Pair {
    pub(crate) client: Client,
    pub(crate) server: Server,
    pub(crate) now: Duration,
    /// Whether what a side says reaches the other.
    pub(crate) up: bool,
    pub(crate) down: bool,
    pub(crate) to_server: VecDeque<Bytes>,
    pub(crate) to_client: VecDeque<Bytes>,
    pub(crate) client_events: Vec<ClientEvent>,
    pub(crate) server_events: Vec<ServerEvent>,
    pub(crate) client_wait: Option<Duration>,
    pub(crate) server_wait: Option<Duration>,
    pub(crate) client_closed: Option<Closed>,
    pub(crate) server_closed: Option<Closed>,
    /// When each side last transmitted, and its longest pause.
    pub(crate) sent: [(Duration, Duration); 2],
    pub(crate) beats: [usize; 2],
}

impl Pair {
    pub(crate) fn new(client: ClientOptions, server: ServerOptions) -> Self {
        let now = ms(123_456);
        let mut pair = Self {
            client: Client::new(client, now),
            server: Server::new(server, now),
            now,
            up: true,
            down: true,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            client_events: Vec::new(),
            server_events: Vec::new(),
            client_wait: None,
            server_wait: None,
            client_closed: None,
            server_closed: None,
            sent: [(now, Duration::ZERO); 2],
            beats: [0, 0],
        };
        pair.settle();
        pair
    }

    pub(crate) fn connected(client: (u32, u32), server: (u32, u32)) -> Self {
        let client = ClientOptions {
            heartbeat: client,
            ..ClientOptions::default()
        };
        let server = ServerOptions {
            heartbeat: server,
            ..ServerOptions::default()
        };
        let pair = Self::new(client, server);
        assert_eq!(pair.client.version(), Some(Version::V1_2));
        assert_eq!(pair.server.version(), Some(Version::V1_2));
        pair
    }

    /// Lets both talk until neither has anything to say.
    pub(crate) fn settle(&mut self) {
        loop {
            self.drive_client();
            self.drive_server();
            let (up, down) = (self.to_server.pop_front(), self.to_client.pop_front());
            if up.is_none() && down.is_none() {
                return;
            }
            if let Some(bytes) = up.filter(|_| self.up) {
                self.server.handle_input(&bytes, self.now);
            }
            if let Some(bytes) = down.filter(|_| self.down) {
                self.client.handle_input(&bytes, self.now);
            }
        }
    }

    fn drive_client(&mut self) {
        loop {
            match self.client.poll() {
                Output::Transmit(bytes) => {
                    self.note(0, &bytes);
                    self.to_server.push_back(bytes);
                }
                Output::Event(event) => self.client_events.push(event),
                Output::Wait(at) => {
                    self.client_wait = at;
                    return;
                }
                Output::Closed(closed) => {
                    self.client_wait = None;
                    self.client_closed = Some(closed);
                    return;
                }
            }
        }
    }

    fn drive_server(&mut self) {
        loop {
            match self.server.poll() {
                Output::Transmit(bytes) => {
                    self.note(1, &bytes);
                    self.to_client.push_back(bytes);
                }
                Output::Event(event) => {
                    self.answer(&event);
                    self.server_events.push(event);
                }
                Output::Wait(at) => {
                    self.server_wait = at;
                    return;
                }
                Output::Closed(closed) => {
                    self.server_wait = None;
                    self.server_closed = Some(closed);
                    return;
                }
            }
        }
    }

    fn answer(&mut self, event: &ServerEvent) {
        let receipt = match event {
            ServerEvent::Connect { .. } => {
                self.server
                    .accept(Accepted::default(), self.now)
                    .expect("a CONNECT is waiting");
                None
            }
            ServerEvent::Action { action, receipt } => {
                self.act(action);
                receipt.clone()
            }
            ServerEvent::Commit {
                actions, receipt, ..
            } => {
                actions.iter().for_each(|action| self.act(action));
                receipt.clone()
            }
            ServerEvent::Subscribe { receipt, .. } | ServerEvent::Unsubscribe { receipt, .. } => {
                receipt.clone()
            }
            ServerEvent::Disconnect => None,
        };
        if let Some(id) = receipt {
            self.server
                .receipt(id, self.now)
                .expect("the session is open");
        }
    }

    fn act(&mut self, action: &Action) {
        let Action::Send {
            destination, body, ..
        } = action
        else {
            return;
        };
        let message = Frame::new(Command::Message)
            .header("destination", destination.clone())
            .header("message-id", "m-1")
            .header("subscription", "sub:0")
            .body(body.clone());
        let version = self.server.version().expect("the session is open");
        self.server
            .deliver(encode(&message, version), self.now)
            .expect("the session is open");
    }

    fn note(&mut self, side: usize, bytes: &[u8]) {
        let (last, pause) = &mut self.sent[side];
        *pause = (*pause).max(self.now - *last);
        *last = self.now;
        self.beats[side] += usize::from(bytes == BEAT);
    }

    /// Moves the clock to the next deadline of either side and tells both; false if there is none.
    pub(crate) fn step(&mut self) -> bool {
        let Some(next) = [self.client_wait, self.server_wait]
            .into_iter()
            .flatten()
            .min()
        else {
            return false;
        };
        assert!(next > self.now, "a deadline that has passed would spin");
        self.now = next;
        self.client.handle_timeout(next);
        self.server.handle_timeout(next);
        self.settle();
        true
    }

    /// Steps until this moment, or until nothing is left to wait for.
    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while [self.client_wait, self.server_wait]
            .into_iter()
            .flatten()
            .any(|at| at <= end)
            && self.step()
        {}
        self.now = end;
    }
}

/// A client whose CONNECT is on its way.
pub(crate) fn connecting() -> (Client, Duration) {
    let mut client = Client::new(ClientOptions::default(), ms(0));
    assert!(matches!(client.poll(), Output::Transmit(_)));
    (client, ms(0))
}
