//! What is kept on this device, for this origin.

use chat::MessageId;

use super::conversation::new_id;
use crate::{author, host, transport::Record};

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

/// An id for a message of this browser's, by which [`has_written`] knows it again.
pub(super) fn own_id() -> MessageId {
    let id = new_id();
    author_key().map_or(id, |key| author::sign(id, &key))
}

/// Whether this browser has sent the message of this id, and may change it.
pub(crate) fn has_written(id: MessageId) -> bool {
    host::kept(AUTHOR).is_some_and(|key| author::is_signed(id, &key))
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
