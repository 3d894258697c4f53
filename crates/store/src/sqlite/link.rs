//! The writer's connection and its transactions.

use chat::{RoomId, RoomMessage};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, Sqlite, SqliteConnection, Transaction};

use super::{row, shape};
use crate::batch::{Line, Wanted, Writes};
use crate::heads::{Head, Heads, Totals};
use crate::{Author, Options};

/// The connection that writes. There is one.
#[derive(Debug)]
pub(crate) struct Link {
    connection: SqliteConnection,
}

/// One batch. Dropped without [`commit`](Self::commit), it has changed nothing.
#[derive(Debug)]
pub(crate) struct Writing<'c> {
    pub(super) transaction: Transaction<'c, Sqlite>,
}

impl Link {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self { connection }
    }

    /// Begins to remember, with what the database says.
    pub(super) async fn load(mut self) -> Result<(Self, Heads), sqlx::Error> {
        let row = sqlx::query("SELECT count(*), coalesce(max(key), 0) FROM room")
            .fetch_one(&mut self.connection)
            .await?;
        let rooms: i64 = row.try_get(0)?;
        let heads = Heads::new(Totals {
            rooms: rooms.unsigned_abs(),
            last_key: row.try_get(1)?,
        });
        Ok((self, heads))
    }

    /// Begins a batch, and takes the lock for writing at once: taken later, it could fail without
    /// having waited.
    pub(crate) async fn begin(&mut self) -> Result<Writing<'_>, sqlx::Error> {
        let transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Writing { transaction })
    }

    /// Gives up the connection, and with it whatever a failed batch has left behind.
    pub(crate) async fn abandon(self) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the writer's connection did not close");
        }
    }

    /// Folds the write-ahead log into the database and closes it.
    pub(crate) async fn close(mut self) {
        let folded = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut self.connection)
            .await;
        if let Err(error) = folded {
            // Nothing is lost: the next start reads the write-ahead log.
            tracing::warn!(%error, "the write-ahead log was left for the next start");
        }
        self.abandon().await;
    }
}

