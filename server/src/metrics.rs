//! What operators count: the numbers behind `/metrics`.

use std::fmt;
use std::sync::Arc;

use broker::{Broker, Stats};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;
use store::Store;

/// Before the name of every number.
const PREFIX: &str = "roomside";

/// All numbers of one server; clones share them. Counting is one atomic addition, but for what is
/// counted by a label that is known only then, which is nothing that happens with every message.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    registry: Arc<Registry>,
    sessions: Family<Transport, Gauge>,
    refused: Family<Code, Counter>,
    /// Messages that were taken to be logged.
    pub(crate) said: Counter,
    /// Messages that were published elsewhere than in rooms.
    pub(crate) published: Counter,
    /// Messages that were sent on as they came.
    pub(crate) sent_live: Counter,
    /// Messages that were sent from the log.
    pub(crate) sent_from_log: Counter,
    /// Sockets that were read no further because of what was pending.
    pub(crate) full: Counter,
    /// Subscriptions that came too fast.
    pub(crate) hasty: Counter,
    /// Sessions that were ended for slowness.
    pub(crate) too_slow: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Transport {
    transport: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct To {
    to: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct From {
    from: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct By {
    by: &'static str,
}

impl Metrics {
    /// The numbers of a server with this broker and this log, whose own are asked for when they are
    /// wanted.
    pub(crate) fn new(broker: Broker, store: Store) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let sessions = Family::default();
        registry.register(
            "sessions",
            "Open STOMP sessions, by transport",
            Family::clone(&sessions),
        );
        let messages_in = Family::<To, Counter>::default();
        registry.register(
            "messages_in",
            "Messages from clients that were taken, by where they go",
            messages_in.clone(),
        );
        let messages_out = Family::<From, Counter>::default();
        registry.register(
            "messages_out",
            "Messages to clients, by where they come from",
            messages_out.clone(),
        );
        let throttled = Family::<By, Counter>::default();
        registry.register(
            "throttled",
            "How often a client's socket was read no further for a while, by what was too much",
            throttled.clone(),
        );
        let refused = Family::default();
        registry.register(
            "refused",
            "Frames that were refused, and sessions ended by an ERROR, by x-code",
            Family::clone(&refused),
        );
        let too_slow = Counter::default();
        registry.register(
            "too_slow",
            "Sessions that were ended for slowness, with close code 4500",
            too_slow.clone(),
        );
        registry.register_collector(Box::new(OfBroker(broker)));
        registry.register_collector(Box::new(OfLog(store)));
        Self {
            registry: Arc::new(registry),
            sessions,
            refused,
            said: messages_in.get_or_create_owned(&To { to: "room" }),
            published: messages_in.get_or_create_owned(&To { to: "plain" }),
            sent_live: messages_out.get_or_create_owned(&From { from: "live" }),
            sent_from_log: messages_out.get_or_create_owned(&From { from: "log" }),
            full: throttled.get_or_create_owned(&By { by: "pending" }),
            hasty: throttled.get_or_create_owned(&By { by: "subscribing" }),
            too_slow,
        }
    }

    /// Counts a session of this transport until what is given back is dropped.
    pub(crate) fn session(&self, transport: &'static str) -> OpenSession {
        let gauge = self.sessions.get_or_create_owned(&Transport { transport });
        gauge.inc();
        OpenSession(gauge)
    }

    /// Counts a refusal by its word for programs.
    pub(crate) fn refused(&self, code: &'static str) {
        self.refused.get_or_create(&Code { code }).inc();
    }

    /// All of them in the text format of OpenMetrics 1.0, which Prometheus reads.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A session that is counted.
#[derive(Debug)]
pub(crate) struct OpenSession(Gauge);

impl Drop for OpenSession {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The numbers that the broker keeps by itself.
#[derive(Debug)]
struct OfBroker(Broker);

impl Collector for OfBroker {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Stats {
            subscriptions,
            destinations,
            queues,
            idle_queues,
            queued_bytes,
            ring_bytes,
            waiting_bytes,
            parked,
            overrun,
            shed,
            redelivered,
            dropped,
        } = self.0.stats();
        let levels = [
            (
                "subscriptions",
                "Subscriptions of all sessions",
                subscriptions,
            ),
            (
                "destinations",
                "Destinations that somebody subscribes to, or that hold messages",
                destinations,
            ),
            ("queues", "Shared queues", queues),
            (
                "idle_queues",
                "Shared queues without a consumer",
                idle_queues,
            ),
            ("queued_bytes", "What shared queues hold", queued_bytes),
            (
                "ring_bytes",
                "What plain topics and queues remember",
                ring_bytes,
            ),
            (
                "waiting_bytes",
                "What waits for all clients, each encoding once",
                waiting_bytes,
            ),
        ];
        // The registry ends each of its own with a full stop.
        for (name, help, value) in levels {
            let (level, help) = (ConstGauge::new(value as u64), format!("{help}."));
            let encoder = encoder.encode_descriptor(name, &help, None, level.metric_type())?;
            level.encode(encoder)?;
        }
        let counters = [
            (
                "parked",
                "How often a subscription to a room was parked, to catch up from the log",
                parked,
            ),
            (
                "overrun",
                "How often an inbox was full for a plain topic or queue",
                overrun,
            ),
            (
                "shed",
                "How many of both were for the bound of all clients together",
                shed,
            ),
            (
                "redelivered",
                "Deliveries of shared queues that were repeated",
                redelivered,
            ),
            (
                "dropped",
                "Messages that shared queues have given up",
                dropped,
            ),
        ];
        count(&mut encoder, counters)
    }
}

/// The numbers that the log keeps by itself.
#[derive(Debug)]
struct OfLog(Store);

impl Collector for OfLog {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let stats = self.0.stats();
        let counters = [
            (
                "log_commits",
                "Batches that were committed to the log, each with one disk sync",
                stats.commits,
            ),
            (
                "log_messages",
                "Lines that were stored in them",
                stats.messages,
            ),
            (
                "log_failures",
                "Attempts to write the log that failed",
                stats.failures,
            ),
        ];
        count(&mut encoder, counters)
    }
}

/// Writes counters: their names, what they count, and how much.
fn count<const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    counters: [(&str, &str, u64); N],
) -> fmt::Result {
    // The registry ends each of its own with a full stop.
    for (name, help, value) in counters {
        let (counter, help) = (ConstCounter::new(value), format!("{help}."));
        let encoder = encoder.encode_descriptor(name, &help, None, counter.metric_type())?;
        counter.encode(encoder)?;
    }
    Ok(())
}
