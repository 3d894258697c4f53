//! What is kept on this device, for this origin.

use super::conversation::new_id;

use crate::{host, transport::Record};

const KEY: &str = "roomside.transport";

/// The secret by which the server knows this browser's messages again.
const AUTHOR: &str = "roomside.author";

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

/// The secret, made when it is first asked for. `None` where nothing can be kept: then the author
/// is forgotten with the connection.
pub(super) fn author_key() -> Option<String> {
    let kept = host::kept(AUTHOR)?;
    if !kept.is_empty() {
        return Some(kept);
    }
    // Of each id 74 bits are random.
    let key = format!("{}{}", new_id().0.simple(), new_id().0.simple());
    host::keep(AUTHOR, &key).then_some(key)
}
