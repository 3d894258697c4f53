//! What worked before, on this device and for this origin.

use crate::{host, transport::Record};

const KEY: &str = "roomside.transport";

/// What was kept, if it can be read.
pub(super) fn recall() -> Option<Record> {
    Record::parse(&host::kept(KEY)?)
}

/// Keeps it, or that nothing is known any more.
pub(super) fn keep(record: Option<Record>) {
    // A full or forbidden storage costs the next page some seconds, no more.
    host::keep(
        KEY,
        &record.map(|record| record.to_string()).unwrap_or_default(),
    );
}
