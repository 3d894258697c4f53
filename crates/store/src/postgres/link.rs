//! The writer's connection and its transactions.

use chat::{RoomId, RoomMessage};
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, Postgres, Row as _, Transaction, query,
    query_scalar,
};
use uuid::Uuid;

use crate::batch::{Line, Wanted, Writes};
use crate::heads::{Head, Totals};
use crate::{Author, Options, row};

/// The connection that writes. There is one in this process.
#[derive(Debug)]
pub(crate) struct Link {
    connection: PgConnection,
    /// What this connection calls itself when it writes.
    name: Uuid,
}

/// One batch.
#[derive(Debug)]
pub(crate) struct Writing<'c> {
    pub(super) transaction: Transaction<'c, Postgres>,
}

impl Link {
    /// A connection over which nothing has been written yet.
    pub(super) async fn new(mut connection: PgConnection) -> Result<Self, sqlx::Error> {
        let name = query_scalar("SELECT gen_random_uuid()")
            .fetch_one(&mut connection)
            .await?;
        Ok(Self { connection, name })
    }

    /// Begins a batch, and waits for its turn to write. The totals are there where somebody else
    /// has written since the last time, or nobody has yet.
    pub(crate) async fn begin(&mut self) -> Result<(Writing<'_>, Option<Totals>), sqlx::Error> {
        let mut transaction = self.connection.begin().await?;
        let last: Option<Uuid> = query_scalar("SELECT writer FROM log FOR UPDATE")
            .fetch_one(&mut *transaction)
            .await?;
        if last == Some(self.name) {
            return Ok((Writing { transaction }, None));
        }
        query("UPDATE log SET writer = $1")
            .bind(self.name)
            .execute(&mut *transaction)
            .await?;
        let row = query("SELECT count(*), coalesce(max(key), 0) FROM room")
            .fetch_one(&mut *transaction)
            .await?;
        let rooms: i64 = row.try_get(0)?;
        let totals = Totals {
            rooms: rooms.unsigned_abs(),
            last_key: row.try_get(1)?,
        };
        Ok((Writing { transaction }, Some(totals)))
    }

    /// Says goodbye to the server.
    pub(crate) async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the writer's connection did not close");
        }
    }
}

