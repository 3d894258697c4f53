//! Reading the log on, in either direction.

use std::{mem, time::Duration};

use chat::RoomMessage;
use leptos::prelude::*;

use super::Visit;
use crate::data::{HISTORY, LoadError, Place};

/// After so long the log may be read on, where that failed.
const READ_AGAIN: Duration = Duration::from_secs(2);

impl Visit {
    /// Whether another page of the log may be read now; then it has to be handed to
    /// [`read`](Self::read).
    #[must_use]
    pub fn begin_reading(self) -> bool {
        let busy = self
            .reading
            .try_update_value(|busy| mem::replace(busy, true));
        busy == Some(false)
    }

    /// Takes a page of the log that was read in this place.
    pub fn read(self, place: Place, page: Result<Vec<RoomMessage>, LoadError>) {
        let Ok(page) = page else {
            // Whoever goes on scrolling meanwhile asks for nothing.
            set_timeout(move || self.end_reading(), READ_AGAIN);
            return;
        };
        let last = page.len() < HISTORY as usize;
        self.rows_will_change();
        self.log.try_update(|log| {
            for message in page {
                log.apply(message);
            }
        });
        if last && matches!(place, Place::Before(_)) {
            let first = self.log.try_with_untracked(|log| log.first());
            self.oldest.try_set(first.unwrap_or_default());
        } else if last {
            self.live.try_set(true);
        }
        self.end_reading();
    }

    fn end_reading(self) {
        self.reading.try_set_value(false);
    }
}
