//! Which rooms have changed, for whoever follows all of them.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chat::RoomId;
use tokio::sync::Notify;

/// Remembers every room that has changed until somebody asks; that is a set, and so no longer than
/// there are rooms. It remembers nothing before [`listen`](Self::listen).
#[derive(Debug, Default)]
pub(crate) struct Bell {
    changed: Mutex<Option<HashSet<RoomId>>>,
    rung: Notify,
}

impl Bell {
    /// Begins to remember.
    pub(crate) fn listen(&self) {
        self.lock().get_or_insert_default();
    }

    /// These have changed. It is called after they have, so that whoever hears it reads the change.
    pub(crate) fn ring<'r>(&self, rooms: impl IntoIterator<Item = &'r RoomId>) {
        let mut changed = self.lock();
        let Some(changed) = changed.as_mut() else {
            return;
        };
        for room in rooms {
            if !changed.contains(room) {
                changed.insert(room.clone());
            }
        }
        self.rung.notify_one();
    }

    /// What has changed since this was last asked; possibly nothing.
    pub(crate) fn take(&self) -> HashSet<RoomId> {
        self.lock().as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Whether something has changed since this was last asked.
    pub(crate) fn has_rung(&self) -> bool {
        self.lock()
            .as_ref()
            .is_some_and(|changed| !changed.is_empty())
    }

    /// Waits until something has changed. Cancel safe.
    pub(crate) async fn wait(&self) {
        self.rung.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Option<HashSet<RoomId>>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