impl Writing<'_> {
    pub(crate) async fn heads(&mut self, ids: &[&RoomId]) -> Result<Vec<Head>, sqlx::Error> {
        let ids: Vec<_> = ids.iter().map(|id| id.as_str()).collect();
        let sql = format!("SELECT {} FROM room r WHERE r.id = ANY ($1)", row::ROOM);
        let rows = query(AssertSqlSafe(sql))
            .bind(ids)
            .fetch_all(&mut *self.transaction)
            .await?;
        rows.iter().map(|row| row::head(row)).collect()
    }

    pub(crate) async fn stored(
        &mut self,
        wanted: &[Wanted<'_>],
    ) -> Result<Vec<(i64, RoomMessage)>, sqlx::Error> {
        // Each is one look into the index; `OFFSET 0` keeps the planner from turning it around.
        let sql = format!(
            "SELECT m.*, wanted.place FROM \
             unnest($1::bigint[], $2::text[], $3::uuid[]) \
                 WITH ORDINALITY AS wanted (room, sender, id, place) \
             CROSS JOIN LATERAL (SELECT {} FROM message m WHERE m.id = wanted.id \
                 AND m.room = wanted.room AND m.sender = wanted.sender OFFSET 0) m",
            row::MESSAGE,
        );
        let keys: Vec<_> = wanted.iter().map(|one| one.key).collect();
        let senders: Vec<_> = wanted.iter().map(|one| one.sender.as_str()).collect();
        let ids: Vec<_> = wanted.iter().map(|one| one.id.0).collect();
        let rows = query(AssertSqlSafe(sql))
            .bind(keys)
            .bind(senders)
            .bind(ids)
            .fetch_all(&mut *self.transaction)
            .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            // They are counted from one.
            let place: i64 = row.try_get(row::MESSAGE_COLUMNS)?;
            let at = usize::try_from(place - 1).ok();
            if let Some(one) = at.and_then(|at| wanted.get(at)) {
                found.push((one.key, row::message(row, one.room.clone())?));
            }
        }
        Ok(found)
    }

    pub(crate) async fn write(&mut self, writes: &Writes) -> Result<(), sqlx::Error> {
        for rooms in writes.made.chunks(Options::MAX_BATCH) {
            self.make(rooms).await?;
        }
        for lines in writes.lines.chunks(Options::MAX_BATCH) {
            self.add(lines).await?;
        }
        self.rewrite(&writes.rewrites).await?;
        for heads in writes.moved.chunks(Options::MAX_BATCH) {
            self.move_heads(heads).await?;
        }
        Ok(())
    }

    pub(crate) async fn restart(&mut self, epoch: &str) -> Result<(), sqlx::Error> {
        query("UPDATE log SET epoch = $1")
            .bind(epoch)
            .execute(&mut *self.transaction)
            .await?;
        query("DELETE FROM room")
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    pub(crate) async fn probe(&mut self) -> Result<(), sqlx::Error> {
        query("UPDATE log SET epoch = epoch")
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.transaction.commit().await
    }

    async fn make(&mut self, rooms: &[Head]) -> Result<(), sqlx::Error> {
        let keys: Vec<_> = rooms.iter().map(|head| head.key).collect();
        let ids: Vec<_> = rooms
            .iter()
            .map(|head| head.room.room_id.as_str())
            .collect();
        let names: Vec<_> = rooms.iter().map(|head| head.room.name.as_str()).collect();
        let times: Vec<_> = rooms
            .iter()
            .map(|head| row::millis(head.room.created_at))
            .collect();
        query(
            "INSERT INTO room (key, id, name, created_at) \
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[])",
        )
        .bind(keys)
        .bind(ids)
        .bind(names)
        .bind(times)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn add(&mut self, lines: &[Line]) -> Result<(), sqlx::Error> {
        let rooms: Vec<_> = lines.iter().map(|line| line.room).collect();
        let messages = || lines.iter().map(|line| &*line.message);
        let seqs: Vec<_> = messages().map(|message| row::number(message.seq)).collect();
        let kinds: Vec<_> = messages().map(|message| message.kind.as_str()).collect();
        let senders: Vec<_> = messages().map(|message| message.sender.as_str()).collect();
        let ids: Vec<_> = messages().map(|message| message.id.0).collect();
        let times: Vec<_> = messages()
            .map(|message| row::millis(message.created_at))
            .collect();
        let texts: Vec<_> = messages()
            .map(|message| message.message.as_bytes())
            .collect();
        let authors: Vec<_> = lines
            .iter()
            .map(|line| line.author.as_ref().map(Author::bytes))
            .collect();
        query(
            "INSERT INTO message (room, seq, kind, sender, id, at, message, author) \
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], \
                 $5::uuid[], $6::bigint[], $7::bytea[], $8::bytea[])",
        )
        .bind(rooms)
        .bind(seqs)
        .bind(kinds)
        .bind(senders)
        .bind(ids)
        .bind(times)
        .bind(texts)
        .bind(authors)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn move_heads(&mut self, heads: &[Head]) -> Result<(), sqlx::Error> {
        let keys: Vec<_> = heads.iter().map(|head| head.key).collect();
        let places: Vec<_> = heads
            .iter()
            .map(|head| row::number(head.room.last_seq))
            .collect();
        let times: Vec<_> = heads.iter().map(|head| row::millis(head.last_at)).collect();
        query(
            "UPDATE room SET head = new.head, last_at = new.last_at \
             FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS new (key, head, last_at) \
             WHERE room.key = new.key",
        )
        .bind(keys)
        .bind(places)
        .bind(times)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}
