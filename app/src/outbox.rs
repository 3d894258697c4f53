//! What was said here and is not yet known to be in the room.

use chat::{MessageId, Text};

use crate::refusal::Reason;

/// Messages on their way, oldest first.
///
/// Each has the id under which it is sent and sent again, so that the server can tell a
/// repetition from a new message. It leaves when it is seen in the room, or is thrown away by who
/// wrote it. The server's receipt alone does not show it to anybody, but it ends the resending:
/// whichever of receipt and message comes first, the row on the page neither blinks nor doubles.
///
/// They go out in order: behind one that was refused the others wait until it is sent again or
/// thrown away.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    pending: Vec<Pending>,
}

/// One message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    pub id: MessageId,
    pub text: Text,
    pub state: State,
    /// It comes from what was kept: its message may stand in the room for long, out of sight.
    restored: bool,
}

/// How far a message has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits to be sent.
    Waiting,
    /// It was sent over the link that stands.
    Sent,
    /// The server has it.
    Received,
    /// The server said no, and this is why.
    Failed(Reason),
}

impl Pending {
    /// A message that has not been sent yet.
    #[must_use]
    pub fn new(id: MessageId, text: Text) -> Self {
        Self {
            id,
            text,
            state: State::Waiting,
            restored: false,
        }
    }
}

impl Outbox {
    /// How many messages may be on their way; more are not taken, which the composer says.
    pub const LIMIT: usize = 50;

    /// How many bytes of text may be on their way: a browser keeps five million letters for a
    /// whole site, and this is one of its rooms.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// Whether another message would be taken.
    #[must_use]
    pub fn has_room(&self, text: &Text) -> bool {
        let bytes: usize = self.pending.iter().map(|p| p.text.as_str().len()).sum();
        self.pending.len() < Self::LIMIT && bytes + text.as_str().len() <= Self::MAX_BYTES
    }

    /// Adds a message behind those that wait.
    pub fn push(&mut self, pending: Pending) {
        self.pending.push(pending);
    }

    /// The next that may be sent over the link that stands; it is taken to be sent.
    pub fn send_next(&mut self) -> Option<Pending> {
        let unsent =
            |pending: &&mut Pending| matches!(pending.state, State::Waiting | State::Failed(_));
        let next = self.pending.iter_mut().find(unsent)?;
        if next.state != State::Waiting {
            return None;
        }
        next.state = State::Sent;
        Some(next.clone())
    }

    /// The link was lost: what has no receipt has to be sent again.
    pub fn unsend(&mut self) {
        for pending in &mut self.pending {
            if pending.state == State::Sent {
                pending.state = State::Waiting;
            }
        }
    }

    /// The server has the message of this id. One that was restored leaves with that, for the
    /// server may have told it before this page was opened.
    pub fn receive(&mut self, id: MessageId) {
        self.mark(id, State::Received);
        self.pending
            .retain(|pending| !pending.restored || pending.state != State::Received);
    }

    /// This became of the message of this id. Returns whether it is one of ours.
    pub fn mark(&mut self, id: MessageId, state: State) -> bool {
        let ours = self.pending.iter_mut().find(|pending| pending.id == id);
        ours.map(|pending| pending.state = state).is_some()
    }

    /// The message of this id stands in the room, or is thrown away. Returns whether it was one
    /// of ours.
    pub fn take(&mut self, id: MessageId) -> bool {
        let before = self.pending.len();
        self.pending.retain(|pending| pending.id != id);
        self.pending.len() != before
    }

    /// All of them, for the page.
    #[must_use]
    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    /// What has to survive the page, as [`restore`](Self::restore) reads it: whatever the server
    /// is not known to have.
    ///
    /// Each message is its id, how many bytes its text has, `:` and the text.
    #[must_use]
    pub fn kept(&self) -> String {
        let mut kept = String::new();
        for Pending {
            id, text, state, ..
        } in &self.pending
        {
            if *state != State::Received {
                let text = text.as_str();
                kept += &format!("{id}{}:{text}", text.len());
            }
        }
        kept
    }

