//! The writer's connection and its transactions.
//!
//! SQLite does its work in the thread that calls it, so nothing here is `async`: the writer has
//! a thread of its own to wait for the disk in. Statements are prepared once and kept.

use chat::{RoomId, RoomMessage};
use rusqlite::{CachedStatement, Connection, Params, Row, params};

use super::fault::fault;
use super::place::place;
use crate::batch::{Line, Wanted, Writes};
use crate::heads::{Head, Heads, Totals};
use crate::{Author, row};

/// Statements that are kept prepared; there are fewer.
const STATEMENTS: usize = 32;

/// The connection that writes. There is one.
#[derive(Debug)]
pub(crate) struct Link {
    connection: Connection,
}

/// One batch. Dropped without [`commit`](Self::commit), it has changed nothing.
#[derive(Debug)]
pub(crate) struct Writing<'c> {
    link: &'c mut Link,
}

impl Link {
    /// Begins to remember, with what the database says.
    pub(super) fn new(connection: Connection) -> Result<(Self, Heads), sqlx::Error> {
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let totals = connection.query_one(
            "SELECT count(*), coalesce(max(key), 0) FROM room",
            [],
            |row| {
                Ok(Totals {
                    rooms: row.get::<_, i64>(0)?.unsigned_abs(),
                    last_key: row.get(1)?,
                })
            },
        );
        let heads = Heads::new(totals.map_err(fault)?);
        Ok((Self { connection }, heads))
    }

    /// Begins a batch, by taking the lock for writing: taken later, it could fail without having
    /// waited.
    pub(crate) fn begin(&mut self) -> Result<Writing<'_>, sqlx::Error> {
        self.leave()?;
        self.execute("BEGIN IMMEDIATE", [])?;
        Ok(Writing { link: self })
    }

    /// Whether there could be a batch. Without this a file that may only be read would be found out
    /// by the first.
    pub(super) fn try_writing(&mut self) -> Result<(), sqlx::Error> {
        // Where the file may only be read, beginning alone is taken for reading and does not fail.
        let tried = self
            .begin()
            .and_then(|writing| writing.execute("UPDATE log SET epoch = epoch WHERE false", []));
        let left = self.leave();
        tried.and(left)
    }

    /// Gives up the connection, and with it whatever a failed batch has left behind.
    pub(crate) fn abandon(self) {
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "the writer's connection did not close");
        }
    }

    /// Folds the write-ahead log into the database and closes it.
    pub(crate) fn close(self) {
        let folded = self.leave().and_then(|()| {
            let fold = "PRAGMA wal_checkpoint(TRUNCATE)";
            let folded = self.connection.query_one(fold, [], |_| Ok(()));
            folded.map_err(fault)
        });
        if let Err(error) = folded {
            // Nothing is lost: the next start reads the write-ahead log.
            tracing::warn!(%error, "the write-ahead log was left for the next start");
        }
        self.abandon();
    }

    /// Leaves a transaction that was not committed. After some errors SQLite has done so by itself.
    fn leave(&self) -> Result<(), sqlx::Error> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.execute("ROLLBACK", [])
    }

    fn execute(&self, sql: &str, values: impl Params) -> Result<(), sqlx::Error> {
        self.prepare(sql)?.execute(values).map_err(fault)?;
        Ok(())
    }

    fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, sqlx::Error> {
        self.connection.prepare_cached(sql).map_err(fault)
    }
}

impl Writing<'_> {
    /// Those of the rooms that exist.
    pub(crate) fn heads(&mut self, ids: &[&RoomId]) -> Result<Vec<Head>, sqlx::Error> {
        let sql = format!("SELECT {} FROM room r WHERE r.id = ?", row::ROOM);
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            found.extend(self.one(&sql, params![id.as_str()], |row| row::head(row))?);
        }
        Ok(found)
    }

    /// Those of the messages that are in the log, each with its room's key.
    pub(crate) fn stored(
        &mut self,
        wanted: &[Wanted<'_>],
    ) -> Result<Vec<(i64, RoomMessage)>, sqlx::Error> {
        let sql = format!(
            "SELECT {} FROM message m WHERE m.id = ? AND m.room = ? AND m.sender = ?",
            row::MESSAGE,
        );
        let mut found = Vec::new();
        for one in wanted {
            let mark = params![one.id.0.as_bytes(), one.key, one.sender.as_str()];
            let message = self.one(&sql, mark, |row| row::message(row, one.room.clone()))?;
            found.extend(message.map(|message| (one.key, message)));
        }
        Ok(found)
    }

    /// Writes a batch.
    pub(crate) fn write(&mut self, writes: &Writes) -> Result<(), sqlx::Error> {
        for head in &writes.made {
            self.make(head)?;
        }
        for line in &writes.lines {
            self.add(line)?;
        }
        for rewrite in &writes.rewrites {
            self.rewrite(rewrite)?;
        }
        for head in &writes.moved {
            self.move_head(head)?;
        }
        Ok(())
    }

    /// Makes an empty log another one, without rooms.
    pub(crate) fn restart(&mut self, epoch: &str) -> Result<(), sqlx::Error> {
        self.execute("UPDATE log SET epoch = ?", params![epoch])?;
        self.execute("DELETE FROM room", [])
    }

    /// Writes as much as the longest message needs, and takes it back.
    pub(crate) fn probe(&mut self) -> Result<(), sqlx::Error> {
        // Nobody sees it: the transaction is one.
        self.execute("UPDATE log SET epoch = epoch || hex(zeroblob(8192))", [])?;
        self.execute(
            "UPDATE log SET epoch = substr(epoch, 1, length(epoch) - 16384)",
            [],
        )
    }

    /// Ends the batch. It is on disk when this returns.
    pub(crate) fn commit(self) -> Result<(), sqlx::Error> {
        self.execute("COMMIT", [])
    }

    /// Does one statement.
    pub(super) fn execute(&self, sql: &str, values: impl Params) -> Result<(), sqlx::Error> {
        self.link.execute(sql, values)
    }

    /// The first row that a question finds.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, sqlx::Error>,
    ) -> Result<Option<T>, sqlx::Error> {
        let mut statement = self.link.prepare(sql)?;
        let mut rows = statement.query(values).map_err(fault)?;
        rows.next().map_err(fault)?.map(read).transpose()
    }

    fn make(&mut self, head: &Head) -> Result<(), sqlx::Error> {
        self.execute(
            "INSERT INTO room (key, id, name, created_at) VALUES (?, ?, ?, ?)",
            params![
                head.key,
                head.room.room_id.as_str(),
                head.room.name.as_str(),
                row::millis(head.room.created_at)
            ],
        )
    }

    fn add(&mut self, line: &Line) -> Result<(), sqlx::Error> {
        let message = &line.message;
        self.execute(
            "INSERT INTO message (place, kind, sender, id, at, message, author) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![
                place(line.room, message.seq)?,
                message.kind.as_str(),
                message.sender.as_str(),
                message.id.0.as_bytes(),
                row::millis(message.created_at),
                message.message.as_str(),
                line.author.as_ref().map(Author::bytes)
            ],
        )
    }

    fn move_head(&mut self, head: &Head) -> Result<(), sqlx::Error> {
        self.execute(
            "UPDATE room SET head = ?, last_at = ? WHERE key = ?",
            params![
                row::number(head.room.last_seq),
                row::millis(head.last_at),
                head.key
            ],
        )
    }
}
