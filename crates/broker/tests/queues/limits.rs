//! What a queue, and all of them, hold at the most.

use broker::{Broker, Options, Outcome, PublishError};

use super::{NAME, consumer, declared, publish, settle};
use crate::common::{broker, numbered, wish};

/// What a message of [`numbered`] costs in [`NAME`]'s queue.
fn cost() -> usize {
    let broker = broker();
    let consumer = consumer(&broker, 1);
    let empty = broker.stats().queued_bytes;
    publish(&broker, 1..=1);
    let cost = broker.stats().queued_bytes - empty;
    drop(consumer);
    cost
}

#[test]
fn a_full_queue_refuses_at_its_edge_until_something_is_settled() {
    let limit = 3 * cost();
    let broker = Broker::new(Options {
        queue_bytes: limit,
        ..Options::default()
    })
    .unwrap();
    let mut audience = broker.attach();
    audience.subscribe(wish("all", NAME)).unwrap();
    let mut inbox = consumer(&broker, 2);
    publish(&broker, 1..=3);
    let refused = broker.publish(&numbered(NAME, 4));
    assert_eq!(refused, Err(PublishError::QueueFull { limit }));
    // Nobody has heard what was refused.
    assert_eq!(audience.try_recv().len(), 3);

    let taken = inbox.try_recv();
    settle(&mut inbox, &taken[..1], Outcome::Requeue);
    let refused = broker.publish(&numbered(NAME, 4));
    assert_eq!(refused, Err(PublishError::QueueFull { limit }));
    settle(&mut inbox, &taken[1..], Outcome::Done);
    publish(&broker, 4..=4);
}

#[test]
fn a_message_that_no_queue_could_hold_is_refused() {
    let broker = declared(Options {
        queue_bytes: 1_000,
        ..Options::default()
    });
    let large = numbered(NAME, 1).body(vec![b'x'; 1_000].into());
    let limit = 1_000;
    assert_eq!(
        broker.publish(&large),
        Err(PublishError::TooLarge { limit })
    );
    assert_eq!(broker.stats(), broker::Stats::default());
}

#[test]
fn all_queues_together_refuse_at_their_edge() {
    let each = cost();
    let limit = 4 * each + 1_024;
    let broker = declared(Options {
        queue_bytes: 3 * each,
        queues_bytes_total: limit,
        ..Options::default()
    });
    // Names of the same length, so that the messages cost the same.
    for (name, number) in [("a", 1), ("a", 2), ("b", 3)] {
        broker
            .publish(&numbered(&format!("/queue/job{name}"), number))
            .unwrap();
    }
    broker.publish(&numbered("/queue/jobb", 4)).unwrap();
    let held = broker.stats();
    assert_eq!((held.queues, held.queued_bytes), (2, limit));
    for name in ["/queue/joba", "/queue/jobc"] {
        let refused = broker.publish(&numbered(name, 5));
        assert_eq!(refused, Err(PublishError::QueuesFull { limit }));
    }
    assert_eq!(broker.stats(), held);
}

#[test]
fn queues_without_consumers_are_bounded_at_the_edge() {
    let broker = declared(Options {
        idle_queues: 2,
        ..Options::default()
    });
    for name in ["/queue/a", "/queue/b"] {
        broker.publish(&numbered(name, 1)).unwrap();
    }
    let third = numbered(NAME, 1);
    let refused = broker.publish(&third);
    assert_eq!(refused, Err(PublishError::TooManyQueues { limit: 2 }));
    assert_eq!(broker.stats().idle_queues, 2);
    // Those that wait already take more, and so does one with a consumer.
    broker.publish(&numbered("/queue/a", 2)).unwrap();
    let inbox = consumer(&broker, 1);
    broker.publish(&third).unwrap();
    drop(inbox);
    assert_eq!(broker.stats().idle_queues, 3);
}
