//! Shared queues: each message goes to one consumer, and to another where that one fails.

mod common;

use broker::{
    Broker, Delivery, From, Inbox, Mode, Options, Outcome, PublishError, Subscribe, SubscribeError,
    Target,
};

use common::{broker, destination, header, number, numbered, numbers, tag, text, wish};

const NAME: &str = "/queue/jobs";

fn with_prefetch(prefetch: usize) -> Subscribe {
    Subscribe {
        mode: Mode::Shared { prefetch },
        ..wish("sub-0", NAME)
    }
}

fn consumer(broker: &Broker, prefetch: usize) -> Inbox {
    let mut inbox = broker.attach();
    inbox.subscribe(with_prefetch(prefetch)).unwrap();
    inbox
}

fn publish(broker: &Broker, numbers: std::ops::RangeInclusive<u64>) {
    for number in numbers {
        assert!(broker.publish(&numbered(NAME, number)).unwrap().queued);
    }
}

fn settle(inbox: &mut Inbox, deliveries: &[Delivery], outcome: Outcome) {
    for delivery in deliveries {
        assert!(inbox.settle(&text("sub-0"), tag(delivery), outcome));
    }
}

fn declared(options: Options) -> Broker {
    let broker = Broker::new(options).unwrap();
    broker.declare_shared(Target::parse("/queue/**").unwrap());
    broker
}

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
fn consumers_take_turns() {
    let broker = broker();
    let (mut a, mut b) = (consumer(&broker, 100), consumer(&broker, 100));
    publish(&broker, 1..=6);
    assert_eq!(numbers(&mut a), [1, 3, 5]);
    assert_eq!(numbers(&mut b), [2, 4, 6]);
}

#[test]
fn everybody_hears_what_one_consumer_gets() {
    let broker = broker();
    let mut audience = broker.attach();
    audience.subscribe(wish("all", NAME)).unwrap();
    audience.subscribe(wish("pattern", "/queue/*")).unwrap();
    let (mut a, mut b) = (consumer(&broker, 1), consumer(&broker, 1));
    let published = broker.publish(&numbered(NAME, 1)).unwrap();
    assert_eq!((published.delivered, published.queued), (2, true));
    assert_eq!(audience.try_recv().len(), 2);
    assert_eq!(a.try_recv().len() + b.try_recv().len(), 1);
}

#[test]
fn no_more_than_the_prefetch_is_unsettled() {
    let broker = broker();
    let mut inbox = consumer(&broker, 2);
    publish(&broker, 1..=5);
    let first = inbox.try_recv();
    assert_eq!(first.iter().map(number).collect::<Vec<_>>(), [1, 2]);
    assert!(inbox.try_recv().is_empty());
    settle(&mut inbox, &first[..1], Outcome::Done);
    assert_eq!(numbers(&mut inbox), [3]);
    settle(&mut inbox, &first[1..], Outcome::Done);
    assert_eq!(numbers(&mut inbox), [4]);
}

#[test]
fn the_prefetch_has_bounds() {
    let mut inbox = broker().attach();
    for prefetch in [0, Mode::MAX_PREFETCH + 1] {
        let refused = inbox.subscribe(with_prefetch(prefetch));
        assert_eq!(refused, Err(SubscribeError::Prefetch(prefetch)));
    }
    let most = inbox.subscribe(with_prefetch(Mode::MAX_PREFETCH)).unwrap();
    assert_eq!((most.epoch, most.offset, most.recovered), (None, 0, None));
}

#[test]
fn a_queue_has_no_past_to_recover() {
    let mut inbox = broker().attach();
    let wish = Subscribe {
        from: From::Since {
            seq: 0,
            epoch: None,
        },
        ..with_prefetch(1)
    };
    assert_eq!(inbox.subscribe(wish).unwrap().recovered, Some(false));
}

