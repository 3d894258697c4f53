//! The log in PostgreSQL: one connection that writes, several that read.
//!
//! Several servers may write into one log. Each of their transactions begins by locking the one
//! row of `log`, so that they write one after the other, and sees there who wrote before it.
//!
//! - `database`: opening, migrating, and the settings of each connection.
//! - `link`: the writer's connection and its transactions.
//! - `change`: lines that are rewritten. `forget`: lines that are let go.
//! - `query`: what readers ask.
//! - `cells`: what is in a row. `away`: errors that pass by themselves.

mod away;
mod cells;
mod change;
mod database;
mod forget;
mod link;
mod query;

pub(crate) use away::is_away;
pub(crate) use database::Database;
pub(crate) use link::{Link, Writing};
pub(crate) use query::{LAST_STEPS, lines, spans};
