//! What subscribers of a destination receive.

mod common;

use broker::{Broker, Delivery, Message, Options, Overflow, Subscribe, SubscribeError};
use stomp::{Text, Version};

use common::{destination, text, wire};

fn wish(id: &str, name: &str) -> Subscribe {
    Subscribe {
        overflow: Overflow::Park,
        ..common::wish(id, name)
    }
}

fn said(name: &str, seq: u64, body: &str) -> Message {
    Message::new(destination(name), Text::from(format!("id-{seq}")))
        .seq(seq)
        .content_type(Text::from("application/json"))
        .header(Text::from("x-offset"), Text::from(seq.to_string()))
        .body(body.to_owned().into())
}

#[tokio::test]
async fn every_subscriber_receives_every_message_in_order() {
    let broker = common::broker();
    let (mut a, mut b) = (broker.attach(), broker.attach());
    a.subscribe(wish("sub-0", "/topic/x")).unwrap();
    b.subscribe(wish("sub-0", "/topic/x")).unwrap();

    for seq in 1..=3 {
        let published = broker.publish(&said("/topic/x", seq, "{}")).unwrap();
        assert_eq!((published.delivered, published.dropped), (2, 0));
    }

    for inbox in [&mut a, &mut b] {
        let seqs: Vec<_> = inbox
            .recv()
            .await
            .iter()
            .map(|delivery| match delivery {
                Delivery::Message { place, .. } => place.unwrap(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(seqs, [1, 2, 3]);
    }
}

#[tokio::test]
async fn the_bytes_are_springs_order_with_our_headers_after() {
    let broker = common::broker();
    let mut inbox = broker.attach();
    inbox.subscribe(wish("sub-7", "/topic/x")).unwrap();
    broker.publish(&said("/topic/x", 42, "{\"a\":1}")).unwrap();
    assert_eq!(
        wire(&inbox.recv().await[0]),
        "MESSAGE\ndestination:/topic/x\ncontent-type:application/json\nsubscription:sub-7\n\
         message-id:id-42\nx-offset:42\ncontent-length:7\n\n{\"a\":1}\0"
    );
}

#[tokio::test]
async fn alike_subscriptions_share_one_encoding() {
    let broker = common::broker();
    let (mut a, mut b) = (broker.attach(), broker.attach());
    a.subscribe(wish("sub-0", "/topic/x")).unwrap();
    b.subscribe(wish("sub-0", "/topic/x")).unwrap();
    broker.publish(&said("/topic/x", 1, "{}")).unwrap();
    let (a, b) = (a.recv().await, b.recv().await);
    let [Delivery::Message { encoded: a, .. }] = &a[..] else {
        panic!()
    };
    let [Delivery::Message { encoded: b, .. }] = &b[..] else {
        panic!()
    };
    assert_eq!(a.as_ptr(), b.as_ptr());
}

#[test]
fn subscriptions_that_differ_have_encodings_that_differ() {
    let broker = common::broker();
    let mut wishes = [(); 3].map(|()| wish("sub:0", "/topic/x"));
    wishes[1].version = Version::V1_0;
    wishes[2].ack = true;
    let mut inboxes = wishes.map(|wish| {
        let mut inbox = broker.attach();
        inbox.subscribe(wish).unwrap();
        inbox
    });
    broker.publish(&said("/topic/x", 7, "")).unwrap();
    let [plain, old, acked] = inboxes.each_mut().map(|inbox| wire(&inbox.try_recv()[0]));
    assert!(plain.contains("\nsubscription:sub\\c0\nmessage-id:id-7\nx-offset:7\n"));
    assert!(old.contains("\nsubscription:sub:0\nmessage-id:id-7\nx-offset:7\n"));
    assert!(acked.contains("\nmessage-id:id-7\nack:sub\\c0/id-7\nx-offset:7\n"));
}

#[test]
fn more_distinct_ids_than_are_remembered_each_see_their_own() {
    let broker = common::broker();
    let mut inbox = broker.attach();
    for number in 0..40 {
        inbox
            .subscribe(wish(&format!("sub-{number}"), "/topic/x"))
            .unwrap();
    }
    broker.publish(&said("/topic/x", 1, "")).unwrap();
    for delivery in inbox.try_recv() {
        let Delivery::Message { subscription, .. } = &delivery else {
            panic!("{delivery:?}");
        };
        let said = common::header(&delivery, "subscription");
        assert_eq!(said.as_deref(), Some(subscription.as_str()));
    }
}

#[test]
fn an_id_that_was_parked_and_ended_begins_anew() {
    let broker = Broker::new(Options {
        inbox_bytes: 1_000,
        ring_messages: 0,
        ..Options::default()
    })
    .unwrap();
    let mut inbox = broker.attach();
    inbox.subscribe(wish("a", "/topic/x")).unwrap();
    for seq in 1..=20 {
        broker.publish(&said("/topic/x", seq, "")).unwrap();
    }
    assert_eq!(broker.stats().parked, 1);
    assert!(inbox.unsubscribe(&text("a")));
    inbox.subscribe(wish("a", "/topic/x")).unwrap();
    broker.publish(&said("/topic/x", 21, "")).unwrap();
    assert!(wire(&inbox.try_recv()[0]).contains("\nx-offset:21\n"));
}

#[test]
fn the_numbers_follow_what_happens() {
    let broker = Broker::new(Options {
        inbox_bytes: 1_000,
        ring_messages: 0,
        ..Options::default()
    })
    .unwrap();
    let mut parked = broker.attach();
    parked.subscribe(wish("a", "/topic/x")).unwrap();
    parked.subscribe(wish("b", "/topic/y")).unwrap();
    let mut over = broker.attach();
    over.subscribe(common::wish("a", "/topic/x")).unwrap();
    for seq in 1..=20 {
        broker.publish(&said("/topic/x", seq, "")).unwrap();
    }
    let stats = broker.stats();
    assert_eq!((stats.subscriptions, stats.destinations), (3, 2));
    assert_eq!((stats.parked, stats.overrun), (1, 1));
    drop((parked, over));
    let stats = broker.stats();
    assert_eq!((stats.subscriptions, stats.destinations), (0, 0));
}

#[tokio::test]
async fn two_subscriptions_of_one_session_each_receive_their_own() {
    let broker = common::broker();
    let mut inbox = broker.attach();
    inbox.subscribe(wish("one", "/topic/x")).unwrap();
    inbox.subscribe(wish("two", "/topic/x")).unwrap();
    broker.publish(&said("/topic/x", 1, "")).unwrap();
    let taken = inbox.recv().await;
    assert!(wire(&taken[0]).contains("subscription:one"));
    assert!(wire(&taken[1]).contains("subscription:two"));
}

#[tokio::test]
async fn unsubscribe_and_drop_end_delivery_and_leave_no_trace() {
    let broker = common::broker();
    let (mut a, mut b) = (broker.attach(), broker.attach());
    a.subscribe(wish("sub-0", "/topic/x")).unwrap();
    b.subscribe(wish("sub-0", "/topic/x")).unwrap();
    assert!(a.unsubscribe(&text("sub-0")));
    assert!(!a.unsubscribe(&text("sub-0")));
    assert_eq!(broker.subscribers(&destination("/topic/x")), 1);
    drop(b);
    assert_eq!(broker.subscribers(&destination("/topic/x")), 0);
    assert_eq!(
        broker.publish(&said("/topic/x", 1, "")).unwrap().delivered,
        0
    );
}

#[test]
fn an_id_is_used_once_and_subscriptions_are_limited_at_the_edge() {
    let options = Options {
        subscriptions_per_session: 2,
        ..Options::default()
    };
    let mut inbox = Broker::new(options).unwrap().attach();
    inbox.subscribe(wish("a", "/topic/x")).unwrap();
    let again = inbox.subscribe(wish("a", "/topic/y"));
    assert_eq!(again, Err(SubscribeError::IdInUse("a".to_owned())));
    inbox.subscribe(wish("b", "/topic/x")).unwrap();
    assert_eq!(
        inbox.subscribe(wish("c", "/topic/x")),
        Err(SubscribeError::TooMany(2))
    );
    inbox.unsubscribe(&text("a"));
    inbox.subscribe(wish("c", "/topic/x")).unwrap();
}

#[tokio::test]
async fn a_slow_session_is_parked_and_the_others_go_on() {
    let broker = Broker::new(Options {
        inbox_bytes: 4_000,
        ring_messages: 0,
        ..Options::default()
    })
    .unwrap();
    let (mut slow, mut quick) = (broker.attach(), broker.attach());
    slow.subscribe(wish("sub-0", "/topic/x")).unwrap();
    quick.subscribe(wish("sub-0", "/topic/x")).unwrap();

    let mut received = 0;
    for seq in 1..=100 {
        broker
            .publish(&said("/topic/x", seq, &"x".repeat(100)))
            .unwrap();
        received += quick.recv().await.len();
    }
    assert_eq!(received, 100);

    let taken = slow.recv().await;
    let [Delivery::Parked { subscription }] = &taken[..] else {
        panic!("{taken:?}")
    };
    slow.resume(subscription);
    assert_eq!(
        broker
            .publish(&said("/topic/x", 101, ""))
            .unwrap()
            .delivered,
        2
    );
}
