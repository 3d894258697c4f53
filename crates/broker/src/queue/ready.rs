//! Whose turn it is.

use std::collections::BTreeMap;
use std::collections::btree_map::OccupiedEntry;

use super::Entry;
use crate::fanout::Key;

/// Those who may have room, in the order of their turns.
#[derive(Debug, Default)]
pub(super) struct Ready {
    /// Those who can be given everything.
    pub(super) for_all: BTreeMap<u64, Key>,
    /// Those who can be given text only.
    for_text: BTreeMap<u64, Key>,
    next_turn: u64,
}

impl Ready {
    /// Gives a consumer the turn after all others, and says which that is.
    pub(super) fn push(&mut self, key: Key, text_only: bool) -> u64 {
        let turn = self.next_turn;
        self.next_turn += 1;
        let ready = if text_only {
            &mut self.for_text
        } else {
            &mut self.for_all
        };
        ready.insert(turn, key);
        turn
    }

    pub(super) fn remove(&mut self, turn: u64) {
        self.for_all.remove(&turn);
        self.for_text.remove(&turn);
    }

    /// The first message that somebody here can take, and whose turn it is.
    pub(super) fn next<'q>(
        &mut self,
        texts: &'q mut BTreeMap<u64, Entry>,
        binaries: &'q mut BTreeMap<u64, Entry>,
    ) -> Option<(Key, OccupiedEntry<'q, u64, Entry>)> {
        let text = texts.first_entry();
        match (text, binaries.first_entry()) {
            (text, Some(binary))
                if !self.for_all.is_empty()
                    && text.as_ref().is_none_or(|text| binary.key() < text.key()) =>
            {
                let (_, key) = self.for_all.pop_first()?;
                Some((key, binary))
            }
            (Some(text), _) => Some((self.pop_first()?, text)),
            (None, _) => None,
        }
    }

    fn pop_first(&mut self) -> Option<Key> {
        let for_all = self.for_all.first_key_value();
        let for_text = self.for_text.first_key_value();
        let first = match (for_all, for_text) {
            (Some((all, _)), Some((text, _))) if text < all => &mut self.for_text,
            (None, Some(_)) => &mut self.for_text,
            _ => &mut self.for_all,
        };
        first.pop_first().map(|(_, key)| key)
    }
}
