//! What publishers and subscribers of one run share.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::plan::Plan;
use crate::bench::Clock;
use crate::measure::Latency;
use crate::places::Places;
use crate::stamp::{PROBE, Stamp};

/// Who sends the probes: a publisher that no run has.
const PROBER: u16 = u16::MAX;

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) plan: Plan,
    pub(crate) places: Places,
    pub(crate) clock: Clock,
    pub(crate) latency: Latency,
    arrived: AtomicU64,
    last_arrival: AtomicU64,
    /// For each room, how many subscribers have not heard of it yet.
    deaf: Vec<AtomicU64>,
    /// For each publisher, what it has in flight; empty where it sends at a rate.
    windows: Vec<Window>,
}

/// The last messages of one publisher: how many subscribers have each of them.
#[derive(Debug)]
struct Window {
    slots: Vec<AtomicU32>,
    full: Notify,
}

impl Field {
    pub(crate) fn new(plan: Plan, places: Places, clock: Clock, window: Option<usize>) -> Self {
        let windows = window.map_or_else(Vec::new, |size| {
            (0..plan.publishers()).map(|_| Window::new(size)).collect()
        });
        Self {
            deaf: (0..plan.rooms())
                .map(|_| AtomicU64::new(plan.subscribers()))
                .collect(),
            plan,
            places,
            clock,
            latency: Latency::new(),
            arrived: AtomicU64::new(0),
            last_arrival: AtomicU64::new(0),
            windows,
        }
    }

    /// The stamp of a message that tells subscribers that they are live.
    pub(crate) fn probe(&self) -> Stamp {
        Stamp {
            publisher: PROBER,
            number: PROBE,
            at: self.clock.nanos(),
        }
    }

    /// A subscriber has heard its first probe.
    pub(crate) fn reached(&self, room: usize) {
        self.deaf[room].fetch_sub(1, Ordering::Relaxed);
    }

    /// Subscribers that have not heard anything yet.
    pub(crate) fn deaf(&self) -> u64 {
        self.deaf
            .iter()
            .map(|deaf| deaf.load(Ordering::Relaxed))
            .sum()
    }

    /// Rooms of such subscribers.
    pub(crate) fn deaf_rooms(&self) -> impl Iterator<Item = usize> {
        (0..self.deaf.len()).filter(|room| self.deaf[*room].load(Ordering::Relaxed) > 0)
    }

    /// A subscriber has a message that it did not have before.
    pub(crate) fn arrive(&self, stamp: Stamp) {
        let now = self.clock.nanos();
        self.latency.record(now.saturating_sub(stamp.at));
        self.last_arrival.store(now, Ordering::Relaxed);
        self.arrived.fetch_add(1, Ordering::Relaxed);
        if let Some(window) = self.windows.get(usize::from(stamp.publisher)) {
            window.arrive(u64::from(stamp.number), self.plan.subscribers());
        }
    }

    /// Deliveries so far.
    pub(crate) fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Relaxed)
    }

    /// When the last of them came.
    pub(crate) fn last_arrival(&self) -> Duration {
        Duration::from_nanos(self.last_arrival.load(Ordering::Relaxed))
    }

    /// Whether a publisher may send its message of this number; if so it counts as in flight.
    pub(crate) fn begin(&self, publisher: u16, number: u64) -> bool {
        self.windows[usize::from(publisher)].begin(number, self.plan.subscribers())
    }

    /// Waits until one more message of a publisher is with all its subscribers.
    pub(crate) async fn landed(&self, publisher: u16) {
        self.windows[usize::from(publisher)].full.notified().await;
    }
}

impl Window {
    fn new(size: usize) -> Self {
        Self {
            slots: (0..size).map(|_| AtomicU32::new(0)).collect(),
            full: Notify::new(),
        }
    }

    /// The message before in the same slot must be with everybody.
    fn begin(&self, number: u64, subscribers: u64) -> bool {
        let slot = self.slot(number);
        if number >= self.slots.len() as u64 {
            if u64::from(slot.load(Ordering::Acquire)) < subscribers {
                return false;
            }
            slot.store(0, Ordering::Release);
        }
        true
    }

    fn arrive(&self, number: u64, subscribers: u64) {
        let have = u64::from(self.slot(number).fetch_add(1, Ordering::AcqRel)) + 1;
        if have >= subscribers {
            self.full.notify_one();
        }
    }

    fn slot(&self, number: u64) -> &AtomicU32 {
        &self.slots[(number % self.slots.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_opens_when_everybody_has_the_message_before() {
        let window = Window::new(2);
        assert!(window.begin(0, 3));
        assert!(window.begin(1, 3));
        assert!(!window.begin(2, 3));
        window.arrive(0, 3);
        window.arrive(0, 3);
        assert!(!window.begin(2, 3), "one subscriber lacks it");
        window.arrive(0, 3);
        assert!(window.begin(2, 3));
        assert!(!window.begin(3, 3), "nobody has number 1");
        for _ in 0..3 {
            window.arrive(2, 3);
        }
        assert!(!window.begin(3, 3), "later messages do not count for it");
    }
}
