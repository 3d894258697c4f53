use stomp::AckMode;

use super::super::unacked::Sent;
use super::*;

fn follows(next: u64, state: State) -> (Follows, Text) {
    let id = Text::from_static("sub-0");
    let follow = Follow {
        room: RoomId::lobby(),
        version: Version::V1_2,
        ack: false,
        next: Cursor::new(next),
        state,
        page: PAGE,
        turn: 0,
    };
    (
        Follows {
            by_id: HashMap::from([(id.clone(), follow)]),
            turns: 0,
        },
        id,
    )
}

#[test]
fn live_lines_pass_in_order_and_once() {
    let (mut follows, id) = follows(5, State::Live);
    assert!(follows.admit(&id, Some(5)));
    assert!(!follows.admit(&id, Some(5)));
    assert!(!follows.admit(&id, Some(4)));
    assert!(follows.admit(&id, Some(6)));
    assert!(!follows.any_behind(&Unacked::new(1)));
}

#[test]
fn a_jump_in_seq_is_read_from_the_log_instead() {
    let (mut follows, id) = follows(5, State::Live);
    assert!(!follows.admit(&id, Some(7)));
    assert!(follows.any_behind(&Unacked::new(1)));
    assert!(!follows.admit(&id, Some(8)));
}

struct Bed {
    store: Store,
    journal: store::Journal,
    broker: broker::Broker,
    _folder: tempfile::TempDir,
}

impl Bed {
    async fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = store::Options::new(folder.path().join("log.db"));
        let (store, journal) = Store::open(options).await.unwrap();
        let broker = broker::Broker::new(broker::Options::default()).unwrap();
        Self {
            store,
            journal,
            broker,
            _folder: folder,
        }
    }

    /// Logs a line, and tells it.
    async fn say(&mut self, room: &RoomId, message: String) {
        let entry = store::Entry {
            room: room.clone(),
            kind: chat::Kind::Talk,
            sender: chat::Sender::parse("a").unwrap(),
            message,
            author: None,
            change: None,
            id: MessageId(uuid::Uuid::now_v7()),
            at: chat::Timestamp::from_millis(0),
            create_room: true,
        };
        self.store.append(entry).await.unwrap();
        for line in self.journal.recv().await.unwrap() {
            self.broker.publish(&to_broker(&line)).unwrap();
        }
    }
}

fn wish(id: &'static str, room: &RoomId, from: From) -> Subscribe {
    let topic = chat::destination::topic_of(room);
    let topic = broker::Destination::parse(topic).unwrap();
    Subscribe {
        overflow: Overflow::Park,
        from,
        ..Subscribe::new(Text::from_static(id), topic, Version::V1_2)
    }
}

const ALL: From = From::Since {
    seq: 0,
    epoch: None,
};

#[tokio::test]
async fn what_is_said_while_a_subscription_is_made_is_not_missed() {
    let mut bed = Bed::make().await;
    for round in 0..20 {
        let room = RoomId::parse(&format!("room-{round}")).unwrap();
        let (mut follows, store) = (Follows::default(), bed.store.clone());
        let mut inbox = bed.broker.attach();
        {
            let start = follows.start(wish("s", &room, ALL), room.clone(), &mut inbox, &store);
            let mut start = std::pin::pin!(start);
            // It is more or less on its way, and ends after the line is told.
            let mut done = false;
            for _ in 0..=round % 4 {
                done = done || futures_util::poll!(&mut start).is_ready();
            }
            bed.say(&room, "x".to_owned()).await;
            if !done {
                start.await.unwrap();
            }
        }
        let delivered = !inbox.try_recv().is_empty();
        let behind = follows.any_behind(&Unacked::new(1));
        assert!(delivered || behind, "round {round}");
    }
}

#[tokio::test]
async fn a_page_of_long_lines_is_short_and_those_behind_take_turns() {
    let mut bed = Bed::make().await;
    let rooms = [RoomId::lobby(), RoomId::parse("other").unwrap()];
    for room in &rooms {
        for _ in 0..50 {
            bed.say(room, "🙂".repeat(chat::Text::MAX_CHARS)).await;
        }
    }
    let mut follows = Follows::default();
    let (mut inbox, unacked) = (bed.broker.attach(), Unacked::new(1));
    for (id, room) in ["0", "1"].into_iter().zip(&rooms) {
        let wish = wish(id, room, ALL);
        let started = follows.start(wish, room.clone(), &mut inbox, &bed.store);
        started.await.unwrap();
    }
    let (mut seen, mut last) = ([0, 0], None);
    while follows.any_behind(&unacked) {
        let page = follows.catch_up(&unacked, &mut inbox, &bed.store).await;
        let page = page.unwrap();
        let bytes: usize = page.frames.iter().map(|(_, frame)| frame.len()).sum();
        assert!(bytes < PAGE_BYTES + 20_000, "{bytes}");
        seen[page.subscription.parse::<usize>().unwrap()] += page.frames.len();
        assert_ne!(
            last.replace(page.subscription.clone()),
            Some(page.subscription)
        );
    }
    assert_eq!(seen, [50, 50]);
}

#[test]
fn who_must_acknowledge_first_is_not_caught_up() {
    let (mut follows, id) = follows(5, State::Live);
    let mut unacked = Unacked::new(1);
    unacked.start(id.clone(), AckMode::Client);
    assert!(follows.hold(&id));
    assert!(!follows.admit(&id, Some(5)));
    assert!(follows.any_behind(&unacked));
    let (message_id, tag) = (Text::from_static("m"), None);
    unacked.sent(&id, Sent { message_id, tag });
    assert!(!follows.any_behind(&unacked));
    assert!(!follows.hold(&Text::from_static("no room")));
}

#[test]
fn a_place_that_cannot_be_is_not_recovered() {
    let (head, epoch) = (Seq(9), Text::from_static("e"));
    let since = |seq, epoch: Option<&'static str>| {
        let epoch = epoch.map(Text::from_static);
        From::Since { seq, epoch }
    };
    let at = |from: From| place(&from, Seq(1), head, &epoch);
    assert_eq!(at(From::Now), (Seq(9), None));
    assert_eq!(at(From::Last(4)), (Seq(5), None));
    assert_eq!(at(From::Last(40)), (Seq(0), None));
    assert_eq!(at(since(9, None)), (Seq(9), Some(true)));
    assert_eq!(at(since(3, Some("e"))), (Seq(3), Some(true)));
    assert_eq!(at(since(3, Some("other"))), (Seq(9), Some(false)));
    assert_eq!(at(since(10, None)), (Seq(9), Some(false)));
}

#[test]
fn what_is_no_room_always_passes() {
    let (mut follows, _) = follows(5, State::Live);
    assert!(follows.admit(&Text::from_static("other"), None));
    assert!(follows.admit(&Text::from_static("other"), Some(9)));
}

#[test]
fn a_room_is_given_up_with_its_last_subscription() {
    let (mut follows, id) = follows(5, State::Live);
    let second = Text::from_static("sub-1");
    let (room, version) = (RoomId::lobby(), Version::V1_2);
    follows.by_id.insert(
        second.clone(),
        Follow {
            room,
            version,
            ack: false,
            next: Cursor::new(1),
            state: State::Live,
            page: PAGE,
            turn: 0,
        },
    );
    assert_eq!(follows.stop(&id), None);
    assert_eq!(follows.stop(&second), Some(RoomId::lobby()));
    assert_eq!(follows.stop(&second), None);
}
