//! The log in SQLite: one file, one connection that writes, several that read.
//!
//! - `database`: opening, migrating, and the settings of each connection.
//! - `link`: the writer's connection and its transactions.
//! - `reader`: the readers' connections and their queries.
//! - `change`: lines that are rewritten. `span`: those that are kept, and those let go.
//!   `carry`: with all that the log has of them.
//! - `script`: statements that go to SQLite together. `shape`: statements for many rows at once.
//! - `row`: from rows to values. `whole`: files cut short.

mod carry;
mod change;
mod database;
mod link;
mod reader;
mod row;
mod script;
mod shape;
mod span;
mod whole;

pub(crate) use database::Database;
pub(crate) use link::{Link, Writing};
pub(crate) use reader::Reader;
