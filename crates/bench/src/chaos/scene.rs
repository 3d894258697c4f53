//! What all who take part in a run share.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::sync::watch;

use super::script::Script;
use crate::bench::Clock;

/// What is said, and how far it is.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) script: Script,
    pub(super) clock: Clock,
    /// Messages of one client that may wait for their RECEIPTs.
    pub(super) window: usize,
    confirmed: watch::Sender<usize>,
    arrived: AtomicU64,
    cuts: AtomicUsize,
    kills: AtomicUsize,
    end: watch::Sender<bool>,
}

impl Scene {
    pub(super) fn new(script: Script, window: usize) -> Self {
        Self {
            script,
            clock: Clock::start(),
            window,
            confirmed: watch::Sender::new(0),
            arrived: AtomicU64::new(0),
            cuts: AtomicUsize::new(0),
            kills: AtomicUsize::new(0),
            end: watch::Sender::new(false),
        }
    }

    /// A message has its RECEIPT.
    pub(super) fn confirm(&self) {
        self.confirmed.send_modify(|confirmed| *confirmed += 1);
    }

    /// How many messages have theirs.
    pub(super) fn confirmed(&self) -> usize {
        *self.confirmed.borrow()
    }

    /// Resolves once so many have theirs.
    pub(super) async fn reaches(&self, confirmed: usize) {
        let mut count = self.confirmed.subscribe();
        // An error would mean that the scene is gone, which its borrow forbids.
        let _ = count.wait_for(|count| *count >= confirmed).await;
    }

    /// A line reached a client.
    pub(super) fn arrive(&self) {
        self.arrived.fetch_add(1, Ordering::Relaxed);
    }

    /// How many lines have reached clients, counted for each.
    pub(super) fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Relaxed)
    }

    /// A connection was cut.
    pub(super) fn count_cut(&self) {
        self.cuts.fetch_add(1, Ordering::Relaxed);
    }

    /// The server was killed, and listens again.
    pub(super) fn count_kill(&self) {
        self.kills.fetch_add(1, Ordering::Relaxed);
    }

    /// How many connections were cut, and how often the server was killed.
    pub(super) fn disasters(&self) -> (usize, usize) {
        (
            self.cuts.load(Ordering::Relaxed),
            self.kills.load(Ordering::Relaxed),
        )
    }

    /// Sends all clients home.
    pub(super) fn end(&self) {
        self.end.send_replace(true);
    }

    /// Resolves when that is so.
    pub(super) async fn ended(&self) {
        let _ = self.end.subscribe().wait_for(|end| *end).await;
    }
}
