//! A server and a client that is mostly well behaved, so that it gets far.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use stomp::{
    Action, Closed, Command, Decoder, Item, Limits, Output, Server, ServerEvent, ServerOptions,
    Version,
};

use crate::support::{START, open_with};

/// Small enough that every limit of transactions is run into.
const TIGHT: Limits = Limits {
    frame: 400,
    headers: 8,
    header_line: 80,
    transactions: 2,
    transaction_frames: 4,
    transaction_bytes: 2_000,
};

/// What a client does next. An [`Index`] picks one of its open transactions, if there are any.
#[derive(Clone, Debug)]
enum Step {
    Begin,
    Hold(Held, Index),
    Do(Held),
    Commit(Index),
    Abort(Index),
    Subscribe,
    Unsubscribe,
    Beat,
    Disconnect,
    Mischief(&'static str),
}

#[derive(Clone, Debug)]
enum Held {
    Send(String),
    Ack,
    Nack,
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        3 => Just(Step::Begin),
        12 => (held(), index()).prop_map(|(held, index)| Step::Hold(held, index)),
        4 => held().prop_map(Step::Do),
        3 => index().prop_map(Step::Commit),
        1 => index().prop_map(Step::Abort),
        1 => Just(Step::Subscribe),
        1 => Just(Step::Unsubscribe),
        2 => Just(Step::Beat),
        1 => Just(Step::Disconnect),
        1 => select(vec![
            "COMMIT\ntransaction:never\n",
            "SEND\ntransaction:never\ndestination:/a\n",
            "SEND\n",
            "ACK\n",
            "BEGIN\n",
            "CONNECT\n",
            "MESSAGE\n",
            "NONSENSE\n",
            "SEND\nwithout a colon\n",
            "SEND\ndestination:/a\ncontent-length:9999999\n",
        ])
        .prop_map(Step::Mischief),
    ]
}

