//! The log of rooms and messages, in SQLite or in PostgreSQL.
//!
//! Everything said in a room is appended here first and told afterwards: [`Store::append`]
//! resolves once the message is on disk and has its place (`seq`) in its room, and the
//! [`Journal`] then hands every stored message on, in the order of the log. One thread writes, in
//! batches that share one disk sync; readers have connections of their own and never wait for it.
//!
//! # Layout
//!
//! - [`Store`]: the handle that the server holds. [`Options`]: its limits, and by its [`Location`]
//!   which engine keeps the log. [`Stats`]: what the writer has done.
//! - [`Keep`]: how much of it is kept. [`Span`]: how much is there.
//! - [`Search`]: finding what was said, by an index of its own that an [`Indexer`] keeps.
//! - [`Journal`]: what was stored, as it is stored.
//! - [`Entry`], [`Appended`], [`Range`]: what goes in and how it is asked for. [`Author`]: who may
//!   change it later. [`Pending`]: what is on its way, and [`Wake`] who is woken by what became of it.
//! - [`OpenError`], [`ReadError`], [`WriteError`], [`CheckError`].
//! - [`dump`]: the whole log as a file of text. [`back_up`]: a copy of a SQLite database in use.
//! - `writer`: the one thread that writes what is in its `queue`, for which it can `gather`
//!   several, over its `session` with the database. `batch` decides what a batch does, from the
//!   `heads` of the rooms in memory, and `change` what it rewrites; none of them does any IO.
//! - `reader`: what is asked of the log, in SQL that both engines know or in the words of each, over
//!   the connections of a `pool`. `row`: from rows to values.
//! - `engine`: one face for `sqlite` and `postgres`, which are how each is opened and written to, and
//!   nothing else knows about them.

pub mod dump;

mod answer;
mod author;
mod backup;
mod batch;
mod bell;
mod change;
mod engine;
mod entry;
mod error;
mod gather;
mod heads;
mod health;
mod journal;
mod keep;
mod location;
mod options;
mod pool;
mod postgres;
mod queue;
mod reader;
mod row;
mod search;
mod session;
mod span;
mod sqlite;
mod store;
mod writer;

pub use answer::{Pending, Wake};
pub use author::Author;
pub use backup::{BackupError, back_up};
pub use entry::{Appended, Entry, Range};
pub use error::{CheckError, OpenError, ReadError, WriteError};
pub use health::Stats;
pub use journal::Journal;
pub use keep::{Keep, SweepError};
pub use location::{Location, LocationError};
pub use options::Options;
pub use search::{Cursor, Found, Hit, Indexer, Query, QueryError, Search};
pub use span::Span;
pub use store::Store;
