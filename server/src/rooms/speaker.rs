//! Who speaks over one STOMP session.

use std::collections::HashSet;

use chat::message::Content;
use chat::{Refusal, Sender};
use store::Author;

use super::Said;
use super::presence::{ConnectionId, Place};

/// A session's person. Who signs in with nothing is who his first `sender` says, for as long
/// as the session lives.
#[derive(Debug)]
pub(crate) struct Speaker {
    pub(super) connection: ConnectionId,
    pub(super) name: Option<Sender>,
    /// Who may change later what is said here.
    pub(super) author: Author,
    /// Where the person is present by this connection.
    pub(super) places: HashSet<Place>,
    max_places: usize,
}

impl Speaker {
    /// Somebody who may be present in so many rooms at a time.
    pub(crate) fn new(connection: ConnectionId, max_places: usize) -> Self {
        Self {
            connection,
            name: None,
            author: Author::unknown(),
            places: HashSet::new(),
            max_places,
        }
    }

    /// Takes the secret of CONNECT, by which a later session is known to be the same author.
    /// Without one, nobody else ever is.
    pub(crate) fn prove(&mut self, key: &str) -> Result<(), Refusal> {
        self.author = Author::of_key(key).ok_or(Refusal::AuthorKeyInvalid)?;
        Ok(())
    }

    /// Whether the rooms that `said` enters are no more than this session may be in.
    pub(crate) fn may_enter(&self, said: &[Said]) -> bool {
        let entered: HashSet<_> = said
            .iter()
            .filter(|one| one.draft.content == Content::Enter)
            .map(|one| Place {
                room: one.draft.room.clone(),
                sender: one.draft.sender.clone(),
            })
            .filter(|place| !self.places.contains(place))
            .collect();
        entered.is_empty() || self.places.len() + entered.len() <= self.max_places
    }

    /// Whether there is room for one more place that is not entered by word.
    pub(super) fn may_be_elsewhere(&self) -> bool {
        self.places.len() < self.max_places
    }

    /// Checks the `sender` that a SEND claims against who this is.
    pub(super) fn claim(&mut self, sender: &Sender) -> Result<(), Refusal> {
        match &self.name {
            None => {
                self.name = Some(sender.clone());
                Ok(())
            }
            Some(name) if name == sender => Ok(()),
            Some(_) => Err(Refusal::SenderChanged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_is_kept() {
        let mut speaker = Speaker::new(ConnectionId(1), 1);
        let (a, b) = (
            Sender::parse("철수").unwrap(),
            Sender::parse("영희").unwrap(),
        );
        assert_eq!(speaker.claim(&a), Ok(()));
        assert_eq!(speaker.claim(&a), Ok(()));
        assert_eq!(speaker.claim(&b), Err(Refusal::SenderChanged));
        assert_eq!(speaker.claim(&a), Ok(()));
    }
}
