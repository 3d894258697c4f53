//! Queues that are shared without a consumer, and those that are not.

use broker::{Options, Outcome};

use super::{NAME, consumer, declared, publish, settle};
use crate::common::{broker, destination, header, number, numbered, numbers, wish};

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
