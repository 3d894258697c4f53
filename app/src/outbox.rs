//! What was said here and is not yet known to be in the room.

use chat::{MessageId, Text};

/// Messages on their way, oldest first.
///
/// Each has the id under which it is sent and sent again, so that the server can tell a
/// repetition from a new message. It leaves when it is seen in the room, or is refused. The
/// server's receipt alone does not show it to anybody, but it ends the resending: whichever of
/// receipt and message comes first, the row on the page neither blinks nor doubles.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    pending: Vec<Pending>,
}

/// One message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    pub id: MessageId,
    pub text: Text,
    /// The server has it.
    received: bool,
}

impl Pending {
    /// A message that has not been sent yet.
    #[must_use]
    pub fn new(id: MessageId, text: Text) -> Self {
        Self {
            id,
            text,
            received: false,
        }
    }
}

impl Outbox {
    /// How many messages may be on their way; more are not taken, which the composer says.
    pub const LIMIT: usize = 50;

    /// Whether another message would be taken.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.pending.len() < Self::LIMIT
    }

    /// Adds a message behind those that wait.
    pub fn push(&mut self, pending: Pending) {
        self.pending.push(pending);
    }

    /// The server has the message of this id: it need not be sent again.
    pub fn receive(&mut self, id: MessageId) {
        if let Some(pending) = self.pending.iter_mut().find(|pending| pending.id == id) {
            pending.received = true;
        }
    }

    /// The message of this id stands in the room. Returns whether it was one of ours.
    pub fn settle(&mut self, id: MessageId) -> bool {
        self.take(id).is_some()
    }

    /// The server will not have the message of this id: its text, to be given back.
    pub fn refuse(&mut self, id: MessageId) -> Option<Text> {
        self.take(id).map(|pending| pending.text)
    }

    /// What has to be sent again over a new link, in order.
    pub fn unreceived(&self) -> impl Iterator<Item = &Pending> {
        self.pending.iter().filter(|pending| !pending.received)
    }

    /// All of them, for the page.
    #[must_use]
    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    fn take(&mut self, id: MessageId) -> Option<Pending> {
        let place = self.pending.iter().position(|pending| pending.id == id)?;
        Some(self.pending.remove(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::id;

    fn outbox(n: u64) -> Outbox {
        let mut outbox = Outbox::default();
        for n in 1..=n {
            outbox.push(Pending::new(id(n), Text::parse(&n.to_string()).unwrap()));
        }
        outbox
    }

    fn to_resend(outbox: &Outbox) -> Vec<&str> {
        outbox.unreceived().map(|p| p.text.as_str()).collect()
    }

    #[test]
    fn what_has_no_receipt_is_sent_again_in_order() {
        let mut outbox = outbox(3);
        outbox.receive(id(2));
        assert_eq!(to_resend(&outbox), ["1", "3"]);
        assert_eq!(outbox.pending().len(), 3);
    }

    #[test]
    fn receipt_and_message_come_in_either_order() {
        let mut receipt_first = outbox(1);
        receipt_first.receive(id(1));
        assert!(receipt_first.settle(id(1)));
        assert!(receipt_first.pending().is_empty());

        let mut message_first = outbox(1);
        assert!(message_first.settle(id(1)));
        message_first.receive(id(1));
        assert!(message_first.pending().is_empty());
    }

    #[test]
    fn others_messages_are_not_ours() {
        assert!(!outbox(1).settle(id(9)));
    }

    #[test]
    fn a_refused_text_is_given_back_once() {
        let mut outbox = outbox(2);
        assert_eq!(outbox.refuse(id(1)).unwrap().as_str(), "1");
        assert_eq!(outbox.refuse(id(1)), None);
        assert_eq!(to_resend(&outbox), ["2"]);
    }

    #[test]
    fn it_is_full_at_its_limit() {
        assert!(outbox(Outbox::LIMIT as u64 - 1).has_room());
        assert!(!outbox(Outbox::LIMIT as u64).has_room());
    }
}
