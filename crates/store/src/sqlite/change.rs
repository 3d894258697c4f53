//! Reading and rewriting lines that are changed.

use chat::Change;
use rusqlite::params;

use super::link::Writing;
use super::place::place;
use crate::change::{Place, Rewrite, Target};
use crate::row;

impl Writing<'_> {
    /// The line in this place, if it exists.
    pub(crate) fn target(&mut self, (room, seq): Place) -> Result<Option<Target>, sqlx::Error> {
        let sql = format!("SELECT {} FROM message WHERE place = ?", row::TARGET);
        match place(room, seq) {
            Ok(place) => self.one(&sql, params![place], |row| row::target(row)),
            // Nothing can be there.
            Err(_) => Ok(None),
        }
    }

    pub(super) fn rewrite(&mut self, rewrite: &Rewrite) -> Result<(), sqlx::Error> {
        match rewrite {
            Rewrite::Changes((room, seq), change) => {
                let sql = match change {
                    Change::Edits(_) => "UPDATE message SET edits = ? WHERE place = ?",
                    Change::Deletes(_) => "UPDATE message SET deletes = ? WHERE place = ?",
                };
                let target = row::number(change.target());
                self.execute(sql, params![target, place(*room, *seq)?])
            }
            Rewrite::Text((room, seq), text, at, by) => self.execute(
                "UPDATE message SET message = ?, edited_at = ?, edited_by = ? \
                 WHERE place = ?",
                params![
                    text.as_str(),
                    row::millis(*at),
                    row::number(*by),
                    place(*room, *seq)?
                ],
            ),
            Rewrite::Stone((room, seq)) => self.execute(
                "UPDATE message SET message = '', deleted = 1, edited_at = NULL, \
                 edited_by = NULL WHERE place = ?",
                params![place(*room, *seq)?],
            ),
        }
    }
}
