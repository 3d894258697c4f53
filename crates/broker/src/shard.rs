//! One part of the table of destinations, with a lock of its own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::channel::Channel;
use crate::ring::Turns;
use crate::table::Table;
use crate::{Destination, Message, PublishError, Published};

/// One part of the table.
///
/// A std mutex: it is held for table work and for pushing into mailboxes, never over an await.
/// Inside it the tree of patterns may be read and mailboxes locked; outside it only one of them
/// at a time; and never two shards at once.
#[derive(Debug)]
pub(crate) struct Shard {
    channels: Mutex<Channels>,
    /// [`Turns::first`], for looking without the lock.
    first: AtomicU64,
}

/// The destinations of one shard.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    by_name: HashMap<Destination, Channel>,
    turns: Turns,
}

impl Default for Shard {
    fn default() -> Self {
        Self {
            channels: Mutex::default(),
            first: AtomicU64::new(Turns::NONE),
        }
    }
}

impl Shard {
    /// The turn of the ring here that is the first to be forgotten.
    pub(crate) fn first(&self) -> u64 {
        self.first.load(Ordering::Relaxed)
    }

    pub(crate) fn publish(
        &self,
        message: &Message,
        table: &Table,
    ) -> Result<Published, PublishError> {
        let mut channels = self.lock();
        let Channels { by_name, turns } = &mut *channels;
        let published = change(by_name, message.destination(), table, |channel| {
            channel.publish(message, turns, table)
        });
        self.first.store(channels.turns.first(), Ordering::Relaxed);
        published
    }

    /// Forgets what the destination remembers that was published to longest ago.
    pub(crate) fn forget_first(&self, table: &Table) {
        let mut channels = self.lock();
        if let Some(destination) = channels.turns.pop() {
            channels.change(&destination, table, |channel| channel.forget(table));
        }
        self.first.store(channels.turns.first(), Ordering::Relaxed);
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Channels> {
        // A panic under the lock would be a fault of ours in one call; the table is changed in
        // steps that each leave it usable, so that the others go on.
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Channels {
    pub(crate) fn get(&self, destination: &Destination) -> Option<&Channel> {
        self.by_name.get(destination)
    }

    /// Changes a destination that may not be there yet, and may not be there afterwards.
    pub(crate) fn change<T>(
        &mut self,
        destination: &Destination,
        table: &Table,
        by: impl FnOnce(&mut Channel) -> T,
    ) -> T {
        change(&mut self.by_name, destination, table, by)
    }
}

fn change<T>(
    channels: &mut HashMap<Destination, Channel>,
    destination: &Destination,
    table: &Table,
    by: impl FnOnce(&mut Channel) -> T,
) -> T {
    if let Some(channel) = channels.get_mut(destination) {
        let result = by(channel);
        if channel.is_empty() {
            channels.remove(destination);
            table.counters.destinations.sub(1);
            // Names that are gone shall not leave their memory behind.
            if channels.len() < channels.capacity() / 4 {
                channels.shrink_to(channels.len() * 2);
            }
        }
        return result;
    }
    let mut channel = Channel::new(destination);
    let result = by(&mut channel);
    if !channel.is_empty() {
        channels.insert(channel.name(), channel);
        table.counters.destinations.add(1);
    }
    result
}
