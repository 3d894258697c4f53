//! Reading and rewriting lines that are changed.

use std::collections::HashMap;

use chat::{Change, Seq};
use sqlx::Row as _;

use super::link::Writing;
use super::row;
use crate::Author;
use crate::change::{Place, Rewrite, Target};

impl Writing<'_> {
    /// Those of the lines that exist. Changes are rare beside lines, so they are asked for one by
    /// one.
    pub(crate) async fn targets(
        &mut self,
        places: &[Place],
    ) -> Result<HashMap<Place, Target>, sqlx::Error> {
        let mut targets = HashMap::with_capacity(places.len());
        for place in places {
            let row = sqlx::query(
                "SELECT kind <> 'TALK' OR edits IS NOT NULL OR deletes IS NOT NULL OR deleted, \
                 author, edited_by FROM message WHERE room = ? AND seq = ?",
            )
            .bind(place.0)
            .bind(row::number(place.1))
            .fetch_optional(&mut *self.transaction)
            .await?;
            if let Some(row) = row {
                let author: Option<&[u8]> = row.try_get(1)?;
                let edited_by: Option<i64> = row.try_get(2)?;
                let target = Target {
                    fixed: row.try_get(0)?,
                    author: author.and_then(Author::from_bytes),
                    edited_by: edited_by.map(|seq| Seq(seq.unsigned_abs())),
                };
                targets.insert(*place, target);
            }
        }
        Ok(targets)
    }

    pub(super) async fn rewrite(&mut self, rewrites: &[Rewrite]) -> Result<(), sqlx::Error> {
        for rewrite in rewrites {
            let query = match rewrite {
                Rewrite::Changes((room, seq), change) => {
                    let sql = match change {
                        Change::Edits(_) => {
                            "UPDATE message SET edits = ? WHERE room = ? AND seq = ?"
                        }
                        Change::Deletes(_) => {
                            "UPDATE message SET deletes = ? WHERE room = ? AND seq = ?"
                        }
                    };
                    sqlx::query(sql)
                        .bind(row::number(change.target()))
                        .bind(*room)
                        .bind(row::number(*seq))
                }
                Rewrite::Text((room, seq), text, at, by) => sqlx::query(
                    "UPDATE message SET message = ?, edited_at = ?, edited_by = ? \
                     WHERE room = ? AND seq = ?",
                )
                .bind(text.as_str())
                .bind(row::millis(*at))
                .bind(row::number(*by))
                .bind(*room)
                .bind(row::number(*seq)),
                Rewrite::Stone((room, seq)) => sqlx::query(
                    "UPDATE message SET message = '', deleted = 1, edited_at = NULL, \
                     edited_by = NULL WHERE room = ? AND seq = ?",
                )
                .bind(*room)
                .bind(row::number(*seq)),
            };
            query.execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}
