//! The writer's connection and its transactions.

use std::collections::HashMap;

use chat::{RoomId, RoomMessage};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection as _, Row as _, SqliteConnection};

use super::script::Script;
use super::shape;
use crate::batch::{Line, Wanted, Writes};
use crate::heads::{Head, Heads, Totals};
use crate::{Author, Options, row};

/// The connection that writes. There is one.
#[derive(Debug)]
pub(crate) struct Link {
    connection: SqliteConnection,
    /// A transaction may have begun that was not committed.
    open: bool,
}

/// One batch. Dropped without [`commit`](Self::commit), it has changed nothing.
#[derive(Debug)]
pub(crate) struct Writing<'c> {
    link: &'c mut Link,
    /// What SQLite has not been told yet.
    script: Script,
    /// Whether it was told anything.
    begun: bool,
}

impl Link {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self {
            connection,
            open: false,
        }
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

    /// Begins a batch. SQLite hears of it with the first statement.
    pub(crate) fn begin(&mut self) -> Writing<'_> {
        Writing {
            link: self,
            script: Script::default(),
            begun: false,
        }
    }

    /// Gives up the connection, and with it whatever a failed batch has left behind.
    pub(crate) async fn abandon(self) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the writer's connection did not close");
        }
    }

    /// Folds the write-ahead log into the database and closes it.
    pub(crate) async fn close(mut self) {
        if self.open {
            // A failure means that SQLite has done so by itself.
            let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
        }
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
        self.script.add(&sql);
        for id in ids {
            self.script.bind(id.as_str())?;
        }
        self.script.bind_nulls(shape::padding(ids.len()))?;
        let rows = self.fetch().await?;
        rows.iter().map(|row| row::head(row)).collect()
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
        self.script.add(&sql);
        for (place, one) in (0_i64..).zip(wanted) {
            self.script
                .bind(place)?
                .bind(one.key)?
                .bind(one.sender.as_str())?
                .bind(one.id.0.as_bytes().as_slice())?;
        }
        self.script.bind_nulls(shape::padding(wanted.len()) * 4)?;
        let rows = self.fetch().await?;
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

    /// Writes a batch; SQLite is told with the commit.
    pub(crate) fn write(&mut self, writes: &Writes) -> Result<(), sqlx::Error> {
        for rooms in writes.made.chunks(Options::MAX_BATCH) {
            self.make(rooms)?;
        }
        for lines in writes.lines.chunks(Options::MAX_BATCH) {
            self.add(lines)?;
        }
        self.rewrite(&writes.rewrites)?;
        // A room's row follows its newest line, so this is for rooms that have lost theirs, or in
        // which an earlier one is later by the clock, as only in an import.
        let last: HashMap<_, _> = writes
            .lines
            .iter()
            .map(|line| (line.room, (line.message.seq, line.message.created_at)))
            .collect();
        let moved = writes
            .moved
            .iter()
            .filter(|head| last.get(&head.key) != Some(&(head.room.last_seq, head.last_at)));
        let moved: Vec<_> = moved.cloned().collect();
        for heads in moved.chunks(Options::MAX_BATCH) {
            self.move_heads(heads)?;
        }
        Ok(())
    }

    /// Makes an empty log another one, without rooms.
    pub(crate) fn restart(&mut self, epoch: &str) -> Result<(), sqlx::Error> {
        self.script.add("UPDATE log SET epoch = ?").bind(epoch)?;
        self.script.add("DELETE FROM room");
        Ok(())
    }

    /// Writes as much as the longest message needs, and takes it back.
    pub(crate) fn probe(&mut self) {
        // Nobody sees it: the transaction is one.
        self.script
            .add("UPDATE log SET epoch = epoch || hex(zeroblob(8192))")
            .add("UPDATE log SET epoch = substr(epoch, 1, length(epoch) - 16384)");
    }

    /// Ends the batch. It is on disk when this returns.
    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        // A statement by itself is a transaction, and one answer less than one within another.
        let alone = !self.begun && !self.link.open && self.script.statements() == 1;
        if alone {
            let script = std::mem::take(&mut self.script);
            return script.execute(&mut self.link.connection).await;
        }
        self.script.add("COMMIT");
        let script = self.next();
        script.execute(&mut self.link.connection).await?;
        self.link.open = false;
        Ok(())
    }

    /// What SQLite is to be told now. The first thing is to take the lock for writing: taken later,
    /// it could fail without having waited.
    fn next(&mut self) -> Script {
        let mut script = std::mem::take(&mut self.script);
        if !std::mem::replace(&mut self.begun, true) {
            script.begin_with("BEGIN IMMEDIATE");
            if self.link.open {
                script.begin_with("ROLLBACK");
            }
        }
        self.link.open = true;
        script
    }

    /// A place for one more statement.
    pub(super) fn script(&mut self) -> &mut Script {
        &mut self.script
    }

    /// Tells SQLite all that it was not told yet, and gives back the rows that came of it.
    pub(super) async fn fetch(&mut self) -> Result<Vec<SqliteRow>, sqlx::Error> {
        let script = self.next();
        script.fetch(&mut self.link.connection).await
    }

    fn make(&mut self, rooms: &[Head]) -> Result<(), sqlx::Error> {
        let sql = format!(
            "WITH new (key, id, name, created_at) AS (VALUES {}) \
             INSERT INTO room (key, id, name, created_at) \
             SELECT key, id, name, created_at FROM new WHERE key IS NOT NULL",
            shape::values(rooms.len(), 4),
        );
        self.script.add(&sql);
        for head in rooms {
            self.script
                .bind(head.key)?
                .bind(head.room.room_id.as_str())?
                .bind(head.room.name.as_str())?
                .bind(row::millis(head.room.created_at))?;
        }
        self.script.bind_nulls(shape::padding(rooms.len()) * 4)
    }

    fn add(&mut self, lines: &[Line]) -> Result<(), sqlx::Error> {
        let sql = format!(
            "WITH new (room, seq, kind, sender, id, at, message, author) AS (VALUES {}) \
             INSERT INTO message (room, seq, kind, sender, id, at, message, author) \
             SELECT room, seq, kind, sender, id, at, message, author FROM new WHERE room IS NOT NULL",
            shape::values(lines.len(), 8),
        );
        self.script.add(&sql);
        for Line {
            room,
            message,
            author,
        } in lines
        {
            self.script
                .bind(*room)?
                .bind(row::number(message.seq))?
                .bind(message.kind.as_str())?
                .bind(message.sender.as_str())?
                .bind(message.id.0.as_bytes().as_slice())?
                .bind(row::millis(message.created_at))?
                .bind(message.message.as_str())?
                .bind(author.as_ref().map(Author::bytes))?;
        }
        self.script.bind_nulls(shape::padding(lines.len()) * 8)
    }

    fn move_heads(&mut self, heads: &[Head]) -> Result<(), sqlx::Error> {
        let sql = format!(
            "WITH new (key, head, last_at) AS (VALUES {}) \
             UPDATE room SET head = new.head, last_at = new.last_at \
             FROM new WHERE room.key = new.key",
            shape::values(heads.len(), 3),
        );
        self.script.add(&sql);
        for head in heads {
            self.script
                .bind(head.key)?
                .bind(row::number(head.room.last_seq))?
                .bind(row::millis(head.last_at))?;
        }
        self.script.bind_nulls(shape::padding(heads.len()) * 3)
    }
}
