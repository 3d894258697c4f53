//! What publishing and subscribing cost: `cargo bench -p roomside-broker`.
//!
//! What waits in inboxes is taken out between measurements and not measured.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use broker::{Broker, Destination, Inbox, Message, Mode, Options, Outcome, Subscribe, Target};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use stomp::{Text, Version};

fn broker() -> Broker {
    Broker::new(Options::default()).expect("the defaults fit together")
}

fn wish(id: &'static str, name: impl Into<Text>) -> Subscribe {
    let target = Target::parse(name).expect("a name of ours");
    Subscribe::new(Text::from(id), target, Version::V1_2)
}

fn listener(broker: &Broker, name: impl Into<Text>) -> Inbox {
    let mut inbox = broker.attach();
    inbox.subscribe(wish("sub-0", name)).expect("a new session");
    inbox
}

/// A line of a chat: a body of 200 bytes.
fn message(name: impl Into<Text>) -> Message {
    let destination = Destination::parse(name).expect("a name of ours");
    let id = Text::from("01920000-0000-7000-8000-000000000001");
    Message::new(destination, id)
        .content_type(Text::from("application/json"))
        .body(vec![b'x'; 200].into())
}

/// A message that is not remembered, as those of rooms.
fn line(name: impl Into<Text>) -> Message {
    message(name).seq(42)
}

/// The time of `iterations` publishings, with the inboxes emptied now and then.
fn publish(broker: &Broker, message: &Message, inboxes: &mut [Inbox], iterations: u64) -> Duration {
    // So much fits into an inbox, and all that waits together into memory.
    let between = (100_000 / inboxes.len() as u64).clamp(1, 500);
    let mut took = Duration::ZERO;
    let mut left = iterations;
    while left > 0 {
        let now = left.min(between);
        let start = Instant::now();
        for _ in 0..now {
            let published = broker.publish(message).expect("no queue refuses");
            assert_eq!(published.dropped, 0);
        }
        took += start.elapsed();
        left -= now;
        for inbox in &mut *inboxes {
            inbox.try_recv();
        }
    }
    took
}

fn encode(c: &mut Criterion) {
    let (line, id) = (line("/topic/chat/room/lobby"), Text::from("sub-0"));
    c.bench_function("encode", |b| {
        b.iter(|| black_box(&line).encode(&id, Version::V1_2, false));
    });
}

fn publish_to_subscribers(c: &mut Criterion) {
    let mut group = c.benchmark_group("publish to subscribers");
    for subscribers in [1, 10, 100, 1_000, 10_000] {
        let broker = broker();
        let mut inboxes: Vec<_> = (0..subscribers)
            .map(|_| listener(&broker, "/topic/a"))
            .collect();
        group.throughput(Throughput::Elements(subscribers));
        group.bench_function(BenchmarkId::from_parameter(subscribers), |b| {
            b.iter_custom(|n| publish(&broker, &line("/topic/a"), &mut inboxes, n));
        });
    }
    group.finish();
}

fn publish_among_destinations(c: &mut Criterion) {
    let mut group = c.benchmark_group("publish among destinations");
    for destinations in [1_u32, 100_000] {
        let broker = broker();
        let others: Vec<_> = (1..destinations)
            .map(|number| listener(&broker, format!("/topic/{number}")))
            .collect();
        let mut inboxes = [listener(&broker, "/topic/a")];
        for (kind, message) in [
            ("room", line("/topic/a")),
            ("remembered", message("/topic/a")),
        ] {
            group.bench_function(BenchmarkId::new(kind, destinations), |b| {
                b.iter_custom(|n| publish(&broker, &message, &mut inboxes, n));
            });
        }
        drop(others);
    }
    group.finish();
}

fn publish_to_patterns(c: &mut Criterion) {
    let broker = broker();
    let others: Vec<_> = (0..10_000)
        .map(|number| listener(&broker, format!("/topic/{number}/*")))
        .collect();
    let mut inboxes = [listener(&broker, "/topic/a/*")];
    c.bench_function("publish to one of 10,000 patterns", |b| {
        b.iter_custom(|n| publish(&broker, &line("/topic/a/b"), &mut inboxes, n));
    });
    drop(others);
}

fn share(c: &mut Criterion) {
    let broker = broker();
    let mut inbox = broker.attach();
    let id = Text::from("sub-0");
    let wish = Subscribe {
        mode: Mode::shared(),
        ..wish("sub-0", "/queue/jobs")
    };
    inbox.subscribe(wish).expect("a new session");
    let message = message("/queue/jobs");
    c.bench_function("publish to a shared queue, take, settle", |b| {
        b.iter(|| {
            broker.publish(&message).expect("an empty queue");
            for delivery in inbox.try_recv() {
                if let broker::Delivery::Message { tag: Some(tag), .. } = delivery {
                    assert!(inbox.settle(&id, tag, Outcome::Done));
                }
            }
        });
    });
}

fn subscribe(c: &mut Criterion) {
    let broker = broker();
    let crowd: Vec<_> = (0..10_000)
        .map(|_| listener(&broker, "/topic/crowd"))
        .collect();
    let mut inbox = broker.attach();
    let id = Text::from("sub-0");
    let mut come_and_go = || {
        inbox
            .subscribe(wish("sub-0", "/topic/crowd"))
            .expect("unsubscribed before");
        inbox.unsubscribe(&id)
    };
    c.bench_function("subscribe and unsubscribe in a crowd of 10,000", |b| {
        b.iter(&mut come_and_go);
    });
    drop(crowd);

    let mut audience: Vec<_> = (0..100).map(|_| listener(&broker, "/topic/a")).collect();
    let line = line("/topic/a");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                publish(&broker, &line, &mut audience, 500);
            }
        });
        c.bench_function("subscribe and unsubscribe while another publishes", |b| {
            b.iter(&mut come_and_go);
        });
        over.store(true, Ordering::Relaxed);
    });

    over.store(false, Ordering::Relaxed);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                come_and_go();
            }
        });
        c.bench_function("publish to 100 while another comes and goes", |b| {
            b.iter_custom(|n| publish(&broker, &line, &mut audience, n));
        });
        over.store(true, Ordering::Relaxed);
    });
}

criterion_group!(
    benches,
    encode,
    publish_to_subscribers,
    publish_among_destinations,
    publish_to_patterns,
    share,
    subscribe
);
criterion_main!(benches);
