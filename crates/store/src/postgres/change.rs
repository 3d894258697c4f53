//! Reading and rewriting lines that are changed.

use std::collections::HashMap;

use chat::Change;
use sqlx::AssertSqlSafe;

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
            "SELECT {} FROM message WHERE room = $1 AND seq = $2",
            row::TARGET
        );
        let mut targets = HashMap::with_capacity(places.len());
        for place in places {
            let row = sqlx::query(AssertSqlSafe(sql.as_str()))
                .bind(place.0)
                .bind(row::number(place.1))
                .fetch_optional(&mut *self.transaction)
                .await?;
            if let Some(row) = row {
                targets.insert(*place, row::target(&row)?);
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
                            "UPDATE message SET edits = $1 WHERE room = $2 AND seq = $3"
                        }
                        Change::Deletes(_) => {
                            "UPDATE message SET deletes = $1 WHERE room = $2 AND seq = $3"
                        }
                    };
                    sqlx::query(sql)
                        .bind(row::number(change.target()))
                        .bind(*room)
                        .bind(row::number(*seq))
                }
                Rewrite::Text((room, seq), text, at, by) => sqlx::query(
                    "UPDATE message SET message = $1, edited_at = $2, edited_by = $3 \
                     WHERE room = $4 AND seq = $5",
                )
                .bind(text.as_bytes())
                .bind(row::millis(*at))
                .bind(row::number(*by))
                .bind(*room)
                .bind(row::number(*seq)),
                Rewrite::Stone((room, seq)) => sqlx::query(
                    "UPDATE message SET message = '', deleted = TRUE, edited_at = NULL, \
                     edited_by = NULL WHERE room = $1 AND seq = $2",
                )
                .bind(*room)
                .bind(row::number(*seq)),
            };
            query.execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}
