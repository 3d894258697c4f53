use std::sync::atomic::{AtomicUsize, Ordering};

use broker::{Cursor, Destination, Framing, Options, Outlet, Overflow, Subscribe, Written};
use bytes::Bytes;
use chat::{Sender, Timestamp};
use stomp::{Text, Version};

use super::*;

/// A peer that takes all that it is sent.
#[derive(Debug, Default)]
struct Quick(AtomicUsize);

impl Outlet for Quick {
    fn framing(&self) -> Framing {
        |message, wire| wire.extend_from_slice(message)
    }

    fn write(&self, wire: &Bytes) -> Written {
        self.0.fetch_add(wire.len(), Ordering::Relaxed);
        Written::All
    }
}

#[tokio::test]
async fn who_takes_everything_at_once_is_not_too_slow_however_much_is_told_at_once() {
    const LINES: u64 = 400;
    const LENGTH: usize = 4_000;
    let folder = tempfile::tempdir().unwrap();
    let options = store::Options::new(folder.path().join("log.db"));
    let (store, journal) = Store::open(options).await.unwrap();
    let line = |number: u64| Entry {
        room: RoomId::lobby(),
        kind: Kind::Talk,
        sender: Sender::parse("a").unwrap(),
        message: "x".repeat(LENGTH),
        author: None,
        change: None,
        id: MessageId(Uuid::from_u128(number.into())),
        at: Timestamp::from_millis(0),
        create_room: false,
    };
    let lines = (1..=LINES).map(line).collect();
    store.submit_all(lines).await.unwrap().await.unwrap();
    store.close().await;

    // A tenth of what is told fits into an inbox.
    let broker = Broker::new(Options {
        couriers: 1,
        inbox_bytes: LINES as usize * LENGTH / 10,
        ..Options::default()
    })
    .unwrap();
    for courier in broker.couriers() {
        tokio::spawn(courier.run(|_| ()));
    }
    yield_now().await;
    let mut inbox = broker.attach();
    let topic = chat::destination::topic_of(&RoomId::lobby());
    let topic = Destination::parse(topic).unwrap();
    let cursor = Cursor::new(1);
    inbox
        .subscribe(Subscribe {
            overflow: Overflow::Park,
            direct: true,
            cursor: Some(cursor.clone()),
            ..Subscribe::new(Text::from("s"), topic, Version::V1_2)
        })
        .unwrap();
    let peer = Arc::new(Quick::default());
    inbox.connect(peer.clone());
    inbox.lend();
    tell(journal, broker.clone()).await;
    // For what was told last.
    yield_now().await;
    assert_eq!(broker.stats().parked, 0);
    assert_eq!(cursor.next(), LINES + 1);
    assert!(peer.0.load(Ordering::Relaxed) > LINES as usize * LENGTH);
}
