//! Lines with all that the log has of them, to be carried elsewhere.

use chat::{RoomId, RoomMessage, Seq};
use sqlx::{AssertSqlSafe, Row as _};

use super::reader::Reader;
use super::row;
use crate::Author;
use crate::dump::Hidden;

impl Reader {
    /// The first ones at this place or later.
    pub(crate) async fn whole(
        &self,
        room: &RoomId,
        from: Seq,
        limit: u32,
    ) -> Result<Vec<(RoomMessage, Hidden)>, sqlx::Error> {
        let sql = format!(
            "SELECT {}, m.author, m.edited_by FROM message m \
             WHERE m.room = (SELECT key FROM room WHERE id = $1) AND m.seq >= $2 \
             ORDER BY m.seq LIMIT $3",
            row::MESSAGE,
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(room.as_str())
            .bind(row::number(from))
            .bind(i64::from(limit))
            .fetch_all(self.pool())
            .await?;
        rows.iter()
            .map(|row| {
                let author: Option<&[u8]> = row.try_get(row::MESSAGE_COLUMNS)?;
                let hidden = Hidden {
                    author: author.and_then(Author::from_bytes),
                    edited_by: row::maybe_seq(row, row::MESSAGE_COLUMNS + 1)?,
                };
                Ok((row::message(row, room.clone())?, hidden))
            })
            .collect()
    }
}
