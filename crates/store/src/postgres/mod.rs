//! The log in PostgreSQL: one connection that writes, several that read.
//!
//! Several servers may write into one log. Each of their transactions begins by locking the one
//! row of `log`, so that they write one after the other, and sees there who wrote before it.
//!
//! - `database`: opening, migrating, and the settings of each connection.
//! - `link`: the writer's connection and its transactions.
//! - `reader`: the readers' connections and their queries.
//! - `change`: lines that are rewritten. `span`: those that are kept, and those let go.
//!   `carry`: with all that the log has of them.
//! - `row`: from rows to values. `away`: errors that pass by themselves.

mod away;
mod carry;
mod change;
mod database;
mod link;
mod reader;
mod row;
mod span;

pub(crate) use away::is_away;
pub(crate) use database::Database;
pub(crate) use link::{Link, Writing};
pub(crate) use reader::Reader;
