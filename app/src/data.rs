//! Rooms and messages, wherever they come from.
//!
//! Each function is there twice with one signature: on the server it reads the [`Source`] that
//! the server lends, in the browser it asks the server's JSON interface.

use chat::Seq;

#[cfg(any(feature = "hydrate", feature = "csr"))]
mod fetched;
#[cfg(feature = "ssr")]
mod lent;

#[cfg(any(feature = "hydrate", feature = "csr"))]
pub use fetched::{create, kept, page, room, rooms};
#[cfg(feature = "ssr")]
pub use lent::{BoxFuture, NotFound, Source};
#[cfg(feature = "ssr")]
pub use lent::{create, page, room, rooms};

/// How many messages a room is opened with, and how many are read at once later.
pub const HISTORY: u32 = 50;

/// Which messages of a room to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Newest,
    /// What comes just before this message.
    Before(Seq),
    /// What follows this message.
    After(Seq),
    /// This message with what comes before and after, half and half; near an end of the log the
    /// page is moved so that it is as full as it can be.
    Around(Seq),
}

/// Why rooms or messages could not be read. Visitors are told no more than that; the server's
/// insides belong in the server's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The store failed; the server has logged why.
    #[error("the server cannot read its store at the moment")]
    Unavailable,
    /// The request did not get through.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The answer is not what it should be: another version of the server, or a proxy's page.
    #[error("the server's answer cannot be understood")]
    Unreadable,
}

/// Why a room could not be created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    /// The server says no, and this is why.
    #[error("refused: {}", .0.message)]
    Refused(chat::Problem),
    #[error(transparent)]
    Failed(#[from] LoadError),
}
