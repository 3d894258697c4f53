//! Who speaks over one STOMP session.

use std::collections::HashSet;

use chat::{Refusal, Sender};

use super::presence::{ConnectionId, Place};

/// A session's person. Who signs in with nothing is who his first `sender` says, for as long
/// as the session lives.
#[derive(Debug)]
pub(crate) struct Speaker {
    pub(super) connection: ConnectionId,
    pub(super) name: Option<Sender>,
    /// Where the person is present by this connection.
    pub(super) places: HashSet<Place>,
}

impl Speaker {
    pub(crate) fn new(connection: ConnectionId) -> Self {
        Self {
            connection,
            name: None,
            places: HashSet::new(),
        }
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
        let mut speaker = Speaker::new(ConnectionId(1));
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
