//! Where a message can be written without waking the session that it is for.

use std::fmt::Debug;

use bytes::Bytes;

/// What one message looks like on a wire: appends it, with whatever stands around it there.
pub type Framing = fn(message: &Bytes, wire: &mut Vec<u8>);

/// The way to one session's peer, for others than the session.
///
/// A session that waits for nothing but messages need not be woken for them: handing a frame to
/// the operating system takes less time than waking a task does. Such a session
/// [lends](crate::Inbox::lend) its outlet, and takes it back before it says anything itself.
pub trait Outlet: Debug + Send + Sync {
    /// How messages look on this wire. Outlets with the same framing are given the same bytes.
    fn framing(&self) -> Framing;

    /// Writes bytes as they are, without waiting. What the outlet keeps of them is to be a part of
    /// `wire`: others may keep the same bytes, and those that are kept count among what waits.
    fn write(&self, wire: &Bytes) -> Written;
}

/// What became of bytes that were given to an [`Outlet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// They are on their way.
    All,
    /// Some are on their way; the outlet keeps the others and writes them before anything else,
    /// as soon as its session is woken and the peer takes more.
    Some,
    /// None were taken, and the outlet has not kept them: it is the session's turn.
    None,
}
