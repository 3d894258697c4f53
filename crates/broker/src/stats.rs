//! What a broker holds and what has happened in it, as numbers.

use std::sync::atomic::{AtomicIsize, AtomicU64, AtomicUsize, Ordering};

/// A snapshot of a broker's numbers. Each is exact; together they may be of slightly different
/// moments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Subscriptions of all sessions, those to patterns included.
    pub subscriptions: usize,
    /// Destinations that somebody subscribes to, or that hold messages.
    pub destinations: usize,
    /// Shared queues.
    pub queues: usize,
    /// Shared queues without a consumer.
    pub idle_queues: usize,
    /// What shared queues hold, in bytes; see
    /// [`Options::queues_bytes_total`](crate::Options::queues_bytes_total).
    pub queued_bytes: usize,
    /// What destinations remember, in bytes; see
    /// [`Options::rings_bytes_total`](crate::Options::rings_bytes_total).
    pub ring_bytes: usize,
    /// What waits for sessions, in bytes; see
    /// [`Options::waiting_bytes_total`](crate::Options::waiting_bytes_total).
    pub waiting_bytes: usize,
    /// How often a subscription has been parked since the start.
    pub parked: u64,
    /// How often a session has been too slow since the start.
    pub overrun: u64,
    /// How many of both were for all sessions together, and not for their own inbox; see
    /// [`Options::waiting_bytes_total`](crate::Options::waiting_bytes_total).
    pub shed: u64,
    /// Deliveries with `redelivered:true` since the start.
    pub redelivered: u64,
    /// Messages that shared queues have given up after
    /// [`Options::max_deliveries`](crate::Options::max_deliveries) since the start.
    pub dropped: u64,
}

/// The live numbers. They guard nothing, so that relaxed order is enough.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) subscriptions: Gauge,
    pub(crate) destinations: Gauge,
    pub(crate) queues: Gauge,
    pub(crate) idle_queues: Gauge,
    pub(crate) queued_bytes: Gauge,
    pub(crate) ring_bytes: Gauge,
    pub(crate) waiting_bytes: Level,
    pub(crate) parked: Counter,
    pub(crate) overrun: Counter,
    pub(crate) shed: Counter,
    pub(crate) redelivered: Counter,
    pub(crate) dropped: Counter,
}

impl Counters {
    pub(crate) fn snapshot(&self) -> Stats {
        Stats {
            subscriptions: self.subscriptions.get(),
            destinations: self.destinations.get(),
            queues: self.queues.get(),
            idle_queues: self.idle_queues.get(),
            queued_bytes: self.queued_bytes.get(),
            ring_bytes: self.ring_bytes.get(),
            waiting_bytes: self.waiting_bytes.get(),
            parked: self.parked.get(),
            overrun: self.overrun.get(),
            shed: self.shed.get(),
            redelivered: self.redelivered.get(),
            dropped: self.dropped.get(),
        }
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicUsize);

impl Gauge {
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, amount: usize) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    pub(crate) fn sub(&self, amount: usize) {
        self.0.fetch_sub(amount, Ordering::Relaxed);
    }

    /// Adds, unless that would exceed `limit`. Says whether it did.
    pub(crate) fn add_within(&self, amount: usize, limit: usize) -> bool {
        let fits = |now: usize| now.checked_add(amount).filter(|sum| *sum <= limit);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits)
            .is_ok()
    }
}

/// A number of bytes that may be taken away before they have been added, as by a session that is
/// faster than the publisher that counts for all at once. It is below zero for that moment alone,
/// and then reads as zero.
#[derive(Debug, Default)]
pub(crate) struct Level(AtomicIsize);

impl Level {
    pub(crate) fn get(&self) -> usize {
        usize::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(0)
    }

    pub(crate) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes.cast_signed(), Ordering::Relaxed);
    }

    pub(crate) fn sub(&self, bytes: usize) {
        self.0.fetch_sub(bytes.cast_signed(), Ordering::Relaxed);
    }
}

/// A number that only goes up.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }
}
