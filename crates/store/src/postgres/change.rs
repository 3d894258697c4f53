//! Reading and rewriting lines that are changed.

use chat::Change;
use sqlx::AssertSqlSafe;

use super::link::Writing;
use crate::change::{Place, Rewrite, Target};
use crate::row;

impl Writing<'_> {
    /// The line in this place, if it exists.
    pub(crate) async fn target(&mut self, place: Place) -> Result<Option<Target>, sqlx::Error> {
        let sql = format!(
            "SELECT {} FROM message WHERE room = $1 AND seq = $2",
            row::TARGET
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(place.0)
            .bind(row::number(place.1))
            .fetch_optional(&mut *self.transaction)
            .await?;
        row.map(|row| row::target(&row)).transpose()
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
