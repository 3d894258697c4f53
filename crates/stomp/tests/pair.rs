//! A client and a server, joined by a link without sockets, on a clock that only moves when told.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use stomp::{
    Accepted, Action, BEAT, Client, ClientEvent, ClientOptions, Closed, Command, DecodeError,
    Failure, Frame, Output, ProtocolError, SendRequest, Server, ServerEvent, ServerOptions,
    SubscribeRequest, UsageError, Version, encode,
};

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Two machines and what went between them. The server lets everyone in, and answers each SEND
/// with a MESSAGE and each receipt at once.
struct Pair {
    client: Client,
    server: Server,
    now: Duration,
    /// Whether what a side says reaches the other.
    up: bool,
    down: bool,
    to_server: VecDeque<Bytes>,
    to_client: VecDeque<Bytes>,
    client_events: Vec<ClientEvent>,
    server_events: Vec<ServerEvent>,
    client_wait: Option<Duration>,
    server_wait: Option<Duration>,
    client_closed: Option<Closed>,
    server_closed: Option<Closed>,
    /// When each side last transmitted, and its longest pause.
    sent: [(Duration, Duration); 2],
    beats: [usize; 2],
}

impl Pair {
    fn new(client: ClientOptions, server: ServerOptions) -> Self {
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

    fn connected(client: (u32, u32), server: (u32, u32)) -> Self {
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
    fn settle(&mut self) {
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
            ServerEvent::Action {
                action: Action::Send {
                    destination, body, ..
                },
                receipt,
            } => {
                let message = Frame::new(Command::Message)
                    .header("destination", destination.clone())
                    .header("message-id", "m-1")
                    .header("subscription", "sub:0")
                    .body(body.clone());
                let version = self.server.version().expect("the session is open");
                self.server
                    .deliver(encode(&message, version), self.now)
                    .expect("the session is open");
                receipt.clone()
            }
            ServerEvent::Action { receipt, .. }
            | ServerEvent::Commit { receipt, .. }
            | ServerEvent::Subscribe { receipt, .. }
            | ServerEvent::Unsubscribe { receipt, .. } => receipt.clone(),
            ServerEvent::Disconnect => None,
        };
        if let Some(id) = receipt {
            self.server
                .receipt(id, self.now)
                .expect("the session is open");
        }
    }

    fn note(&mut self, side: usize, bytes: &[u8]) {
        let (last, pause) = &mut self.sent[side];
        *pause = (*pause).max(self.now - *last);
        *last = self.now;
        self.beats[side] += usize::from(bytes == BEAT);
    }

    /// Moves the clock to the next deadline of either side and tells both; false if there is none.
    fn step(&mut self) -> bool {
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
    fn run_for(&mut self, time: Duration) {
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

#[test]
fn a_conversation() {
    let mut pair = Pair::connected((0, 0), (0, 0));
    let [
        ClientEvent::Connected {
            version: Version::V1_2,
            headers,
        },
    ] = &pair.client_events[..]
    else {
        panic!("{:?}", pair.client_events);
    };
    assert_eq!(headers.get("heart-beat"), Some("0,0"));
    pair.client_events.clear();

    let now = pair.now;
    let mut subscribe = SubscribeRequest::new("sub:0", "/topic/a");
    subscribe.headers.push("x-since", "41");
    subscribe.receipt = Some("r-1".into());
    pair.client
        .subscribe(subscribe, now)
        .expect("it is connected");
    let mut send = SendRequest::new("/topic/a", "nul \0 and 안녕");
    send.receipt = Some("r-2".into());
    pair.client.send(send, now).expect("it is connected");
    pair.client
        .unsubscribe("sub:0".into(), Some("r-3".into()), now)
        .expect("it is connected");
    pair.client
        .disconnect(Some("bye".into()), now)
        .expect("it is connected");
    pair.settle();

    assert!(matches!(&pair.server_events[1..], [
        ServerEvent::Subscribe { id, headers, .. },
        ServerEvent::Action { .. },
        ServerEvent::Unsubscribe { id: ended, .. },
        ServerEvent::Disconnect,
    ] if id == "sub:0" && ended == "sub:0" && headers.get("x-since") == Some("41")));
    let receipt = |id: &'static str| ClientEvent::Receipt { id: id.into() };
    let [
        first,
        ClientEvent::Message {
            subscription,
            destination,
            message_id,
            body,
            ..
        },
        second,
        third,
    ] = &pair.client_events[..]
    else {
        panic!("{:?}", pair.client_events);
    };
    assert_eq!(
        [first, second, third],
        [&receipt("r-1"), &receipt("r-2"), &receipt("r-3")]
    );
    assert_eq!(
        (
            subscription.as_str(),
            destination.as_str(),
            message_id.as_str()
        ),
        ("sub:0", "/topic/a", "m-1")
    );
    assert_eq!(body, "nul \0 and 안녕");
    assert_eq!(pair.client_closed, Some(Closed::Clean));
    assert_eq!(pair.server_closed, Some(Closed::Clean));
}

#[test]
fn a_client_connects_with_these_octets() {
    let options = ClientOptions {
        host: Some("example.org".into()),
        headers: [("login", "joe"), ("heart-beat", "1,1")]
            .into_iter()
            .collect(),
        ..ClientOptions::default()
    };
    let mut client = Client::new(options, ms(0));
    let expected = "CONNECT\naccept-version:1.2,1.1,1.0\nheart-beat:0,10000\nhost:example.org\n\
                    login:joe\nheart-beat:1,1\n\n\0";
    assert_eq!(client.poll(), Output::Transmit(expected.into()));
    assert_eq!(client.poll(), Output::Wait(Some(ms(10_000))));
    assert_eq!(
        client.send(SendRequest::new("/a", "x"), ms(0)),
        Err(UsageError::NotConnected)
    );
}

#[test]
fn beats_keep_an_idle_link_alive_and_are_never_late() {
    let mut pair = Pair::connected((4_000, 1_000), (1_000, 4_000));
    pair.run_for(ms(60_000));
    assert_eq!(
        (pair.client_closed.clone(), pair.server_closed.clone()),
        (None, None)
    );
    let [(_, client_pause), (_, server_pause)] = pair.sent;
    assert!(
        client_pause < ms(4_000) && client_pause > ms(3_000),
        "{client_pause:?}"
    );
    assert!(
        server_pause < ms(1_000) && server_pause > ms(800),
        "{server_pause:?}"
    );
    assert!(
        pair.beats[0] >= 15 && pair.beats[1] >= 60,
        "{:?}",
        pair.beats
    );
}

#[test]
fn a_busy_link_needs_no_beats() {
    let mut pair = Pair::connected((1_000, 1_000), (1_000, 1_000));
    for _ in 0..50 {
        let now = pair.now;
        pair.client
            .send(SendRequest::new("/a", "x"), now)
            .expect("it is connected");
        pair.settle();
        pair.run_for(ms(500));
    }
    assert_eq!(pair.beats, [0, 0]);
}

#[test]
fn without_agreement_no_beats_flow_and_no_clock_runs() {
    for (client, server) in [
        ((0, 1_000), (0, 1_000)),
        ((1_000, 0), (1_000, 0)),
        ((0, 0), (1_000, 1_000)),
    ] {
        let mut pair = Pair::connected(client, server);
        assert_eq!((pair.client_wait, pair.server_wait), (None, None));
        assert!(!pair.step());
        assert_eq!(pair.beats, [0, 0]);
    }
}

#[test]
fn the_slower_of_the_two_wishes_is_agreed_on() {
    let pair = Pair::connected((0, 1_000), (5_000, 0));
    // A tenth early, so that the promise is kept.
    assert_eq!(pair.server_wait, Some(pair.now + ms(4_500)));
    assert_eq!(pair.client_wait, Some(pair.now + ms(2 * 5_000 + 1_000)));
}

#[test]
fn a_server_notices_a_lost_client() {
    let mut pair = Pair::connected((1_000, 0), (0, 1_000));
    pair.run_for(ms(10_000));
    let last_heard = pair.sent[0].0;
    pair.up = false;
    while pair.server_closed.is_none() && pair.step() {}
    let silence = pair.now - last_heard;
    assert_eq!(silence, ms(3 * 1_000 + 1_000));
    assert_eq!(
        pair.server_closed,
        Some(Closed::Fault(ProtocolError::HeartbeatLost(silence)))
    );
    assert!(matches!(
        pair.client_events.last(),
        Some(ClientEvent::Error { message, .. }) if message.starts_with("heart-beat lost: ")
    ));
    assert_eq!(pair.client_closed, Some(Closed::Error));
}

#[test]
fn a_client_notices_a_lost_server() {
    let mut pair = Pair::connected((0, 1_000), (1_000, 0));
    pair.run_for(ms(10_000));
    let last_heard = pair.sent[1].0;
    pair.down = false;
    while pair.client_closed.is_none() && pair.step() {}
    let silence = pair.now - last_heard;
    assert_eq!(silence, ms(2 * 1_000 + 1_000));
    assert_eq!(
        pair.client_closed,
        Some(Closed::Fault(ProtocolError::HeartbeatLost(silence)))
    );
}

#[test]
fn half_a_frame_is_a_sign_of_life() {
    let mut pair = Pair::connected((1_000, 0), (0, 1_000));
    pair.up = false;
    for octet in b"SEND\ndestination:/a\n\nx\0" {
        let now = pair.now;
        pair.server.handle_input(&[*octet], now);
        pair.settle();
        pair.run_for(ms(2_000));
    }
    assert_eq!(pair.server_closed, None);
    assert!(matches!(
        pair.server_events.last(),
        Some(ServerEvent::Action { .. })
    ));
}

#[test]
fn a_silent_visitor_is_sent_away() {
    let mut server = Server::new(ServerOptions::default(), ms(500));
    assert_eq!(server.poll(), Output::Wait(Some(ms(10_500))));
    server.handle_input(b"\n\nCONNE", ms(10_000));
    server.handle_timeout(ms(10_499));
    assert_eq!(server.poll(), Output::Wait(Some(ms(10_500))));
    server.handle_timeout(ms(10_500));
    assert!(
        matches!(server.poll(), Output::Transmit(bytes) if bytes.starts_with(b"ERROR\nmessage:the session was not opened within 10000 ms\n"))
    );
    assert_eq!(
        server.poll(),
        Output::Closed(Closed::Fault(ProtocolError::ConnectTimeout(ms(10_000))))
    );
}

#[test]
fn a_client_does_not_wait_for_connected_for_ever() {
    let mut client = Client::new(ClientOptions::default(), ms(0));
    assert!(matches!(client.poll(), Output::Transmit(_)));
    client.handle_timeout(ms(9_999));
    assert_eq!(client.poll(), Output::Wait(Some(ms(10_000))));
    client.handle_timeout(ms(10_000));
    assert_eq!(
        client.poll(),
        Output::Closed(Closed::Fault(ProtocolError::ConnectTimeout(ms(10_000))))
    );
}

#[test]
fn a_client_does_not_wait_for_its_last_receipt_for_ever() {
    let mut pair = Pair::connected((0, 0), (0, 0));
    pair.up = false;
    let now = pair.now;
    pair.client
        .disconnect(Some("bye".into()), now)
        .expect("it is connected");
    pair.settle();
    assert_eq!(pair.client_closed, None);
    assert!(pair.step());
    assert_eq!(
        (pair.now - now, pair.client_closed),
        (ms(10_000), Some(Closed::Clean))
    );
}

#[test]
fn a_version_refusal_reaches_the_client() {
    let (mut client, _) = connecting();
    client.handle_input(
        b"ERROR\nversion:2.0\ncontent-type:text/plain\n\nSupported protocol versions are 2.0\0",
        ms(0),
    );
    let Output::Event(ClientEvent::Error {
        message,
        headers,
        body,
    }) = client.poll()
    else {
        panic!("the refusal is an event");
    };
    assert_eq!(
        (message.as_str(), headers.get("version")),
        ("", Some("2.0"))
    );
    assert_eq!(body, "Supported protocol versions are 2.0");
    assert_eq!(client.poll(), Output::Closed(Closed::Error));
}

#[test]
fn a_refusal_by_the_application_reaches_the_client() {
    let mut pair = Pair::connected((0, 0), (0, 0));
    let now = pair.now;
    pair.server.fail(Failure::new("no: go\naway"), now);
    pair.settle();
    assert!(matches!(
        pair.client_events.last(),
        Some(ClientEvent::Error { message, .. }) if message == "no: go\naway"
    ));
    assert_eq!(pair.client_closed, Some(Closed::Error));
    assert_eq!(pair.server_closed, Some(Closed::Error));
    assert_eq!(
        pair.client.send(SendRequest::new("/a", "x"), now),
        Err(UsageError::NotConnected)
    );
}

/// An old server: no version, no heart-beat, no escapes, no subscription.
#[test]
fn a_1_0_server_is_understood() {
    let (mut client, now) = connecting();
    client.handle_input(
        b"CONNECTED\nsession:7\n\n\0\nMESSAGE\ndestination:/a\nmessage-id:1\\c\n\nx\0\n",
        now,
    );
    assert!(matches!(
        client.poll(),
        Output::Event(ClientEvent::Connected {
            version: Version::V1_0,
            ..
        })
    ));
    let Output::Event(ClientEvent::Message {
        subscription,
        message_id,
        ..
    }) = client.poll()
    else {
        panic!("the MESSAGE is an event");
    };
    assert_eq!((subscription.as_str(), message_id.as_str()), ("/a", "1\\c"));
    assert_eq!(client.poll(), Output::Wait(None));
}

#[test]
fn faults_of_a_server_before_connected() {
    let bad = |header, value: &str| ProtocolError::BadHeader {
        command: Command::Connected,
        header,
        value: value.into(),
    };
    for (bytes, fault) in [
        (
            "MESSAGE\n\nx\0",
            ProtocolError::NotConnected(Command::Message),
        ),
        (
            "CONNECT\n\n\0",
            ProtocolError::WrongDirection(Command::Connect),
        ),
        ("CONNECTED\nversion:1.3\n\n\0", bad("version", "1.3")),
        (
            "CONNECTED\nheart-beat:often\n\n\0",
            bad("heart-beat", "often"),
        ),
        (
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            DecodeError::UnknownCommand("HTTP/1.1 400 Bad Request".into()).into(),
        ),
    ] {
        let (mut client, now) = connecting();
        client.handle_input(bytes.as_bytes(), now);
        assert_eq!(
            client.poll(),
            Output::Closed(Closed::Fault(fault)),
            "{bytes:?}"
        );
    }
}

#[test]
fn faults_of_a_server_after_connected() {
    let missing = |command, header| ProtocolError::MissingHeader { command, header };
    for (bytes, fault) in [
        (
            "CONNECTED\nversion:1.2\n\n\0",
            ProtocolError::AlreadyConnected,
        ),
        (
            "SEND\ndestination:/a\n\nx\0",
            ProtocolError::WrongDirection(Command::Send),
        ),
        ("RECEIPT\n\n\0", missing(Command::Receipt, "receipt-id")),
        (
            "MESSAGE\ndestination:/a\nmessage-id:1\n\n\0",
            missing(Command::Message, "subscription"),
        ),
        (
            "MESSAGE\nsubscription:0\nmessage-id:1\n\n\0",
            missing(Command::Message, "destination"),
        ),
        (
            "MESSAGE\nsubscription:0\ndestination:/a\n\n\0",
            missing(Command::Message, "message-id"),
        ),
    ] {
        let (mut client, now) = connecting();
        client.handle_input(b"CONNECTED\nversion:1.2\n\n\0", now);
        assert!(matches!(
            client.poll(),
            Output::Event(ClientEvent::Connected { .. })
        ));
        client.handle_input(bytes.as_bytes(), now);
        assert_eq!(
            client.poll(),
            Output::Closed(Closed::Fault(fault)),
            "{bytes:?}"
        );
    }
}

/// A client whose CONNECT is on its way.
fn connecting() -> (Client, Duration) {
    let mut client = Client::new(ClientOptions::default(), ms(0));
    assert!(matches!(client.poll(), Output::Transmit(_)));
    (client, ms(0))
}
