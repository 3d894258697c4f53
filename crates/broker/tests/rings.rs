//! What a destination remembers, and how it is joined to what comes live.

mod common;

use broker::{Broker, Destination, From, Inbox, Message, Options, Subscribe, Subscribed};
use proptest::prelude::*;

use common::{broker, destination, header, numbered, numbers, text, wish};

const NAME: &str = "/topic/x";

fn from(from: From) -> Subscribe {
    Subscribe {
        from,
        ..wish("sub-0", NAME)
    }
}

fn since(seq: u64, of: &Subscribed) -> Subscribe {
    let epoch = of.epoch.clone();
    from(From::Since { seq, epoch })
}

fn publish(broker: &Broker, numbers: std::ops::RangeInclusive<u64>) {
    for number in numbers {
        broker.publish(&numbered(NAME, number)).unwrap();
    }
}

/// A broker whose destination remembers, so that it lives on, and the answer to its subscriber.
fn remembering(options: Options) -> (Broker, Subscribed) {
    let broker = Broker::new(options).unwrap();
    let subscribed = broker.attach().subscribe(from(From::Now)).unwrap();
    (broker, subscribed)
}

#[test]
fn messages_of_a_destination_are_counted_from_one() {
    let broker = broker();
    let mut inbox = broker.attach();
    inbox.subscribe(wish("a", "/topic/a")).unwrap();
    inbox.subscribe(wish("b", "/topic/b")).unwrap();
    for (name, number) in [("/topic/a", 1), ("/topic/b", 2), ("/topic/a", 3)] {
        broker.publish(&numbered(name, number)).unwrap();
    }
    let offsets: Vec<_> = inbox
        .try_recv()
        .iter()
        .map(|delivery| header(delivery, "x-offset").unwrap())
        .collect();
    assert_eq!(offsets, ["1", "1", "2"]);
}

#[test]
fn a_late_comer_hears_the_last_and_then_on() {
    let broker = broker();
    publish(&broker, 1..=5);
    let mut inbox = broker.attach();
    let subscribed = inbox.subscribe(from(From::Last(2))).unwrap();
    assert_eq!((subscribed.offset, subscribed.recovered), (5, None));
    publish(&broker, 6..=6);
    assert_eq!(numbers(&mut inbox), [4, 5, 6]);
}

#[test]
fn who_comes_back_hears_what_was_missed_once() {
    let broker = broker();
    let mut inbox = broker.attach();
    let first = inbox.subscribe(from(From::Now)).unwrap();
    publish(&broker, 1..=2);
    drop(inbox);
    publish(&broker, 3..=5);

    let mut inbox = broker.attach();
    let again = inbox.subscribe(since(2, &first)).unwrap();
    assert_eq!(again.epoch, first.epoch);
    assert_eq!((again.offset, again.recovered), (5, Some(true)));
    publish(&broker, 6..=6);
    let taken = inbox.try_recv();
    let heard: Vec<_> = taken.iter().map(common::number).collect();
    assert_eq!(heard, [3, 4, 5, 6]);
    let offsets: Vec<_> = taken
        .iter()
        .filter_map(|one| header(one, "x-offset"))
        .collect();
    assert_eq!(offsets, ["3", "4", "5", "6"]);
}

#[test]
fn who_missed_more_than_is_remembered_is_told_and_hears_the_rest() {
    let options = Options {
        ring_messages: 3,
        ..Options::default()
    };
    let (broker, first) = remembering(options);
    publish(&broker, 1..=1);
    let mut inbox = broker.attach();
    let first = inbox.subscribe(since(0, &first)).unwrap();
    drop(inbox);
    publish(&broker, 2..=6);

    for (seq, recovered, heard) in [
        (6, true, vec![]),
        (3, true, vec![4, 5, 6]),
        (2, false, vec![4, 5, 6]),
    ] {
        let mut inbox = broker.attach();
        let again = inbox.subscribe(since(seq, &first)).unwrap();
        assert_eq!(again.recovered, Some(recovered), "{seq}");
        assert_eq!(numbers(&mut inbox), heard, "{seq}");
    }
}

