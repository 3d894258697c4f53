//! Consumers that cannot be given what is not text.

use broker::{Broker, Delivery, Inbox, Message, Options, Outcome, PublishError, Published};

use crate::common::{broker, destination, number, numbered, numbers, text, wish};
use crate::{NAME, consumer, publish, settle, with_prefetch};

fn of_text(broker: &Broker, prefetch: usize) -> Inbox {
    let mut inbox = broker.attach();
    inbox.take_text_only();
    inbox.subscribe(with_prefetch(prefetch)).unwrap();
    inbox
}

fn binary(number: u64) -> Message {
    let id = text(&format!("m-{number}"));
    Message::new(destination(NAME), id).body(b"\xff".as_slice().into())
}

#[test]
fn a_binary_message_goes_to_a_consumer_that_can_take_it() {
    let broker = broker();
    let mut of_text = of_text(&broker, 100);
    let mut of_all = consumer(&broker, 100);
    for number in 1..=3 {
        broker.publish(&binary(number)).unwrap();
    }
    publish(&broker, 4..=7);
    let taken = (numbers(&mut of_text), numbers(&mut of_all));
    assert_eq!(taken, (vec![4, 6], vec![1, 2, 3, 5, 7]));
}

#[test]
fn a_binary_message_waits_for_one_that_can_take_it_and_holds_up_nobody() {
    let broker = broker();
    let mut of_text = of_text(&broker, 1);
    broker.publish(&binary(1)).unwrap();
    publish(&broker, 2..=3);
    for expected in [2, 3] {
        let taken = of_text.try_recv();
        assert_eq!(taken.iter().map(number).collect::<Vec<_>>(), [expected]);
        settle(&mut of_text, &taken, Outcome::Done);
    }
    assert!(of_text.try_recv().is_empty());
    // It has been given to nobody, and so it is not delivered again.
    let taken = consumer(&broker, 1).try_recv();
    assert_eq!(taken.len(), 1);
    assert_eq!(number(&taken[0]), 1);
    let Delivery::Message { encoded, .. } = &taken[0] else {
        panic!("no message: {taken:?}");
    };
    let head = String::from_utf8_lossy(encoded);
    assert!(!head.contains("redelivered"), "{head}");
}

#[test]
fn what_comes_back_keeps_its_place_among_text_and_binary() {
    let broker = broker();
    let mut of_all = consumer(&broker, 100);
    broker.publish(&binary(1)).unwrap();
    publish(&broker, 2..=2);
    broker.publish(&binary(3)).unwrap();
    let taken = of_all.try_recv();
    let mut of_text = of_text(&broker, 100);
    settle(&mut of_all, &taken[..1], Outcome::Requeue);
    assert_eq!(numbers(&mut of_all), [1]);
    drop(of_all);
    assert_eq!(numbers(&mut of_text), [2]);
    assert_eq!(numbers(&mut consumer(&broker, 100)), [1, 3]);
}

#[test]
fn binary_messages_that_nobody_can_take_are_bounded() {
    let broker = Broker::new(Options {
        queue_bytes: 2_000,
        ..Options::default()
    })
    .unwrap();
    let of_text = of_text(&broker, 100);
    let mut count = 0;
    let refused = loop {
        match broker.publish(&binary(count)) {
            Ok(Published { queued, .. }) => assert!(queued),
            Err(refused) => break refused,
        }
        count += 1;
        assert!(count < 2_000, "each is larger than a byte");
    };
    assert_eq!(refused, PublishError::QueueFull { limit: 2_000 });
    drop(of_text);
    assert_eq!(numbers(&mut consumer(&broker, 100)).len() as u64, count);
}

#[test]
fn fan_out_leaves_binary_messages_out_and_so_does_a_replay() {
    let broker = broker();
    let wish = || broker::Subscribe {
        from: broker::From::Last(10),
        ..wish("sub-0", NAME)
    };
    let (mut of_text, mut of_all) = (broker.attach(), broker.attach());
    of_text.take_text_only();
    for inbox in [&mut of_text, &mut of_all] {
        inbox.subscribe(wish()).unwrap();
    }
    let (delivered, dropped, queued) = (1, 0, false);
    let published = Published {
        delivered,
        dropped,
        queued,
    };
    assert_eq!(broker.publish(&binary(1)), Ok(published));
    broker.publish(&numbered(NAME, 2)).unwrap();
    for again in [false, true] {
        assert_eq!(numbers(&mut of_text), [2], "{again}");
        assert_eq!(numbers(&mut of_all), [1, 2], "{again}");
        for inbox in [&mut of_text, &mut of_all] {
            inbox.unsubscribe(&text("sub-0"));
            inbox.subscribe(wish()).unwrap();
        }
    }
}
