//! Who gets what: turns, the prefetch, and what is left when all is done.

use broker::{Broker, From, Mode, Options, Outcome, Subscribe, SubscribeError};

use super::{NAME, consumer, declared, publish, settle, with_prefetch};
use crate::common::{broker, number, numbered, numbers, text, wish};

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