#[test]
fn another_epoch_recovers_nothing_for_certain_and_replays_all() {
    let broker = broker();
    publish(&broker, 1..=3);
    let epoch = Some(text("before-the-restart"));
    let mut inbox = broker.attach();
    let subscribed = inbox
        .subscribe(from(From::Since { seq: 2, epoch }))
        .unwrap();
    assert_eq!(subscribed.recovered, Some(false));
    assert_eq!(numbers(&mut inbox), [1, 2, 3]);
}

#[test]
fn without_an_epoch_the_offsets_decide() {
    let broker = broker();
    publish(&broker, 1..=3);
    for (seq, recovered, heard) in [(1, true, vec![2, 3]), (4, false, vec![1, 2, 3])] {
        let mut inbox = broker.attach();
        let wish = from(From::Since { seq, epoch: None });
        assert_eq!(inbox.subscribe(wish).unwrap().recovered, Some(recovered));
        assert_eq!(numbers(&mut inbox), heard);
    }
}

#[test]
fn what_was_published_to_longest_ago_is_forgotten_first() {
    let options = Options {
        ring_bytes: 4_000,
        rings_bytes_total: 12_000,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    let large =
        |name: &str| Message::new(destination(name), text("m-1")).body(vec![b'x'; 3_000].into());
    for name in ["a", "b", "a", "c", "a", "d", "e"] {
        broker.publish(&large(&format!("/topic/{name}"))).unwrap();
        assert!(broker.stats().ring_bytes <= 12_000);
    }
    // `a` was published to again and again, so that `b` and then `c` went.
    for (name, remembered) in [("a", 1), ("b", 0), ("c", 0), ("d", 1), ("e", 1)] {
        let mut inbox = broker.attach();
        let wish = Subscribe {
            from: From::Last(9),
            ..wish("sub-0", &format!("/topic/{name}"))
        };
        inbox.subscribe(wish).unwrap();
        assert_eq!(inbox.try_recv().len(), remembered, "{name}");
    }
}

#[test]
fn destinations_that_are_published_to_once_do_not_live_for_ever() {
    let options = Options {
        rings_bytes_total: 100_000,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    for number in 0..10_000 {
        let name = format!("/topic/{number}");
        broker.publish(&numbered(&name, number)).unwrap();
    }
    let stats = broker.stats();
    assert!(stats.ring_bytes <= 100_000, "{stats:?}");
    assert!((50..200).contains(&stats.destinations), "{stats:?}");
}

#[test]
fn forgetting_does_not_change_the_count_for_those_who_listen() {
    let options = Options {
        ring_bytes: 2_000,
        rings_bytes_total: 2_000,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    let mut inbox = broker.attach();
    let first = inbox.subscribe(from(From::Now)).unwrap();
    publish(&broker, 1..=2);
    for number in 0..10 {
        let name = format!("/topic/other/{number}");
        broker.publish(&numbered(&name, number)).unwrap();
    }

    for (seq, recovered) in [(2, true), (1, false)] {
        let mut late = broker.attach();
        let again = late.subscribe(since(seq, &first)).unwrap();
        assert_eq!(again.epoch, first.epoch);
        assert_eq!((again.offset, again.recovered), (2, Some(recovered)));
        assert_eq!(late.try_recv().len(), 0);
    }
    publish(&broker, 3..=3);
    let taken = inbox.try_recv();
    assert_eq!(header(&taken[2], "x-offset").as_deref(), Some("3"));
}

#[test]
fn a_forgotten_destination_without_listeners_begins_a_new_epoch() {
    let options = Options {
        ring_bytes: 2_000,
        rings_bytes_total: 2_000,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    publish(&broker, 1..=1);
    let first = broker.attach().subscribe(from(From::Last(0))).unwrap();
    for number in 0..10 {
        let name = format!("/topic/other/{number}");
        broker.publish(&numbered(&name, number)).unwrap();
    }
    let mut inbox = broker.attach();
    let again = inbox.subscribe(since(1, &first)).unwrap();
    assert_ne!(again.epoch, first.epoch);
    assert_eq!((again.offset, again.recovered), (0, Some(false)));
}

#[test]
fn a_replay_never_overflows_the_inbox_it_goes_to() {
    let options = Options {
        inbox_bytes: 4_001,
        ring_bytes: 4_000,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    publish(&broker, 1..=10);
    // An id so long that the replay is larger than what is remembered.
    let long = "x".repeat(1_000);
    let wish = Subscribe {
        from: From::Since {
            seq: 0,
            epoch: None,
        },
        ..wish(&long, NAME)
    };
    let mut inbox = broker.attach();
    assert_eq!(inbox.subscribe(wish).unwrap().recovered, Some(false));
    assert_eq!(numbers(&mut inbox), [8, 9, 10]);
    publish(&broker, 11..=11);
    assert_eq!(numbers(&mut inbox), [11]);
}

#[test]
fn rooms_patterns_and_private_destinations_have_no_offsets() {
    let broker = broker();
    let private = Destination::user(1, "/queue/x").unwrap();
    let mut inbox = broker.attach();
    inbox.subscribe(from(From::Now)).unwrap();
    let to_private = Subscribe {
        target: private.clone().into(),
        from: From::Last(9),
        ..wish("private", NAME)
    };
    let messages = [numbered(NAME, 1).seq(7), Message::new(private, text("m-2"))];
    broker.publish(&messages[1]).unwrap();
    assert_eq!(inbox.subscribe(to_private).unwrap(), Subscribed::default());
    for message in &messages {
        broker.publish(message).unwrap();
    }
    for delivery in inbox.try_recv() {
        assert_eq!(header(&delivery, "x-offset"), None);
    }
    assert_eq!(broker.stats().ring_bytes, 0);
    drop(inbox);
    assert_eq!(broker.stats().destinations, 0);

    let pattern = Subscribe {
        from: From::Since {
            seq: 0,
            epoch: None,
        },
        ..wish("pattern", "/topic/**")
    };
    let subscribed = broker.attach().subscribe(pattern).unwrap();
    assert_eq!(
        (subscribed.epoch, subscribed.recovered),
        (None, Some(false))
    );
}

#[test]
fn nothing_is_remembered_where_that_is_switched_off() {
    let options = Options {
        ring_messages: 0,
        ..Options::default()
    };
    let (broker, first) = remembering(options);
    publish(&broker, 1..=3);
    assert_eq!(first.epoch, None);
    assert_eq!(broker.stats().destinations, 0);
    let mut inbox = broker.attach();
    let again = inbox.subscribe(since(0, &first)).unwrap();
    assert_eq!((again.offset, again.recovered), (0, Some(false)));
    publish(&broker, 4..=4);
    assert_eq!(header(&inbox.try_recv()[0], "x-offset"), None);
}

/// What happens to one destination with one reader who comes and goes.
#[derive(Clone, Copy, Debug)]
enum Step {
    Publish,
    Read,
    Leave,
    Return,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Publish),
        2 => Just(Step::Read),
        1 => Just(Step::Leave),
        2 => Just(Step::Return),
    ];
    prop::collection::vec(step, 1..200)
}

proptest! {
    #[test]
    fn coming_back_leaves_neither_hole_nor_double(steps in steps(), ring_messages in 1_usize..8) {
        let options = Options { ring_messages, ..Options::default() };
        let broker = Broker::new(options).unwrap();
        let mut published = 0;
        let mut inbox: Option<Inbox> = None;
        let mut known = Subscribed::default();
        let mut heard = 0;
        // Until the first message is remembered, leaving makes the destination vanish.
        publish(&broker, 1..=1);
        published += 1;
        for step in steps {
            match (step, &mut inbox) {
                (Step::Publish, _) => {
                    published += 1;
                    publish(&broker, published..=published);
                }
                (Step::Read, Some(inbox)) => {
                    for number in numbers(inbox) {
                        prop_assert_eq!(number, heard + 1);
                        heard = number;
                    }
                    prop_assert_eq!(heard, published);
                }
                (Step::Leave, _) => inbox = None,
                (Step::Return, None) => {
                    let mut new = broker.attach();
                    let wish = since(heard, &known);
                    let missed = published - heard;
                    known = new.subscribe(wish).unwrap();
                    let recovered = missed <= ring_messages as u64;
                    prop_assert_eq!(known.recovered, Some(recovered));
                    prop_assert_eq!(known.offset, published);
                    if !recovered {
                        heard = published - ring_messages as u64;
                    }
                    inbox = Some(new);
                }
                (Step::Read, None) | (Step::Return, Some(_)) => {}
            }
        }
    }
}
