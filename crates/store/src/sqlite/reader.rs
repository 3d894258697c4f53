//! The readers' connections and their queries.

use chat::{Room, RoomId, RoomMessage, Sender, Seq};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::row;

/// A few connections that can only read. Each query sees one state of the log, whatever is being
/// written meanwhile, and never waits for it.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pool: SqlitePool,
}

impl Reader {
    pub(super) fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }

    pub(super) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    pub(crate) async fn rooms(&self) -> Result<Vec<Room>, sqlx::Error> {
        let sql = format!("SELECT {} FROM room r ORDER BY r.key", row::ROOM);
        let rows = sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(row::room).collect()
    }

    pub(crate) async fn room(&self, id: &RoomId) -> Result<Option<Room>, sqlx::Error> {
        let sql = format!("SELECT {} FROM room r WHERE r.id = ?", row::ROOM);
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(row::room).transpose()
    }

    pub(crate) async fn present(&self) -> Result<Vec<(RoomId, Sender)>, sqlx::Error> {
        // With `max`, SQLite takes the other columns from the row that has it.
        // <https://www.sqlite.org/lang_select.html#bareagg>
        let rows = sqlx::query(
            "SELECT r.id, l.sender FROM ( \
                 SELECT room, sender, kind, max(seq) FROM message \
                 WHERE kind <> 'TALK' GROUP BY room, sender \
             ) l JOIN room r ON r.key = l.room WHERE l.kind = 'ENTER'",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| Ok((row::room_id(row, 0)?, row::sender(row, 1)?)))
            .collect()
    }

    pub(crate) async fn check(&self) -> Result<(), sqlx::Error> {
        sqlx::query("SELECT 1 FROM room LIMIT 1")
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// The first ones at this place or later.
    pub(crate) async fn from(
        &self,
        room: &RoomId,
        seq: Seq,
        limit: u32,
    ) -> Result<Vec<RoomMessage>, sqlx::Error> {
        self.lines(room, "seq >= ?", "ASC", seq, limit).await
    }

    /// The last ones before this place.
    pub(crate) async fn before(
        &self,
        room: &RoomId,
        seq: Seq,
        limit: u32,
    ) -> Result<Vec<RoomMessage>, sqlx::Error> {
        let mut lines = self.lines(room, "seq < ?", "DESC", seq, limit).await?;
        lines.reverse();
        Ok(lines)
    }

    async fn lines(
        &self,
        room: &RoomId,
        side: &'static str,
        order: &'static str,
        seq: Seq,
        limit: u32,
    ) -> Result<Vec<RoomMessage>, sqlx::Error> {
        let sql = format!(
            "SELECT {} FROM message m \
             WHERE m.room = (SELECT key FROM room WHERE id = ?) AND m.{side} \
             ORDER BY m.seq {order} LIMIT ?",
            row::MESSAGE,
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(room.as_str())
            .bind(row::number(seq))
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| row::message(row, room.clone()))
            .collect()
    }
}
