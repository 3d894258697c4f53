//! What worked before, on this device and for this origin.

use leptos::prelude::window;

use crate::transport::Record;

const KEY: &str = "roomside.transport";

/// What was kept, if it can be read.
pub(super) fn recall() -> Option<Record> {
    let storage = window().local_storage().ok()??;
    Record::parse(&storage.get_item(KEY).ok()??)
}

/// Keeps it, or that nothing is known any more.
pub(super) fn keep(record: Option<Record>) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A full or forbidden storage costs the next page some seconds, no more.
        let _ = match record {
            Some(record) => storage.set_item(KEY, &record.to_string()),
            None => storage.remove_item(KEY),
        };
    }
}