fn held() -> impl Strategy<Value = Held> {
    prop_oneof![
        4 => "[a-z]{0,250}".prop_map(Held::Send),
        1 => Just(Held::Ack),
        1 => Just(Held::Nack),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Each frame that asks for a receipt gets one, in order, until the session ends; if it ends
    /// by ERROR, that one names the frame at fault. A COMMIT hands out exactly what was sent for
    /// it, and what is held never exceeds the limits.
    #[test]
    fn a_server_answers_every_frame_or_ends_the_session(
        version in select(vec![Version::V1_0, Version::V1_1, Version::V1_2]),
        limits in select(vec![TIGHT, Limits::default()]),
        steps in vec((step(), any::<bool>()), 0..60),
        piece in 1..500_usize,
    ) {
        let mut session = Session::new(version, limits);
        for (step, asks) in steps {
            let frame = session.frame(step, asks);
            for octets in frame.as_bytes().chunks(piece) {
                session.hear(octets);
            }
            if session.closed.is_some() {
                break;
            }
        }
        match &session.closed {
            None | Some(Closed::Clean) => {
                prop_assert_eq!(session.error, None);
                prop_assert_eq!(session.receipts, session.asked);
            }
            Some(Closed::Error | Closed::Fault(_)) => {
                // The frame at fault was the last one.
                let blamed = session.error.expect("there is an ERROR");
                prop_assert_eq!(&blamed, &session.last);
                if session.last.is_some() {
                    session.receipts.extend(blamed);
                }
                prop_assert_eq!(session.receipts, session.asked);
            }
        }
    }
}

/// A server, and what a client knows of its session.
struct Session {
    server: Server,
    version: Version,
    limits: Limits,
    /// The bodies that wait for each open transaction; an ACK counts as an empty one.
    open: BTreeMap<String, Vec<String>>,
    names: usize,
    /// The receipts asked for, and those of the last frame.
    asked: Vec<String>,
    last: Option<String>,
    receipts: Vec<String>,
    /// The transaction and the bodies that a COMMIT is about to hand out.
    committed: Option<(String, Vec<String>)>,
    /// The ERROR, with the receipt that it names.
    error: Option<Option<String>>,
    closed: Option<Closed>,
}

impl Session {
    fn new(version: Version, limits: Limits) -> Self {
        let options = ServerOptions {
            limits,
            ..ServerOptions::default()
        };
        Self {
            server: open_with(options, version),
            version,
            limits,
            open: BTreeMap::new(),
            names: 0,
            asked: Vec::new(),
            last: None,
            receipts: Vec::new(),
            committed: None,
            error: None,
            closed: None,
        }
    }

    /// The frame of this step, noted down as done.
    fn frame(&mut self, step: Step, asks: bool) -> String {
        self.last = None;
        let (head, body) = match step {
            Step::Beat => return "\n".to_owned(),
            Step::Begin => {
                self.names += 1;
                let name = format!("t-{}", self.names);
                self.open.insert(name.clone(), Vec::new());
                (format!("BEGIN\ntransaction:{name}\n"), String::new())
            }
            Step::Hold(held, index) => match self.pick(&index) {
                None => self.held(held, ""),
                Some(name) => {
                    let (head, body) = self.held(held, &format!("transaction:{name}\n"));
                    let waiting = self.open.get_mut(&name).expect("it was picked");
                    waiting.push(body.clone());
                    (head, body)
                }
            },
            Step::Do(held) => self.held(held, ""),
            Step::Commit(index) => match self.pick(&index) {
                None => return "\n".to_owned(),
                Some(name) => {
                    let bodies = self.open.remove(&name).expect("it was picked");
                    self.committed = Some((name.clone(), bodies));
                    (format!("COMMIT\ntransaction:{name}\n"), String::new())
                }
            },
            Step::Abort(index) => match self.pick(&index) {
                None => return "\n".to_owned(),
                Some(name) => {
                    self.open.remove(&name);
                    (format!("ABORT\ntransaction:{name}\n"), String::new())
                }
            },
            Step::Subscribe => (
                "SUBSCRIBE\nid:0\ndestination:/a\n".to_owned(),
                String::new(),
            ),
            Step::Unsubscribe => ("UNSUBSCRIBE\nid:0\n".to_owned(), String::new()),
            Step::Disconnect => ("DISCONNECT\n".to_owned(), String::new()),
            Step::Mischief(head) => (head.to_owned(), String::new()),
        };
        let receipt = if asks {
            let id = format!("r-{}", self.asked.len());
            self.asked.push(id.clone());
            self.last = Some(id.clone());
            format!("receipt:{id}\n")
        } else {
            String::new()
        };
        format!("{head}{receipt}\n{body}\0")
    }

    fn pick(&self, index: &Index) -> Option<String> {
        let names: Vec<&String> = self.open.keys().collect();
        (!names.is_empty()).then(|| index.get(&names).to_string())
    }

    fn held(&self, held: Held, headers: &str) -> (String, String) {
        let about = match self.version {
            Version::V1_2 => "id:1\n",
            Version::V1_0 | Version::V1_1 => "message-id:1\nsubscription:0\n",
        };
        match held {
            Held::Send(body) => (format!("SEND\ndestination:/a\n{headers}"), body),
            Held::Nack if self.version != Version::V1_0 => {
                (format!("NACK\n{about}{headers}"), String::new())
            }
            Held::Ack | Held::Nack => (format!("ACK\n{about}{headers}"), String::new()),
        }
    }

    fn hear(&mut self, octets: &[u8]) {
        self.server.handle_input(octets, START);
        loop {
            match self.server.poll() {
                Output::Transmit(bytes) => self.note(&bytes),
                Output::Event(event) => self.answer(event),
                Output::Wait(_) => break,
                Output::Closed(closed) => {
                    self.closed = Some(closed);
                    assert_eq!(self.server.held(), 0, "nothing is kept after the end");
                    break;
                }
            }
        }
        let most = self.limits.frame + self.limits.transaction_bytes;
        assert!(self.server.held() <= most);
    }

    /// The application: it does everything at once.
    fn answer(&mut self, event: ServerEvent) {
        let receipt = match event {
            ServerEvent::Connect { .. } => panic!("it is connected"),
            ServerEvent::Disconnect => None,
            ServerEvent::Commit {
                transaction,
                actions,
                receipt,
            } => {
                let bodies = actions.iter().map(|action| match action {
                    Action::Send { body, .. } => String::from_utf8_lossy(body).into_owned(),
                    Action::Ack(_) | Action::Nack(_) => String::new(),
                });
                let handed_out = Some((transaction.to_string(), bodies.collect()));
                assert_eq!(handed_out, self.committed);
                receipt
            }
            ServerEvent::Action { receipt, .. }
            | ServerEvent::Subscribe { receipt, .. }
            | ServerEvent::Unsubscribe { receipt, .. } => receipt,
        };
        if let Some(id) = receipt {
            self.server.receipt(id, START).expect("the session is open");
        }
    }

    fn note(&mut self, bytes: &[u8]) {
        assert_eq!(self.error, None, "nothing follows an ERROR");
        let mut decoder = Decoder::new(Limits::default());
        decoder.push(bytes);
        let Ok(Some(Item::Frame(frame))) = decoder.next() else {
            panic!("not a frame: {bytes:?}");
        };
        let id = frame.headers.get("receipt-id").map(str::to_owned);
        match frame.command {
            Command::Receipt => self.receipts.extend(id),
            Command::Error => self.error = Some(id),
            other => panic!("{other} is nothing that was asked for"),
        }
    }
}
