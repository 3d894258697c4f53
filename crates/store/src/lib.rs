//! The log of rooms and messages.
//!
//! Everything said in a room is appended here first and told afterwards: [`Store::append`]
//! resolves once the message is on disk and has its place (`seq`) in its room, and the
//! [`Journal`] then hands every stored message on, in the order of the log. One task writes, in
//! batches that share one disk sync; readers have connections of their own and never wait for it.
//!
//! # Layout
//!
//! - [`Store`]: the handle that the server holds. [`Options`]: where the log lies, its limits.
//! - [`Journal`]: what was stored, as it is stored.
//! - [`Entry`], [`Appended`], [`Range`]: what goes in and how it is asked for.
//! - [`OpenError`], [`ReadError`], [`WriteError`].
//! - `writer`: the one task that writes. `batch` decides what a batch does, from the `heads` of
//!   the rooms in memory; neither does any IO.
//! - `sqlite`: the SQL, and nothing else that knows about SQLite.

mod batch;
mod entry;
mod error;
mod heads;
mod journal;
mod options;
mod sqlite;
mod store;
mod writer;

pub use entry::{Appended, Entry, Range};
pub use error::{OpenError, ReadError, WriteError};
pub use journal::Journal;
pub use options::Options;
pub use store::{Pending, PendingAll, Store};
