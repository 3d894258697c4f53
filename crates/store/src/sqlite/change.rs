//! Reading and rewriting lines that are changed.

use chat::Change;
use rusqlite::params;

use super::link::Writing;
use crate::change::{Place, Rewrite, Target};
use crate::row;

impl Writing<'_> {
    /// The line in this place, if it exists.
    pub(crate) fn target(&mut self, (room, seq): Place) -> Result<Option<Target>, sqlx::Error> {
        let sql = format!(
            "SELECT {} FROM message WHERE room = ? AND seq = ?",
            row::TARGET
        );
        self.one(&sql, params![room, row::number(seq)], |row| {
            row::target(row)
        })
    }

    pub(super) fn rewrite(&mut self, rewrite: &Rewrite) -> Result<(), sqlx::Error> {
        match rewrite {
            Rewrite::Changes((room, seq), change) => {
                let sql = match change {
                    Change::Edits(_) => "UPDATE message SET edits = ? WHERE room = ? AND seq = ?",
                    Change::Deletes(_) => {
                        "UPDATE message SET deletes = ? WHERE room = ? AND seq = ?"
                    }
                };
                let target = row::number(change.target());
                self.execute(sql, params![target, room, row::number(*seq)])
            }
            Rewrite::Text((room, seq), text, at, by) => self.execute(
                "UPDATE message SET message = ?, edited_at = ?, edited_by = ? \
                 WHERE room = ? AND seq = ?",
                params![
                    text.as_str(),
                    row::millis(*at),
                    row::number(*by),
                    room,
                    row::number(*seq)
                ],
            ),
            Rewrite::Stone((room, seq)) => self.execute(
                "UPDATE message SET message = '', deleted = 1, edited_at = NULL, \
                 edited_by = NULL WHERE room = ? AND seq = ?",
                params![room, row::number(*seq)],
            ),
        }
    }
}
