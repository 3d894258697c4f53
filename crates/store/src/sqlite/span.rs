//! What rooms keep, and letting it go.

use chat::{RoomId, Seq};
use sqlx::sqlite::SqliteRow;

use super::link::Writing;
use super::reader::Reader;
use super::row;
use crate::Span;

const SPAN: &str = "SELECT r.id, r.first, r.head, m.at FROM room r \
                    LEFT JOIN message m ON m.room = r.key AND m.seq = r.first";

impl Reader {
    pub(crate) async fn spans(&self) -> Result<Vec<Span>, sqlx::Error> {
        let rows = sqlx::query(SPAN).fetch_all(self.pool()).await?;
        rows.iter().map(span).collect()
    }

    pub(crate) async fn span(&self, room: &RoomId) -> Result<Option<Span>, sqlx::Error> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{SPAN} WHERE r.id = ?")))
            .bind(room.as_str())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(span).transpose()
    }
}

fn span(row: &SqliteRow) -> Result<Span, sqlx::Error> {
    Ok(Span {
        room: row::room_id(row, 0)?,
        first: row::seq(row, 1)?,
        head: row::seq(row, 2)?,
        since: row::maybe_time(row, 3)?,
    })
}

impl Writing<'_> {
    /// Removes what stands before `below` in this room, but not what is not there yet.
    pub(crate) fn forget(&mut self, room: i64, below: Seq) -> Result<(), sqlx::Error> {
        self.script()
            .add("UPDATE room SET first = min(?, head + 1) WHERE key = ? AND first < ?")
            .bind(row::number(below))?
            .bind(room)?
            .bind(row::number(below))?;
        self.script()
            .add(
                "DELETE FROM message WHERE room = ? \
                 AND seq < (SELECT first FROM room WHERE key = ?)",
            )
            .bind(room)?
            .bind(room)?;
        Ok(())
    }
}
