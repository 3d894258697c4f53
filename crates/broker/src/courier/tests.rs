use std::pin::Pin;
use std::sync::Mutex;

use stomp::{Text, Version};

use super::*;
use crate::{Broker, Cursor, Delivery, Destination, Inbox, Message, Options, Overflow, Subscribe};

/// A peer that takes so many bytes and no more, and an outlet that never keeps any.
#[derive(Debug, Default)]
struct Peer {
    heard: Mutex<String>,
    room: AtomicUsize,
}

impl Outlet for Peer {
    fn framing(&self) -> Framing {
        |message, wire| {
            wire.push(b'[');
            wire.extend_from_slice(message.split(|byte| *byte == b'\n').next_back().unwrap());
        }
    }

    fn write(&self, wire: &Bytes) -> Written {
        let room = self.room.load(Ordering::Relaxed);
        if wire.len() > room {
            return Written::None;
        }
        self.room.store(room - wire.len(), Ordering::Relaxed);
        let text: String = String::from_utf8_lossy(wire).replace('\0', "]");
        self.heard.lock().unwrap().push_str(&text);
        Written::All
    }
}

impl Peer {
    fn heard(&self) -> String {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

struct Session {
    broker: Broker,
    inbox: Inbox,
    peer: Arc<Peer>,
    cursor: Cursor,
    courier: Pin<Box<dyn Future<Output = ()>>>,
}

/// A session in a room, which it has read up to place 4, and on a topic without a log.
async fn session() -> Session {
    let options = Options {
        couriers: 1,
        inbox_bytes: 1000,
        ring_messages: 0,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    let mut inbox = broker.attach();
    let cursor = Cursor::new(5);
    let direct = |name: &'static str, cursor| Subscribe {
        direct: true,
        cursor,
        overflow: Overflow::Park,
        ..Subscribe::new(Text::from(name), destination(name), Version::V1_2)
    };
    inbox
        .subscribe(direct("room", Some(cursor.clone())))
        .unwrap();
    inbox.subscribe(direct("topic", None)).unwrap();
    let acknowledged = Subscribe::new(Text::from("acks"), destination("acks"), Version::V1_2);
    inbox.subscribe(acknowledged).unwrap();
    let peer = Arc::new(Peer::default());
    peer.room.store(1_000_000, Ordering::Relaxed);
    inbox.connect(Arc::clone(&peer) as Arc<dyn Outlet>);
    inbox.lend();
    let courier = broker.couriers().next().unwrap();
    let mut session = Session {
        broker,
        inbox,
        peer,
        cursor,
        courier: Box::pin(courier.run(|_| ())),
    };
    session.deliver().await;
    session
}

fn destination(name: &str) -> Destination {
    Destination::parse(format!("/topic/{name}")).unwrap()
}

impl Session {
    fn say(&self, name: &str, place: Option<u64>, body: &'static str) {
        let message = Message::new(destination(name), Text::from("m")).body(body.into());
        let message = place.into_iter().fold(message, Message::seq);
        self.broker.publish(&message).unwrap();
    }

    /// The courier goes as many rounds as any of these tests has.
    async fn deliver(&mut self) {
        for _ in 0..10 {
            tokio::select! {
                biased;
                () = &mut self.courier => unreachable!("it goes on for ever"),
                () = yield_now() => {}
            }
        }
    }

    /// What the session finds, by place.
    fn found(&mut self) -> Vec<Option<u64>> {
        let place = |delivery| match delivery {
            Delivery::Message { place, .. } => place,
            Delivery::Parked { .. } | Delivery::Overrun { .. } => Some(0),
        };
        self.inbox.try_recv().into_iter().map(place).collect()
    }
}

#[tokio::test]
async fn what_is_published_in_one_go_is_written_in_order_and_without_the_session() {
    let mut session = session().await;
    session.say("room", Some(5), "five");
    session.say("topic", None, "plain");
    session.say("room", Some(6), "six");
    session.deliver().await;
    assert_eq!(session.peer.heard(), "[five][plain][six]");
    assert_eq!(session.cursor.next(), 7);
    assert_eq!(session.found(), []);
    assert_eq!(session.broker.stats().waiting_bytes, 0);
}

#[tokio::test]
async fn a_session_that_has_taken_its_outlet_back_finds_everything_itself() {
    let mut session = session().await;
    session.say("room", Some(5), "five");
    session.inbox.take_back();
    session.say("room", Some(6), "six");
    session.deliver().await;
    assert_eq!(session.peer.heard(), "");
    // The first one was admitted already, and the session need not look at its place.
    assert_eq!(session.found(), [None, Some(6)]);
    assert_eq!(session.cursor.next(), 6);
}

#[tokio::test]
async fn what_is_not_next_in_line_wakes_the_session() {
    for place in [4, 6] {
        let mut session = session().await;
        session.say("topic", None, "plain");
        session.say("room", Some(place), "elsewhere");
        session.deliver().await;
        assert_eq!(session.peer.heard(), "");
        assert_eq!(session.inbox.recv().await.len(), 2);
        assert_eq!(session.cursor.next(), 5);
        assert_eq!(session.found(), []);
    }
}

#[tokio::test]
async fn what_only_the_session_may_send_wakes_it() {
    let mut session = session().await;
    session.say("acks", None, "to be acknowledged");
    session.deliver().await;
    assert_eq!(session.peer.heard(), "");
    assert_eq!(session.inbox.recv().await.len(), 1);
}

#[tokio::test]
async fn a_peer_that_takes_no_more_is_left_to_its_session() {
    let mut session = session().await;
    session.peer.room.store(5, Ordering::Relaxed);
    session.say("room", Some(5), "one");
    session.deliver().await;
    session.say("room", Some(6), "two");
    session.deliver().await;
    assert_eq!(session.peer.heard(), "[one]");
    assert_eq!(session.inbox.recv().await.len(), 1);
    assert_eq!(session.cursor.next(), 7);
    session.say("room", Some(7), "three");
    assert_eq!(session.found(), [Some(7)]);
}

#[tokio::test]
async fn what_is_parked_before_it_was_written_is_read_from_the_log_again() {
    let mut session = session().await;
    for place in 5..20 {
        session.say("room", Some(place), "more than an inbox holds");
    }
    session.deliver().await;
    assert_eq!(session.peer.heard(), "");
    assert_eq!(session.cursor.next(), 5);
    assert_eq!(session.found(), [Some(0)]);
    assert_eq!(session.broker.stats().parked, 1);
}

#[tokio::test]
async fn many_peers_in_one_room_are_sent_one_packing() {
    let mut session = session().await;
    let mut others = Vec::new();
    for _ in 0..3 * ROUND {
        let mut inbox = session.broker.attach();
        let wish = Subscribe {
            direct: true,
            ..Subscribe::new(Text::from("topic"), destination("topic"), Version::V1_2)
        };
        inbox.subscribe(wish).unwrap();
        let peer = Arc::new(Peer::default());
        peer.room.store(100, Ordering::Relaxed);
        inbox.connect(Arc::clone(&peer) as Arc<dyn Outlet>);
        inbox.lend();
        others.push((inbox, peer));
    }
    for body in ["a", "b", "c"] {
        session.say("topic", None, body);
    }
    session.deliver().await;
    for (inbox, peer) in &mut others {
        assert_eq!(peer.heard(), "[a][b][c]");
        assert!(inbox.try_recv().is_empty());
    }
}

#[test]
fn no_more_than_so_much_is_written_at_once() {
    let large = Bytes::from(vec![b'x'; AT_ONCE]);
    let small = Bytes::from_static(b"x");
    for (messages, count) in [
        (vec![large.clone(), small.clone()], 1),
        (vec![small.clone(), large.clone(), small.clone()], 2),
        (vec![small.clone(), small], 2),
    ] {
        assert_eq!(first(messages.iter()).count(), count);
    }
}

#[tokio::test]
async fn where_no_courier_comes_the_session_is_woken() {
    let mut session = session().await;
    session.say("room", Some(5), "five");
    session.courier = Box::pin(std::future::pending());
    assert_eq!(session.inbox.recv().await.len(), 1);
    session.inbox.lend();
    session.say("room", Some(6), "six");
    assert_eq!(session.inbox.recv().await.len(), 1);
    assert_eq!(session.peer.heard(), "");
}

/// A peer that takes three bytes and has an outlet that keeps the others.
#[derive(Debug, Default)]
struct Keeping(Mutex<Vec<Bytes>>);

impl Outlet for Keeping {
    fn framing(&self) -> Framing {
        |message, wire| wire.extend_from_slice(message)
    }

    fn write(&self, wire: &Bytes) -> Written {
        self.0.lock().unwrap().push(wire.slice(3..));
        Written::Some
    }
}

#[tokio::test]
async fn what_peers_have_not_taken_counts_once_until_they_have() {
    let mut session = session().await;
    let mut others = Vec::new();
    for _ in 0..10 {
        let mut inbox = session.broker.attach();
        let wish = Subscribe {
            direct: true,
            ..Subscribe::new(Text::from("topic"), destination("topic"), Version::V1_2)
        };
        inbox.subscribe(wish).unwrap();
        let outlet = Arc::new(Keeping::default());
        inbox.connect(Arc::clone(&outlet) as Arc<dyn Outlet>);
        inbox.lend();
        others.push((inbox, outlet));
    }
    session.say("topic", None, "many bytes of which each peer leaves some");
    session.deliver().await;
    let kept = others[0].1.0.lock().unwrap()[0].len();
    let waiting = session.broker.stats().waiting_bytes;
    assert!((kept..2 * kept + ENCODING).contains(&waiting), "{waiting}");
    drop(others);
    assert_eq!(session.broker.stats().waiting_bytes, 0);
}

/// What one encoding may cost beside its bytes.
const ENCODING: usize = 200;

/// A peer that answers whatever it is sent, to a topic of somebody else.
#[derive(Debug)]
struct Answering {
    broker: Broker,
    topic: &'static str,
    answers: Arc<AtomicUsize>,
}

impl Outlet for Answering {
    fn framing(&self) -> Framing {
        |message, wire| wire.extend_from_slice(message)
    }

    fn write(&self, _: &Bytes) -> Written {
        // It must end even where nobody else gets a turn.
        if self.answers.fetch_add(1, Ordering::Relaxed) < 10_000 {
            let answer = Message::new(destination(self.topic), Text::from("m"));
            self.broker.publish(&answer).unwrap();
        }
        Written::All
    }
}

#[tokio::test]
async fn others_get_their_turn_however_much_comes() {
    let mut session = session().await;
    let answers = Arc::new(AtomicUsize::new(0));
    let mut peers = Vec::new();
    for (of, topic) in [("a", "b"), ("b", "a")] {
        let mut inbox = session.broker.attach();
        let wish = Subscribe {
            direct: true,
            ..Subscribe::new(Text::from(of), destination(of), Version::V1_2)
        };
        inbox.subscribe(wish).unwrap();
        inbox.connect(Arc::new(Answering {
            broker: session.broker.clone(),
            topic,
            answers: Arc::clone(&answers),
        }));
        inbox.lend();
        peers.push(inbox);
    }
    session.say("a", None, "");
    session.deliver().await;
    let answers = answers.load(Ordering::Relaxed);
    assert!((10..100 * ROUND).contains(&answers), "{answers}");
}
