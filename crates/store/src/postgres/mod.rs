//! The log in PostgreSQL: one connection that writes, several that read.
//!
//! Several servers may write into one log. Each of their transactions begins by locking the one
//! row of `log`, so that they write one after the other, and sees there who wrote before it.
//!
//! - `database`: opening, migrating, and the settings of each connection.
//! - `link`: the writer's connection and its transactions.
//! - `change`: lines that are rewritten. `forget`: lines that are let go.
//! - `cells`: what is in a row. `away`: errors that pass by themselves.

mod away;
mod cells;
mod change;
mod database;
mod forget;
mod link;

pub(crate) use away::is_away;
pub(crate) use database::Database;
pub(crate) use link::{Link, Writing};

/// The last time that each sender came into each room or left it.
pub(crate) const LAST_STEPS: &str = "SELECT DISTINCT ON (room, sender) room, sender, kind \
     FROM message WHERE kind <> 'TALK' ORDER BY room, sender, seq DESC";