    /// Brings what another page of the same visitor has kept, or this one before it was opened
    /// anew, in line with what is here: what is new comes to the end, and what is there no more
    /// has been sent or thrown away by that page. What cannot be read is ignored.
    pub fn restore(&mut self, mut kept: &str) {
        let mut ids = Vec::new();
        while let Some((mut pending, rest)) = Pending::read(kept) {
            kept = rest;
            pending.restored = true;
            ids.push(pending.id);
            let known = self.pending.iter().any(|known| known.id == pending.id);
            if !known && self.has_room(&pending.text) {
                self.pending.push(pending);
            }
        }
        self.pending
            .retain(|known| known.state == State::Received || ids.contains(&known.id));
    }
}

impl Pending {
    const ID_LEN: usize = 36;

    /// The first of what is kept, and the rest.
    fn read(kept: &str) -> Option<(Self, &str)> {
        let (id, rest) = kept.split_at_checked(Self::ID_LEN)?;
        let (len, rest) = rest.split_once(':')?;
        let (text, rest) = rest.split_at_checked(len.parse().ok()?)?;
        let pending = Self::new(MessageId::parse(id).ok()?, Text::parse(text).ok()?);
        Some((pending, rest))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{i18n::Msg, sample::id};

    fn text(text: &str) -> Text {
        Text::parse(text).unwrap()
    }

    fn outbox(n: u64) -> Outbox {
        let mut outbox = Outbox::default();
        for n in 1..=n {
            outbox.push(Pending::new(id(n), text(&n.to_string())));
        }
        outbox
    }

    fn texts(outbox: &Outbox) -> Vec<&str> {
        outbox.pending().iter().map(|p| p.text.as_str()).collect()
    }

    /// Everything that may go out now, as it goes out.
    fn sent(outbox: &mut Outbox) -> Vec<String> {
        std::iter::from_fn(|| outbox.send_next())
            .map(|pending| pending.text.to_string())
            .collect()
    }

    fn failed() -> State {
        State::Failed(Reason::Kept(Msg::KeptTooMany))
    }

    fn read_again(kept: &str) -> Outbox {
        let mut outbox = Outbox::default();
        outbox.restore(kept);
        outbox
    }

    #[test]
    fn what_has_no_receipt_is_sent_again_in_order() {
        let mut outbox = outbox(3);
        assert_eq!(sent(&mut outbox), ["1", "2", "3"]);
        assert!(outbox.send_next().is_none());
        outbox.receive(id(2));
        outbox.unsend();
        assert_eq!(sent(&mut outbox), ["1", "3"]);
        assert_eq!(outbox.pending().len(), 3);
    }

    #[test]
    fn receipt_and_message_come_in_either_order() {
        let mut receipt_first = outbox(1);
        receipt_first.receive(id(1));
        assert_eq!(receipt_first.pending()[0].state, State::Received);
        assert!(receipt_first.take(id(1)));
        assert!(receipt_first.pending().is_empty());

        let mut message_first = outbox(1);
        assert!(message_first.take(id(1)));
        message_first.receive(id(1));
        assert!(message_first.pending().is_empty());
    }

    #[test]
    fn others_messages_are_not_ours() {
        assert!(!outbox(1).take(id(9)));
        assert!(!outbox(1).mark(id(9), failed()));
    }

    #[test]
    fn behind_a_refused_message_the_others_wait() {
        let mut outbox = outbox(3);
        assert_eq!(sent(&mut outbox), ["1", "2", "3"]);
        assert!(outbox.mark(id(2), failed()));
        outbox.unsend();
        assert_eq!(sent(&mut outbox), ["1"]);

        // Tried again, it goes first; thrown away, the others go.
        let mut retried = outbox.clone();
        retried.mark(id(2), State::Waiting);
        assert_eq!(sent(&mut retried), ["2", "3"]);
        outbox.take(id(2));
        assert_eq!(sent(&mut outbox), ["3"]);
    }

    #[test]
    fn it_is_full_at_its_limit() {
        assert!(outbox(Outbox::LIMIT as u64 - 1).has_room(&text("a")));
        assert!(!outbox(Outbox::LIMIT as u64).has_room(&text("a")));
    }

    #[test]
    fn it_is_full_at_its_bytes() {
        let longest = text(&"🙂".repeat(Text::MAX_CHARS));
        let mut outbox = Outbox::default();
        let mut left = Outbox::MAX_BYTES;
        while left >= longest.as_str().len() {
            assert!(outbox.has_room(&longest));
            left -= longest.as_str().len();
            outbox.push(Pending::new(id(left as u64), longest.clone()));
        }
        assert!(outbox.has_room(&text(&"a".repeat(left.min(Text::MAX_CHARS)))));
        assert!(!outbox.has_room(&longest));
    }

    #[test]
    fn what_is_kept_comes_back_in_order_and_is_to_be_sent() {
        let mut before = outbox(4);
        assert_eq!(sent(&mut before).len(), 4);
        before.receive(id(1));
        before.mark(id(3), failed());
        let mut after = read_again(&before.kept());
        assert_eq!(sent(&mut after), ["2", "3", "4"]);
        assert_eq!(after.pending()[0].id, id(2));
    }

    #[test]
    fn what_another_page_has_sent_or_thrown_away_is_not_sent_here() {
        let mut here = outbox(3);
        here.receive(id(1));
        let mut there = outbox(3);
        there.take(id(1));
        there.take(id(2));
        there.push(Pending::new(id(9), text("9")));
        here.restore(&there.kept());
        // The first is there no more because this page has seen to it: its message is to come.
        assert_eq!(texts(&here), ["1", "3", "9"]);
        assert_eq!(sent(&mut here), ["3", "9"]);
    }

    #[test]
    fn what_was_restored_leaves_with_its_receipt() {
        let mut outbox = read_again(&outbox(2).kept());
        outbox.receive(id(1));
        assert_eq!(texts(&outbox), ["2"]);
    }

    #[test]
    fn nothing_kept_is_nothing_to_send() {
        let mut outbox = outbox(2);
        outbox.restore("");
        assert!(outbox.pending().is_empty());
    }

    #[test]
    fn more_than_fits_is_not_taken_from_what_is_kept() {
        let kept = outbox(Outbox::LIMIT as u64 + 10).kept();
        assert_eq!(read_again(&kept).pending().len(), Outbox::LIMIT);
    }

    #[test]
    fn what_is_torn_or_foreign_ends_what_is_read() {
        let kept = outbox(2).kept();
        assert_eq!(texts(&read_again(&kept[..kept.len() - 1])), ["1"]);
        for foreign in ["[]", "{\"a\":1}", "99:x", "가나다라마바사아자차카타파하"] {
            assert!(read_again(foreign).pending().is_empty(), "{foreign}");
        }
        let id = id(1);
        for torn in [
            "",
            "1",
            ":",
            "-1:a",
            "2:가",
            "99999999999999999999:a",
            "3:   ",
            "0:",
        ] {
            assert!(
                read_again(&format!("{id}{torn}")).pending().is_empty(),
                "{torn}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back_letter_for_letter(said in proptest::collection::vec("(?s).{1,40}", 0..5)) {
            let mut before = Outbox::default();
            for (n, said) in (1..).zip(&said) {
                if let Ok(text) = Text::parse(said) {
                    before.push(Pending::new(id(n), text));
                }
            }
            let after = read_again(&before.kept());
            prop_assert_eq!(texts(&before), texts(&after));
        }

        #[test]
        fn nothing_that_is_kept_panics(kept in "(?s).{0,200}") {
            read_again(&kept);
        }
    }
}
