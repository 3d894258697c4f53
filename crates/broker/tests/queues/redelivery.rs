//! What is put back, or was left by a consumer that has gone.

use broker::{Broker, Delivery, Options, Outcome};

use super::{consumer, publish, settle};
use crate::common::{broker, header, number, numbered, numbers, tag, text, wish};

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