impl Writing<'_> {
    /// Those of the rooms that exist; at most [`Options::MAX_BATCH`] are asked for.
    pub(crate) async fn heads(&mut self, ids: &[&RoomId]) -> Result<Vec<Head>, sqlx::Error> {
        let sql = format!(
            "WITH wanted (id) AS (VALUES {}) \
             SELECT {} FROM wanted CROSS JOIN room r ON r.id = wanted.id",
            shape::values(ids.len(), 1),
            row::ROOM,
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for id in ids {
            query = query.bind(id.as_str());
        }
        for _ in 0..shape::padding(ids.len()) {
            query = query.bind(None::<&str>);
        }
        let rows = query.fetch_all(&mut *self.transaction).await?;
        rows.iter().map(row::head).collect()
    }

    /// Those of the messages that are in the log, each with its room's key; at most
    /// [`Options::MAX_BATCH`] are asked for.
    pub(crate) async fn stored(
        &mut self,
        wanted: &[Wanted<'_>],
    ) -> Result<Vec<(i64, RoomMessage)>, sqlx::Error> {
        // The list must come first, each of its rows one look into the index; `CROSS JOIN` is
        // how SQLite is told so. <https://www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join>
        let sql = format!(
            "WITH wanted (place, room, sender, id) AS (VALUES {}) \
             SELECT {}, wanted.place FROM wanted CROSS JOIN message m \
             ON m.id = wanted.id AND m.room = wanted.room AND m.sender = wanted.sender",
            shape::values(wanted.len(), 4),
            row::MESSAGE,
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (place, one) in (0_i64..).zip(wanted) {
            query = query
                .bind(place)
                .bind(one.key)
                .bind(one.sender.as_str())
                .bind(one.id.0.as_bytes().as_slice());
        }
        for _ in 0..shape::padding(wanted.len()) {
            query = query
                .bind(None::<i64>)
                .bind(None::<i64>)
                .bind(None::<&str>)
                .bind(None::<&[u8]>);
        }
        let rows = query.fetch_all(&mut *self.transaction).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let place: i64 = row.try_get(row::MESSAGE_COLUMNS)?;
            let one = usize::try_from(place).ok().and_then(|at| wanted.get(at));
            if let Some(one) = one {
                found.push((one.key, row::message(row, one.room.clone())?));
            }
        }
        Ok(found)
    }

    /// Writes a batch.
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

    /// Makes an empty log another one, without rooms.
    pub(crate) async fn restart(&mut self, epoch: &str) -> Result<(), sqlx::Error> {
        sqlx::query("UPDATE log SET epoch = ?")
            .bind(epoch)
            .execute(&mut *self.transaction)
            .await?;
        sqlx::query("DELETE FROM room")
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Writes as much as the longest message needs, and takes it back.
    pub(crate) async fn probe(&mut self) -> Result<(), sqlx::Error> {
        // Nobody sees it: the transaction is one.
        sqlx::query("UPDATE log SET epoch = epoch || hex(zeroblob(8192))")
            .execute(&mut *self.transaction)
            .await?;
        sqlx::query("UPDATE log SET epoch = substr(epoch, 1, length(epoch) - 16384)")
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Ends the batch. It is on disk when this returns.
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.transaction.commit().await
    }

    async fn make(&mut self, rooms: &[Head]) -> Result<(), sqlx::Error> {
        let sql = format!(
            "WITH new (key, id, name, created_at) AS (VALUES {}) \
             INSERT INTO room (key, id, name, created_at) \
             SELECT key, id, name, created_at FROM new WHERE key IS NOT NULL",
            shape::values(rooms.len(), 4),
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for head in rooms {
            query = query
                .bind(head.key)
                .bind(head.room.room_id.as_str())
                .bind(head.room.name.as_str())
                .bind(row::millis(head.room.created_at));
        }
        for _ in 0..shape::padding(rooms.len()) {
            query = query
                .bind(None::<i64>)
                .bind(None::<&str>)
                .bind(None::<&str>)
                .bind(None::<i64>);
        }
        query.execute(&mut *self.transaction).await?;
        Ok(())
    }

    async fn add(&mut self, lines: &[Line]) -> Result<(), sqlx::Error> {
        let sql = format!(
            "WITH new (room, seq, kind, sender, id, at, message, author) AS (VALUES {}) \
             INSERT INTO message (room, seq, kind, sender, id, at, message, author) \
             SELECT room, seq, kind, sender, id, at, message, author FROM new WHERE room IS NOT NULL",
            shape::values(lines.len(), 8),
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for Line {
            room,
            message,
            author,
        } in lines
        {
            query = query
                .bind(*room)
                .bind(row::number(message.seq))
                .bind(message.kind.as_str())
                .bind(message.sender.as_str())
                .bind(message.id.0.as_bytes().as_slice())
                .bind(row::millis(message.created_at))
                .bind(message.message.as_str())
                .bind(author.as_ref().map(Author::bytes));
        }
        for _ in 0..shape::padding(lines.len()) {
            query = query
                .bind(None::<i64>)
                .bind(None::<i64>)
                .bind(None::<&str>)
                .bind(None::<&str>)
                .bind(None::<&[u8]>)
                .bind(None::<i64>)
                .bind(None::<&str>)
                .bind(None::<&[u8]>);
        }
        query.execute(&mut *self.transaction).await?;
        Ok(())
    }

    async fn move_heads(&mut self, heads: &[Head]) -> Result<(), sqlx::Error> {
        let sql = format!(
            "WITH new (key, head, last_at) AS (VALUES {}) \
             UPDATE room SET head = new.head, last_at = new.last_at \
             FROM new WHERE room.key = new.key",
            shape::values(heads.len(), 3),
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for head in heads {
            query = query
                .bind(head.key)
                .bind(row::number(head.room.last_seq))
                .bind(row::millis(head.last_at));
        }
        for _ in 0..shape::padding(heads.len()) {
            query = query.bind(None::<i64>).bind(None::<i64>).bind(None::<i64>);
        }
        query.execute(&mut *self.transaction).await?;
        Ok(())
    }
}
