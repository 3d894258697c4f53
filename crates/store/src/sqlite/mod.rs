//! The log in SQLite: one file, one connection that writes, several that read.
//!
//! - `database`: opening, migrating, and the settings of each connection.
//! - `link`: the writer's connection and its transactions.
//! - `change`: lines that are rewritten. `forget`: lines that are let go.
//! - `query`: what readers ask. `place`: where a message stands.
//! - `cells`: what is in a row. `fault`: what SQLite says. `whole`: files cut short.

mod cells;
mod change;
mod database;
mod fault;
mod forget;
mod link;
mod place;
mod query;
mod whole;

pub(crate) use database::Database;
pub(crate) use link::{Link, Writing};
pub(crate) use query::{LAST_STEPS, lines, spans};