#[test]
fn a_consumer_without_room_is_passed_over_and_fed_once_it_has_read() {
    let options = Options {
        inbox_bytes: 1_000,
        ring_messages: 0,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    let mut inbox = consumer(&broker, 100);
    publish(&broker, 1..=20);
    let mut heard = Vec::new();
    loop {
        let some = numbers(&mut inbox);
        if some.is_empty() {
            break;
        }
        assert!(some.len() < 20);
        heard.extend(some);
    }
    assert_eq!(heard, (1..=20).collect::<Vec<_>>());
}

#[test]
fn ending_another_subscription_makes_room_too() {
    let options = Options {
        inbox_bytes: 1_000,
        ring_messages: 0,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    let mut inbox = broker.attach();
    inbox.subscribe(wish("fan-out", "/topic/x")).unwrap();
    let filler = numbered("/topic/x", 9).body(vec![b'x'; 700].into());
    broker.publish(&filler).unwrap();
    inbox.subscribe(with_prefetch(1)).unwrap();
    publish(&broker, 1..=1);
    assert!(inbox.unsubscribe(&text("fan-out")));
    assert_eq!(numbers(&mut inbox), [1]);
}

#[tokio::test]
async fn a_waiting_consumer_is_woken() {
    let broker = broker();
    let mut inbox = consumer(&broker, 1);
    let waiting = tokio::spawn(async move { inbox.recv().await.len() });
    tokio::task::yield_now().await;
    publish(&broker, 1..=1);
    assert_eq!(waiting.await.unwrap(), 1);
}

#[test]
fn what_is_put_back_comes_first_marked_and_with_the_same_id() {
    let broker = broker();
    let mut inbox = consumer(&broker, 3);
    publish(&broker, 1..=5);
    let first = inbox.try_recv();
    assert_eq!(header(&first[0], "redelivered"), None);
    // In whatever order they come back, they stand where they stood.
    for index in [1, 2, 0] {
        settle(&mut inbox, &first[index..=index], Outcome::Requeue);
    }
    let again = inbox.try_recv();
    assert_eq!(again.iter().map(number).collect::<Vec<_>>(), [2, 3, 1]);
    for delivery in &again {
        assert_eq!(header(delivery, "redelivered").as_deref(), Some("true"));
    }
    assert_eq!(broker.stats().redelivered, 3);
}

#[test]
fn what_a_leaving_consumer_has_not_settled_goes_on_in_order() {
    for unsubscribes in [true, false] {
        let broker = broker();
        let mut leaving = consumer(&broker, 4);
        publish(&broker, 1..=3);
        let taken = leaving.try_recv();
        settle(&mut leaving, &taken[1..2], Outcome::Done);
        publish(&broker, 4..=6);
        if unsubscribes {
            assert!(leaving.unsubscribe(&text("sub-0")));
            assert!(leaving.try_recv().is_empty());
        } else {
            drop(leaving);
        }

        let mut next = consumer(&broker, 100);
        let deliveries = next.try_recv();
        let heard: Vec<_> = deliveries.iter().map(number).collect();
        assert_eq!(heard, [1, 3, 4, 5, 6]);
        // 4 and 5 were in the mailbox of the one who left, and never out of it.
        let marked: Vec<_> = deliveries
            .iter()
            .filter(|delivery| header(delivery, "redelivered").is_some())
            .map(number)
            .collect();
        assert_eq!(marked, [1, 3]);
    }
}

#[test]
fn what_a_leaving_consumer_had_goes_to_one_who_is_there() {
    let broker = broker();
    let (leaving, mut staying) = (consumer(&broker, 100), consumer(&broker, 100));
    publish(&broker, 1..=4);
    assert_eq!(numbers(&mut staying), [2, 4]);
    drop(leaving);
    assert_eq!(numbers(&mut staying), [1, 3]);
}

#[test]
fn what_a_session_that_is_too_slow_elsewhere_has_not_settled_goes_on() {
    let options = Options {
        inbox_bytes: 2_000,
        ring_messages: 0,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    let mut slow = consumer(&broker, 100);
    slow.subscribe(wish("fan-out", "/topic/x")).unwrap();
    publish(&broker, 1..=1);
    assert_eq!(numbers(&mut slow), [1]);
    publish(&broker, 2..=3);
    let filler = numbered("/topic/x", 9).body(vec![b'x'; 2_000].into());
    assert_eq!(broker.publish(&filler).unwrap().dropped, 1);
    assert_eq!(broker.stats().overrun, 1);
    // What comes now finds no room in the session that is over, and waits.
    publish(&broker, 4..=4);
    let taken = slow.try_recv();
    assert!(
        matches!(&taken[..], [Delivery::Overrun { .. }]),
        "{taken:?}"
    );
    drop(slow);
    assert_eq!(numbers(&mut consumer(&broker, 100)), [1, 2, 3, 4]);
}

#[test]
fn a_message_is_given_up_after_its_last_delivery() {
    let options = Options {
        max_deliveries: 3,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    let mut inbox = consumer(&broker, 1);
    publish(&broker, 1..=2);
    for _ in 0..3 {
        let taken = inbox.try_recv();
        assert_eq!(number(&taken[0]), 1);
        settle(&mut inbox, &taken, Outcome::Requeue);
    }
    assert_eq!(numbers(&mut inbox), [2]);
    assert_eq!(broker.stats().dropped, 1);
}

#[test]
fn leaving_with_a_message_is_an_attempt_only_where_it_was_taken() {
    let options = Options {
        max_deliveries: 1,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    let mut first = consumer(&broker, 100);
    publish(&broker, 1..=1);
    assert_eq!(numbers(&mut first), [1]);
    publish(&broker, 2..=2);
    drop(first);
    assert_eq!(broker.stats().dropped, 1);
    for _ in 0..9 {
        drop(consumer(&broker, 100));
    }
    assert_eq!(numbers(&mut consumer(&broker, 100)), [2]);
}

#[test]
fn a_tag_settles_once_and_only_what_was_taken() {
    let broker = broker();
    let mut inbox = consumer(&broker, 100);
    publish(&broker, 1..=1);
    let id = text("sub-0");
    assert!(!inbox.settle(&id, 1, Outcome::Requeue));
    let taken = inbox.try_recv();
    let first = tag(&taken[0]);
    assert!(!inbox.settle(&text("other"), first, Outcome::Done));
    assert!(!inbox.settle(&id, first + 1, Outcome::Done));
    assert!(inbox.settle(&id, first, Outcome::Done));
    assert!(!inbox.settle(&id, first, Outcome::Requeue));
    assert!(inbox.try_recv().is_empty());
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
fn a_declared_queue_keeps_its_messages_without_a_consumer() {
    let broker = declared(Options::default());
    assert!(broker.is_shared(&destination(NAME)));
    assert!(!broker.is_shared(&destination("/topic/x")));
    publish(&broker, 1..=3);
    let mut inbox = consumer(&broker, 100);
    let taken = inbox.try_recv();
    assert_eq!(taken.iter().map(number).collect::<Vec<_>>(), [1, 2, 3]);
    settle(&mut inbox, &taken, Outcome::Done);
    drop(inbox);
    publish(&broker, 4..=4);
    assert_eq!(numbers(&mut consumer(&broker, 100)), [4]);
}

#[test]
fn a_declared_queue_remembers_nothing_for_those_who_listen() {
    let broker = declared(Options::default());
    let mut audience = broker.attach();
    let answer = audience.subscribe(wish("all", NAME)).unwrap();
    assert_eq!((answer.epoch, answer.offset), (None, 0));
    publish(&broker, 1..=1);
    assert_eq!(header(&audience.try_recv()[0], "x-offset"), None);
    assert_eq!(broker.stats().ring_bytes, 0);
}

#[test]
fn one_destination_can_be_declared_too() {
    let broker = broker();
    broker.declare_shared(destination(NAME));
    publish(&broker, 1..=1);
    assert_eq!(numbers(&mut consumer(&broker, 1)), [1]);
}

#[test]
fn an_undeclared_queue_ends_with_its_last_consumer_and_message() {
    let broker = broker();
    let mut inbox = consumer(&broker, 100);
    publish(&broker, 1..=1);
    let taken = inbox.try_recv();
    drop(inbox);
    // Unsettled, it waits for somebody else.
    publish(&broker, 2..=2);
    let mut inbox = consumer(&broker, 100);
    let again = inbox.try_recv();
    assert_eq!((taken.len(), again.len()), (1, 2));
    settle(&mut inbox, &again, Outcome::Done);
    drop(inbox);
    assert!(!broker.publish(&numbered(NAME, 3)).unwrap().queued);
    let stats = broker.stats();
    assert_eq!(
        (stats.queues, stats.idle_queues, stats.queued_bytes),
        (0, 0, 0)
    );
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

#[test]
fn when_all_is_done_nothing_is_held() {
    let broker = declared(Options {
        ring_messages: 0,
        ..Options::default()
    });
    publish(&broker, 1..=10);
    let mut inbox = consumer(&broker, 3);
    loop {
        let taken = inbox.try_recv();
        if taken.is_empty() {
            break;
        }
        settle(&mut inbox, &taken, Outcome::Done);
    }
    drop(inbox);
    assert_eq!(broker.stats(), broker::Stats::default());
}
