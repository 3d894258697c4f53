//! Rooms and messages, wherever they come from.
//!
//! Each function is there twice with one signature: on the server it reads the [`Source`] that
//! the server lends, in the browser it asks the server's JSON interface.

#[cfg(any(feature = "hydrate", feature = "csr"))]
mod fetched;
#[cfg(feature = "ssr")]
mod lent;

#[cfg(any(feature = "hydrate", feature = "csr"))]
pub use fetched::{after, create, history, room, rooms};
#[cfg(feature = "ssr")]
pub use lent::{BoxFuture, Source};
#[cfg(feature = "ssr")]
pub use lent::{create, history, room, rooms};

/// How many messages a room is opened with.
pub const HISTORY: u32 = 50;

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
