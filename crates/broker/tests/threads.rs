//! What holds while many do many things at once.

mod common;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use broker::{
    Broker, Delivery, From, Inbox, Mode, Options, Outcome, Overflow, Subscribe, Subscribed,
};

use common::{broker, number, numbered, numbers, tag, text, wish};

/// Enough that threads meet.
const MESSAGES: u64 = 2_000;

/// Lets others go on, and fails a test that would otherwise hang.
struct Patience(Instant);

impl Patience {
    fn new() -> Self {
        Self(Instant::now())
    }

    fn wait(&self) {
        assert!(self.0.elapsed() < Duration::from_secs(60), "it never ends");
        thread::yield_now();
    }
}

#[test]
fn whoever_stays_hears_all_in_order_while_others_come_and_go() {
    // Room for all, so that a reader whom the system keeps waiting is not parked.
    let options = Options {
        inbox_bytes: 16 * 1024 * 1024,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    let names = ["/topic/a", "/topic/b"];
    let patient = |id, name| Subscribe {
        overflow: Overflow::Park,
        ..wish(id, name)
    };
    let mut staying: Vec<Inbox> = (0..4).map(|_| broker.attach()).collect();
    for inbox in &mut staying {
        inbox.subscribe(patient("a", names[0])).unwrap();
        inbox.subscribe(patient("b", names[1])).unwrap();
        inbox.subscribe(patient("all", "/topic/*")).unwrap();
    }
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let publishers: Vec<_> = names
            .iter()
            .map(|name| {
                let broker = &broker;
                scope.spawn(move || {
                    for number in 1..=MESSAGES {
                        broker.publish(&numbered(name, number)).unwrap();
                    }
                })
            })
            .collect();
        for _ in 0..2 {
            scope.spawn(|| {
                let patience = Patience::new();
                while !over.load(Ordering::Relaxed) {
                    patience.wait();
                    let mut inbox = broker.attach();
                    inbox.subscribe(wish("a", names[0])).unwrap();
                    inbox.subscribe(wish("all", "/topic/**")).unwrap();
                    assert!(inbox.unsubscribe(&text("a")));
                }
            });
        }
        for inbox in &mut staying {
            scope.spawn(move || {
                // By subscription and destination.
                let mut next = std::collections::HashMap::new();
                let mut heard = 0;
                let patience = Patience::new();
                while heard < 4 * MESSAGES {
                    for delivery in inbox.try_recv() {
                        let Delivery::Message { subscription, .. } = &delivery else {
                            panic!("{delivery:?}");
                        };
                        let from = common::header(&delivery, "destination").unwrap();
                        let next = next.entry((subscription.clone(), from)).or_insert(1);
                        assert_eq!(number(&delivery), *next);
                        *next += 1;
                        heard += 1;
                    }
                    patience.wait();
                }
            });
        }
        for publisher in publishers {
            publisher.join().unwrap();
        }
        over.store(true, Ordering::Relaxed);
    });
    drop(staying);
    assert_eq!(broker.stats().subscriptions, 0);
}

#[test]
fn every_message_is_settled_once_though_a_consumer_is_lost() {
    let broker = broker();
    let name = "/queue/jobs";
    let shared = || Subscribe {
        mode: Mode::Shared { prefetch: 50 },
        ..wish("sub-0", name)
    };
    let id = text("sub-0");
    let done = Mutex::new(Vec::new());
    let (mut lost, mut kept) = (broker.attach(), broker.attach());
    lost.subscribe(shared()).unwrap();
    kept.subscribe(shared()).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..=1_000 {
                broker.publish(&numbered(name, number)).unwrap();
            }
        });
        scope.spawn(|| {
            // It settles every other one, and is gone before that uses its prefetch up.
            let patience = Patience::new();
            let mut taken = 0;
            while taken < 40 {
                for delivery in lost.try_recv() {
                    taken += 1;
                    if taken % 2 == 0 {
                        done.lock().unwrap().push(number(&delivery));
                        assert!(lost.settle(&id, tag(&delivery), Outcome::Done));
                    }
                }
                patience.wait();
            }
            drop(lost);
        });
        let patience = Patience::new();
        while done.lock().unwrap().len() < 1_000 {
            for delivery in kept.try_recv() {
                done.lock().unwrap().push(number(&delivery));
                assert!(kept.settle(&id, tag(&delivery), Outcome::Done));
            }
            patience.wait();
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_unstable();
    assert_eq!(done, (1..=1_000).collect::<Vec<_>>());
    assert!(kept.try_recv().is_empty());
    drop(kept);
    let stats = broker.stats();
    assert_eq!((stats.queues, stats.queued_bytes, stats.dropped), (0, 0, 0));
}

#[test]
fn coming_back_in_the_middle_leaves_neither_hole_nor_double() {
    let options = Options {
        ring_messages: 10_000,
        ring_bytes: 4 * 1024 * 1024,
        inbox_bytes: 8 * 1024 * 1024,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    let name = "/topic/x";
    let published = AtomicU64::new(1);
    broker.publish(&numbered(name, 1)).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 2..=MESSAGES {
                broker.publish(&numbered(name, number)).unwrap();
                published.store(number, Ordering::Release);
            }
        });
        for _ in 0..2 {
            scope.spawn(|| {
                let mut known = Subscribed::default();
                let mut heard = 0;
                let patience = Patience::new();
                while heard < MESSAGES {
                    let before = published.load(Ordering::Acquire);
                    let mut inbox = broker.attach();
                    let from = From::Since {
                        seq: heard,
                        epoch: known.epoch,
                    };
                    let wish = Subscribe {
                        from,
                        ..wish("sub-0", name)
                    };
                    known = inbox.subscribe(wish).unwrap();
                    assert_eq!(known.recovered, Some(true));
                    assert!(known.offset >= before);
                    patience.wait();
                    for number in numbers(&mut inbox) {
                        assert_eq!(number, heard + 1);
                        heard = number;
                    }
                    assert!(heard >= known.offset);
                }
            });
        }
    });
}

#[test]
fn the_bytes_that_are_remembered_stay_bounded_whoever_publishes() {
    let options = Options {
        ring_bytes: 8_000,
        rings_bytes_total: 40_000,
        ..Options::default()
    };
    let broker = Broker::new(options).unwrap();
    thread::scope(|scope| {
        for publisher in 0..4_u64 {
            let broker = &broker;
            scope.spawn(move || {
                for number in 0..1_000 {
                    let name = format!("/topic/{}", (number * 7 + publisher) % 100);
                    broker.publish(&numbered(&name, number)).unwrap();
                }
            });
        }
    });
    let stats = broker.stats();
    assert!(stats.ring_bytes <= 40_000, "{stats:?}");
    // Two that find too much at once may both forget, but not all.
    assert!(stats.ring_bytes > 5_000, "{stats:?}");
    for number in 0..100 {
        let mut inbox = broker.attach();
        let wish = Subscribe {
            from: From::Last(9),
            ..wish("sub-0", &format!("/topic/{number}"))
        };
        inbox.subscribe(wish).unwrap();
    }
    // Whatever the count of bytes says, that many destinations are there.
    assert_eq!(broker.stats().ring_bytes, stats.ring_bytes);
    assert_eq!(broker.stats().destinations, stats.destinations);
}
