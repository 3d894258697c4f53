//! Reading and rewriting lines that are changed.

use chat::Change;

use super::link::Writing;
use crate::change::{Place, Rewrite, Target};
use crate::row;

impl Writing<'_> {
    /// The line in this place, if it exists.
    pub(crate) async fn target(&mut self, place: Place) -> Result<Option<Target>, sqlx::Error> {
        let sql = format!(
            "SELECT {} FROM message WHERE room = ? AND seq = ?",
            row::TARGET
        );
        let script = self.script().add(&sql);
        script.bind(place.0)?.bind(row::number(place.1))?;
        let rows = self.fetch().await?;
        rows.first().map(|row| row::target(row)).transpose()
    }

    pub(super) fn rewrite(&mut self, rewrites: &[Rewrite]) -> Result<(), sqlx::Error> {
        for rewrite in rewrites {
            let (script, (room, seq)) = match rewrite {
                Rewrite::Changes(place, change) => {
                    let sql = match change {
                        Change::Edits(_) => {
                            "UPDATE message SET edits = ? WHERE room = ? AND seq = ?"
                        }
                        Change::Deletes(_) => {
                            "UPDATE message SET deletes = ? WHERE room = ? AND seq = ?"
                        }
                    };
                    let script = self.script().add(sql);
                    (script.bind(row::number(change.target()))?, place)
                }
                Rewrite::Text(place, text, at, by) => {
                    let script = self.script().add(
                        "UPDATE message SET message = ?, edited_at = ?, edited_by = ? \
                         WHERE room = ? AND seq = ?",
                    );
                    script
                        .bind(text.as_str())?
                        .bind(row::millis(*at))?
                        .bind(row::number(*by))?;
                    (script, place)
                }
                Rewrite::Stone(place) => {
                    let script = self.script().add(
                        "UPDATE message SET message = '', deleted = 1, edited_at = NULL, \
                         edited_by = NULL WHERE room = ? AND seq = ?",
                    );
                    (script, place)
                }
            };
            script.bind(*room)?.bind(row::number(*seq))?;
        }
        Ok(())
    }
}
