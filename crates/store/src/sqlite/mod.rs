//! The log in SQLite: one file, one connection that writes, several that read.
//!
//! - `database`: opening, migrating, and the settings of each connection.
//! - `link`: the writer's connection and its transactions.
//! - `change`: lines that are rewritten. `forget`: lines that are let go.
//! - `cells`: what is in a row. `fault`: what SQLite says. `whole`: files cut short.

mod cells;
mod change;
mod database;
mod fault;
mod forget;
mod link;
mod whole;

pub(crate) use database::Database;
pub(crate) use link::{Link, Writing};

/// The last time that each sender came into each room or left it: with `max`, SQLite takes the other
/// columns from the row that has it. <https://www.sqlite.org/lang_select.html#bareagg>
pub(crate) const LAST_STEPS: &str = "SELECT room, sender, kind, max(seq) FROM message \
     WHERE kind <> 'TALK' GROUP BY room, sender";
