//! What is being written, and is not said yet.

use chat::Text;
use leptos::prelude::*;

use super::Visit;
use crate::host;

impl Visit {
    /// What stood in the box when this tab last had the room open; empty if that was nothing.
    #[must_use]
    pub fn draft(self) -> String {
        let key = self.draft_key();
        key.and_then(|key| host::draft(&key)).unwrap_or_default()
    }

    /// Keeps what stands in the box, or its beginning where that is more than a message can hold.
    pub fn keep_draft(self, written: &str) {
        if let Some(key) = self.draft_key() {
            host::keep_draft(&key, beginning(written));
        }
    }

    /// Whatever the visitor is called: without a nickname one may begin to write, too.
    fn draft_key(self) -> Option<String> {
        self.room
            .try_with_value(|room| format!("roomside.draft/{room}"))
    }
}

/// As much as a message can hold.
fn beginning(written: &str) -> &str {
    let end = written.char_indices().nth(Text::MAX_CHARS);
    end.map_or(written, |(end, _)| &written[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_is_longer_than_a_message_the_beginning_is_kept() {
        let full = "말".repeat(Text::MAX_CHARS);
        assert_eq!(beginning(&full), full);
        assert_eq!(beginning(&format!("{full}!")), full);
        assert_eq!(beginning(""), "");
    }
}
