//! What all who take part in a run share.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use super::proxy::lock;
use super::script::Script;
use crate::bench::Clock;

/// What is said, and how far it is.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) script: Script,
    pub(super) clock: Clock,
    /// Messages of one client that may wait for their RECEIPTs.
    pub(super) window: usize,
    /// Whether the server may have reason to put somebody off, by an ERROR with `x-retry`.
    pub(super) may_put_off: bool,
    confirmed: watch::Sender<usize>,
    arrived: AtomicU64,
    disasters: Mutex<Disasters>,
    end: watch::Sender<bool>,
}

/// What broke, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Disasters {
    /// Connections that were cut.
    pub(super) cuts: usize,
    /// How often the server was killed, and listened again.
    pub(super) kills: usize,
    /// How often its database was restarted.
    pub(super) database_restarts: usize,
}

impl Scene {
    pub(super) fn new(script: Script, window: usize, may_put_off: bool) -> Self {
        Self {
            script,
            clock: Clock::start(),
            window,
            may_put_off,
            confirmed: watch::Sender::new(0),
            arrived: AtomicU64::new(0),
            disasters: Mutex::default(),
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
        self.count(|disasters| disasters.cuts += 1);
    }

    /// The server was killed, and listens again.
    pub(super) fn count_kill(&self) {
        self.count(|disasters| disasters.kills += 1);
    }

    /// The database was restarted.
    pub(super) fn count_database_restart(&self) {
        self.count(|disasters| disasters.database_restarts += 1);
    }

    /// What broke so far.
    pub(super) fn disasters(&self) -> Disasters {
        *lock(&self.disasters)
    }

    fn count(&self, one: impl FnOnce(&mut Disasters)) {
        one(&mut lock(&self.disasters));
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
