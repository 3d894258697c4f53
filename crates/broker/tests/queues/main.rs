//! Shared queues: each message goes to one consumer, and to another where that one fails.

#[path = "../common/mod.rs"]
mod common;
mod consumers;
mod declared;
mod limits;
mod redelivery;
mod text_only;

use broker::{Broker, Delivery, Inbox, Mode, Options, Outcome, Subscribe, Target};

use common::{numbered, tag, text, wish};

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
