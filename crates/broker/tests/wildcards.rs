//! Subscriptions to many destinations at once.

mod common;

use broker::{Destination, Message, Mode, Subscribe, SubscribeError};

use common::{broker, header, numbered, numbers, text, wish};

#[test]
fn a_pattern_hears_what_matches_in_the_order_of_publishing() {
    let broker = broker();
    let mut inbox = broker.attach();
    inbox.subscribe(wish("sub-0", "/topic/*/news")).unwrap();
    for (number, name) in [
        (1, "/topic/a/news"),
        (2, "/topic/a"),
        (3, "/topic/b/news"),
        (4, "/topic/a/news/more"),
        (5, "/queue/a/news"),
        (6, "/topic/a/news"),
    ] {
        broker.publish(&numbered(name, number)).unwrap();
    }
    let taken = inbox.try_recv();
    let heard: Vec<_> = taken.iter().map(common::number).collect();
    assert_eq!(heard, [1, 3, 6]);
    let destination = header(&taken[1], "destination");
    assert_eq!(destination.as_deref(), Some("/topic/b/news"));
}

#[test]
fn a_name_and_a_pattern_are_two_subscriptions() {
    let broker = broker();
    let mut inbox = broker.attach();
    inbox.subscribe(wish("name", "/topic/a")).unwrap();
    inbox.subscribe(wish("pattern", "/topic/**")).unwrap();
    let published = broker.publish(&numbered("/topic/a", 1)).unwrap();
    assert_eq!(published.delivered, 2);
    let taken = inbox.try_recv();
    let mut ids: Vec<_> = taken
        .iter()
        .map(|delivery| header(delivery, "subscription").unwrap())
        .collect();
    ids.sort();
    assert_eq!(ids, ["name", "pattern"]);
}

#[test]
fn unsubscribe_and_drop_end_a_pattern() {
    let broker = broker();
    let (mut a, mut b) = (broker.attach(), broker.attach());
    a.subscribe(wish("sub-0", "/topic/**")).unwrap();
    b.subscribe(wish("sub-0", "/topic/**")).unwrap();
    broker.publish(&numbered("/topic/a", 1)).unwrap();
    assert!(a.unsubscribe(&text("sub-0")));
    assert_eq!(
        broker.publish(&numbered("/topic/a", 2)).unwrap().delivered,
        1
    );
    assert_eq!(numbers(&mut a), [0; 0]);
    assert_eq!(numbers(&mut b), [1, 2]);
    drop(b);
    assert_eq!(
        broker.publish(&numbered("/topic/a", 3)).unwrap().delivered,
        0
    );
    assert_eq!(broker.stats().subscriptions, 0);
}

#[test]
fn private_destinations_are_heard_by_their_own_subscribers_alone() {
    let broker = broker();
    let (mut mine, mut other) = (broker.attach(), broker.attach());
    let private = Destination::user(mine.session(), "/queue/x").unwrap();
    let to_private = Subscribe {
        target: private.clone().into(),
        ..wish("sub-0", "/queue/x")
    };
    mine.subscribe(to_private).unwrap();
    other.subscribe(wish("a", "/queue/**")).unwrap();
    other.subscribe(wish("b", "/topic/**")).unwrap();
    other.subscribe(wish("c", "/queue/x")).unwrap();

    let message = Message::new(private, text("m-1")).shown_as(text("/user/queue/x"));
    assert_eq!(broker.publish(&message).unwrap().delivered, 1);
    assert!(other.try_recv().is_empty());
    let shown = header(&mine.try_recv()[0], "destination");
    assert_eq!(shown.as_deref(), Some("/user/queue/x"));
}

#[test]
fn a_place_means_nothing_under_a_pattern() {
    let broker = broker();
    let mut inbox = broker.attach();
    let with_ack = |id, name| Subscribe {
        ack: true,
        ..wish(id, name)
    };
    inbox.subscribe(with_ack("name", "/topic/a")).unwrap();
    inbox.subscribe(with_ack("pattern", "/topic/*")).unwrap();
    broker.publish(&numbered("/topic/a", 1).seq(9)).unwrap();
    let mut tokens: Vec<_> = inbox
        .try_recv()
        .iter()
        .map(|delivery| header(delivery, "ack").unwrap())
        .collect();
    tokens.sort();
    assert_eq!(tokens, ["name/m-1", "pattern/m-1"]);
}

#[test]
fn a_pattern_cannot_be_shared() {
    let shared = Subscribe {
        mode: Mode::shared(),
        ..wish("sub-0", "/queue/**")
    };
    let refused = broker().attach().subscribe(shared);
    assert_eq!(refused, Err(SubscribeError::SharedPattern));
}
