//! What waits for all sessions together is bounded, counted for what it takes, and given up by
//! those who hold most of it.

mod common;

use broker::{Broker, Delivery, Inbox, Message, Options, Overflow, Subscribe};

use common::{destination, text, wish};

const KIB: usize = 1024;

fn broker(waiting_bytes_total: usize) -> Broker {
    Broker::new(Options {
        inbox_bytes: 64 * KIB,
        waiting_bytes_total,
        ring_messages: 0,
        ..Options::default()
    })
    .unwrap()
}

fn waiting(broker: &Broker) -> usize {
    broker.stats().waiting_bytes
}

/// A message of one KiB and some headers.
fn publish(broker: &Broker, name: &str, seq: u64) {
    let message = Message::new(destination(name), text(&format!("m-{seq}")))
        .seq(seq)
        .body(vec![b'x'; KIB].into());
    broker.publish(&message).unwrap();
}

fn follower(broker: &Broker, name: &str, overflow: Overflow) -> Inbox {
    let mut inbox = broker.attach();
    inbox
        .subscribe(Subscribe {
            overflow,
            ..wish("sub-0", name)
        })
        .unwrap();
    inbox
}

fn parked(inbox: &mut Inbox) -> bool {
    matches!(&inbox.try_recv()[..], [Delivery::Parked { .. }])
}

fn ended(inbox: &mut Inbox) -> bool {
    matches!(&inbox.try_recv()[..], [Delivery::Overrun { .. }])
}

#[test]
fn an_encoding_counts_once_and_until_the_last_has_let_go_of_it() {
    let broker = broker(1024 * KIB);
    let mut crowd: Vec<_> = (0..100)
        .map(|_| follower(&broker, "/topic/a", Overflow::Park))
        .collect();
    publish(&broker, "/topic/a", 1);
    let all = waiting(&broker);
    // A hundred entries of 144 bytes, one encoding.
    assert!((14_400 + KIB..14_400 + 2 * KIB).contains(&all), "{all}");
    let held: Vec<_> = crowd.iter_mut().map(Inbox::try_recv).collect();
    assert_eq!(waiting(&broker), all - 14_400);
    drop(held);
    assert_eq!(waiting(&broker), 0);
}

#[test]
fn nothing_is_counted_of_those_who_have_left() {
    let broker = broker(1024 * KIB);
    let mut inbox = follower(&broker, "/topic/a", Overflow::End);
    let other = follower(&broker, "/topic/a", Overflow::Park);
    for seq in 1..=10 {
        publish(&broker, "/topic/a", seq);
    }
    drop(other);
    inbox.unsubscribe(&text("sub-0"));
    assert_eq!(waiting(&broker), 0);
    inbox.subscribe(wish("sub-0", "/topic/a")).unwrap();
    publish(&broker, "/topic/a", 11);
    drop(inbox);
    assert_eq!(waiting(&broker), 0);
}

#[test]
fn what_a_session_reads_elsewhere_counts_as_well() {
    let broker = broker(100 * KIB);
    let inbox = broker.attach();
    let half: Vec<_> = (0..49)
        .map(|_| inbox.count(vec![b'x'; KIB - 256].into()))
        .collect();
    assert_eq!(waiting(&broker), 49 * KIB);
    assert!(!inbox.is_crowded());
    let more = inbox.count(vec![b'x'; 2 * KIB].into());
    assert!(inbox.is_crowded());
    drop((half, more));
    assert_eq!(waiting(&broker), 0);
}

#[test]
fn the_fullest_gives_way_and_the_others_notice_nothing() {
    let broker = broker(100 * KIB);
    let mut slow = follower(&broker, "/topic/slow", Overflow::Park);
    let mut others: Vec<_> = (0..5)
        .map(|number| follower(&broker, &format!("/topic/{number}"), Overflow::Park))
        .collect();
    for seq in 1..=30 {
        publish(&broker, "/topic/slow", seq);
    }
    let mut most = 0;
    for seq in 1..=12 {
        for number in 0..5 {
            publish(&broker, &format!("/topic/{number}"), seq);
            most = most.max(waiting(&broker));
        }
    }
    assert!(most <= 100 * KIB, "{most}");
    assert!(parked(&mut slow));
    for other in &mut others {
        assert_eq!(other.try_recv().len(), 12);
    }
    let stats = broker.stats();
    assert_eq!((stats.parked, stats.shed, stats.overrun), (1, 1, 0));
}

#[test]
fn whoever_can_catch_up_gives_way_before_anybody_is_ended() {
    let broker = broker(100 * KIB);
    let mut full = follower(&broker, "/topic/plain", Overflow::End);
    let mut less = follower(&broker, "/topic/room", Overflow::Park);
    for seq in 1..=30 {
        publish(&broker, "/topic/room", seq);
    }
    for seq in 1..=50 {
        publish(&broker, "/topic/plain", seq);
    }
    assert!(parked(&mut less));
    assert_eq!(full.try_recv().len(), 50);
}

#[test]
fn where_nobody_can_catch_up_the_fullest_is_ended() {
    let broker = broker(100 * KIB);
    let mut full = follower(&broker, "/topic/a", Overflow::End);
    let mut less = follower(&broker, "/topic/b", Overflow::End);
    for seq in 1..=30 {
        publish(&broker, "/topic/b", seq);
    }
    for seq in 1..=50 {
        publish(&broker, "/topic/a", seq);
    }
    assert!(ended(&mut full));
    assert_eq!(less.try_recv().len(), 30);
    let stats = broker.stats();
    assert_eq!((stats.parked, stats.shed, stats.overrun), (0, 1, 1));
}

#[test]
fn a_crowd_that_shares_its_messages_is_parked_until_they_are_gone() {
    let broker = broker(100 * KIB);
    let mut crowd: Vec<_> = (0..20)
        .map(|_| follower(&broker, "/topic/a", Overflow::Park))
        .collect();
    let mut most = 0;
    for seq in 1..=60 {
        publish(&broker, "/topic/a", seq);
        most = most.max(waiting(&broker));
    }
    assert!(most <= 100 * KIB, "{most}");
    // All hold the same, so that no room is made before the last one is parked.
    for inbox in &mut crowd {
        assert!(parked(inbox));
    }
    assert_eq!(waiting(&broker), 0);
}

#[test]
fn what_is_held_outside_the_inboxes_ends_nobody() {
    let broker = broker(100 * KIB);
    let mut holder = follower(&broker, "/topic/a", Overflow::End);
    let mut held = Vec::new();
    for seq in 1..=200 {
        publish(&broker, "/topic/a", seq);
        held.extend(holder.try_recv());
    }
    assert!(waiting(&broker) > 100 * KIB);
    assert_eq!(broker.stats().overrun, 0);
    drop(held);
    assert_eq!(waiting(&broker), 0);
}
