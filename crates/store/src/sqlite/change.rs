//! Reading and rewriting lines that are changed.

use std::collections::HashMap;

use chat::Change;

use super::link::Writing;
use crate::change::{Place, Rewrite, Target};
use crate::row;

impl Writing<'_> {
    /// Those of the lines that exist. Changes are rare beside lines, so they are asked for one by
    /// one.
    pub(crate) async fn targets(
        &mut self,
        places: &[Place],
    ) -> Result<HashMap<Place, Target>, sqlx::Error> {
        let sql = format!(
            "SELECT {} FROM message WHERE room = ? AND seq = ?",
            row::TARGET
        );
        let mut targets = HashMap::with_capacity(places.len());
        for place in places {
            let script = self.script().add(&sql);
            script.bind(place.0)?.bind(row::number(place.1))?;
            if let Some(row) = self.fetch().await?.first() {
                targets.insert(*place, row::target(row)?);
            }
        }
        Ok(targets)
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
