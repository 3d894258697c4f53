//! What the page asks of the link.

use chat::{MessageId, Text, message::Content};

/// What the page asks of the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Outbox(Act),
    /// Edits or deletes something that was said.
    Change(Content),
    Wake(Waker),
    /// The browser says that it is offline: whether the server can still be reached has to be
    /// found out.
    Doubt,
    /// The page is put away, and may come back as it was.
    Hide,
    /// The visitor leaves the room.
    Leave,
}

/// What the visitor does with what is to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Say(Text),
    /// Send again what has failed.
    Retry(MessageId),
    /// Throw away what has failed.
    Discard(MessageId),
}

/// Who wants the link to be tried at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waker {
    /// The visitor, by the button.
    Visitor,
    /// The browser: the page is visible again.
    Browser,
    /// The browser: it is online again, perhaps in another network.
    Network,
}
