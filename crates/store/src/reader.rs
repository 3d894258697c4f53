//! What is asked of the log.

use chat::{Room, RoomId, RoomMessage, Sender, Seq};
use sqlx::{PgPool, SqlitePool};

use crate::dump::Hidden;
use crate::pool::{Pool, Value};
use crate::row::Cells;
use crate::{Range, Span, postgres, row, sqlite};

/// A few connections that can only read. Each query sees one state of the log, whatever is being
/// written meanwhile, and never waits for it.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pool: Pool,
}

/// The lines of a room on one side of a seq.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    /// The first ones there or later.
    From,
    /// The last ones before it, the newest first.
    Before,
}

impl From<SqlitePool> for Reader {
    fn from(pool: SqlitePool) -> Self {
        let pool = Pool::Sqlite(pool);
        Self { pool }
    }
}

impl From<PgPool> for Reader {
    fn from(pool: PgPool) -> Self {
        let pool = Pool::Postgres(pool);
        Self { pool }
    }
}

impl Reader {
    /// Whether other servers may write into the log.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.pool, Pool::Postgres(_))
    }

    pub(crate) async fn rooms(&self) -> Result<Vec<Room>, sqlx::Error> {
        let sql = format!("SELECT {} FROM room r ORDER BY r.key", row::ROOM);
        self.pool.all(sql, &[], row::room).await
    }

    pub(crate) async fn room(&self, id: &RoomId) -> Result<Option<Room>, sqlx::Error> {
        let sql = format!("SELECT {} FROM room r WHERE r.id = $1", row::ROOM);
        let values = [Value::Text(id.as_str())];
        Ok(self.pool.all(sql, &values, row::room).await?.pop())
    }

    pub(crate) async fn head(&self, room: &RoomId) -> Result<Seq, sqlx::Error> {
        let room = self.room(room).await?;
        Ok(room.map_or(Seq::ZERO, |room| room.last_seq))
    }

    pub(crate) async fn page(
        &self,
        room: &RoomId,
        range: Range,
        limit: u32,
    ) -> Result<Vec<RoomMessage>, sqlx::Error> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        match range {
            Range::After(seq) => {
                let from = Seq(seq.0.saturating_add(1));
                self.from(room, from, limit).await
            }
            Range::Before(seq) => self.before(room, seq, limit).await,
            Range::Last => self.before(room, Seq(u64::MAX), limit).await,
            Range::Around(seq) => {
                let mut page = self.before(room, seq, limit).await?;
                let newer = self.from(room, seq, limit).await?;
                let limit = limit as usize;
                // Half of it older, unless one side has less than its half to give.
                let older = page.len().min((limit / 2).max(limit - newer.len()));
                page.drain(..page.len() - older);
                page.extend(newer.into_iter().take(limit - older));
                Ok(page)
            }
        }
    }

    /// The first lines at this place or later, with all that the log has of them.
    pub(crate) async fn whole(
        &self,
        room: &RoomId,
        from: Seq,
        limit: u32,
    ) -> Result<Vec<(RoomMessage, Hidden)>, sqlx::Error> {
        let sql = self.lines(&format!("{}, {}", row::MESSAGE, row::HIDDEN), Side::From);
        let read = |row: &dyn Cells| Ok((row::message(row, room.clone())?, row::hidden(row)?));
        self.pool.all(sql, &side(room, from, limit), read).await
    }

    pub(crate) async fn spans(&self) -> Result<Vec<Span>, sqlx::Error> {
        self.pool.all(self.spans_where(""), &[], row::span).await
    }

    /// That of a room which is unknown is empty.
    pub(crate) async fn span(&self, room: &RoomId) -> Result<Span, sqlx::Error> {
        let values = [Value::Text(room.as_str())];
        let found = self
            .pool
            .all(self.spans_where("WHERE r.id = $1"), &values, row::span);
        let span = found.await?.pop();
        Ok(span.unwrap_or_else(|| Span::nothing(room.clone())))
    }

    pub(crate) async fn present(&self) -> Result<Vec<(RoomId, Sender)>, sqlx::Error> {
        let last = match self.pool {
            Pool::Sqlite(_) => sqlite::LAST_STEPS,
            Pool::Postgres(_) => postgres::LAST_STEPS,
        };
        let sql = format!(
            "SELECT r.id, l.sender FROM ({last}) l \
             JOIN room r ON r.key = l.room WHERE l.kind = 'ENTER'"
        );
        let read = |row: &dyn Cells| Ok((row::room_id(row, 0)?, row::sender(row, 1)?));
        self.pool.all(sql, &[], read).await
    }

    pub(crate) async fn check(&self) -> Result<(), sqlx::Error> {
        let sql = "SELECT 1 FROM room LIMIT 1".to_owned();
        self.pool.all(sql, &[], |_| Ok(())).await.map(drop)
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// The first ones at this place or later.
    async fn from(
        &self,
        room: &RoomId,
        seq: Seq,
        limit: u32,
    ) -> Result<Vec<RoomMessage>, sqlx::Error> {
        let sql = self.lines(row::MESSAGE, Side::From);
        let read = |row: &dyn Cells| row::message(row, room.clone());
        self.pool.all(sql, &side(room, seq, limit), read).await
    }

    /// The last ones before this place.
    async fn before(
        &self,
        room: &RoomId,
        seq: Seq,
        limit: u32,
    ) -> Result<Vec<RoomMessage>, sqlx::Error> {
        let sql = self.lines(row::MESSAGE, Side::Before);
        let read = |row: &dyn Cells| row::message(row, room.clone());
        let mut lines = self.pool.all(sql, &side(room, seq, limit), read).await?;
        lines.reverse();
        Ok(lines)
    }

    fn lines(&self, columns: &str, side: Side) -> String {
        match self.pool {
            Pool::Sqlite(_) => sqlite::lines(columns, side),
            Pool::Postgres(_) => postgres::lines(columns, side),
        }
    }

    fn spans_where(&self, filter: &str) -> String {
        match self.pool {
            Pool::Sqlite(_) => sqlite::spans(filter),
            Pool::Postgres(_) => postgres::spans(filter),
        }
    }
}

fn side(room: &RoomId, seq: Seq, limit: u32) -> [Value<'_>; 3] {
    [
        Value::Text(room.as_str()),
        Value::Number(row::number(seq)),
        Value::Number(limit.into()),
    ]
}
