//! The file of the index: one connection that writes, a few that read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chat::{Kind, RoomId, RoomMessage, Seq, Timestamp};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

use super::Cursor;
use super::fold::fold;
use super::query::Query;
use super::words::words;
use crate::error::reason;
use crate::{OpenError, ReadError};

/// The shape of the file. An index of another shape is made anew.
const SHAPE: i64 = 1;

/// `has` is a list of words with spaces between. Without positions and without sizes of columns it
/// is a third as large, and as for where the words stand the text itself is asked. What is deleted
/// is taken out of the lists at once, and not only marked.
const SCHEMA: &str = "
    CREATE TABLE log (epoch TEXT NOT NULL) STRICT;
    CREATE TABLE room (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        -- The first message that the log still had, and the last that was read.
        first INTEGER NOT NULL DEFAULT 1,
        seq INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE place (
        doc INTEGER PRIMARY KEY,
        room INTEGER NOT NULL REFERENCES room (key),
        seq INTEGER NOT NULL,
        UNIQUE (room, seq)
    ) STRICT;
    CREATE VIRTUAL TABLE words USING fts5 (has, tokenize = 'ascii', detail = none, columnsize = 0);
    INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
";

/// A message's number is the millisecond in which it was taken, and then which one of that it is:
/// the order of the numbers is the order of time.
const DOC_BITS: u32 = 20;

/// The last millisecond that fits: in the year 2248.
const LAST_MILLI: u64 = (1 << (63 - DOC_BITS)) - 1;

/// Before the key of a room, among the words of its messages.
const ROOM: char = '\u{E001}';

/// How long to wait for a reader's connection.
const ACQUIRE: Duration = Duration::from_secs(10);

/// Connections for reading.
const READERS: u32 = 2;

/// How many messages that are let go are removed in one transaction.
const CHUNK: i64 = 256;

/// The readers' side.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pool: SqlitePool,
}

/// The writer's side.
#[derive(Debug)]
pub(super) struct Link {
    connection: SqliteConnection,
    /// The highest number that was given.
    last: i64,
}

/// How far a room is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    key: i64,
    pub(super) first: Seq,
    pub(super) seq: Seq,
}

/// What to ask the index for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Looking(String);

impl Index {
    pub(super) async fn open(path: &Path, epoch: &str) -> Result<(Self, Link), OpenError> {
        let unusable = |error: &sqlx::Error| OpenError::Unusable {
            database: path.display().to_string(),
            why: reason(error),
        };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .disable_statement_logging();
        let connection = match connect(&options, epoch).await {
            Ok(Some(connection)) => connection,
            stale => {
                if let Err(error) = stale {
                    tracing::warn!(error = %reason(&error), "the search index is made anew");
                }
                remove(path).map_err(|error| unusable(&error.into()))?;
                make(&options, epoch)
                    .await
                    .map_err(|error| unusable(&error))?
            }
        };
        let pool = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(options.read_only(true));
        let mut link = Link {
            connection,
            last: 0,
        };
        link.load().await.map_err(|error| unusable(&error))?;
        Ok((Self { pool }, link))
    }

    /// `None` where nothing can be found: the room has no messages.
    pub(super) async fn looking(
        &self,
        query: &Query,
        room: Option<&RoomId>,
    ) -> Result<Option<Looking>, ReadError> {
        let mut all = Vec::new();
        if let Some(room) = room {
            let key: Option<i64> = sqlx::query_scalar("SELECT key FROM room WHERE id = ?")
                .bind(room.as_str())
                .fetch_optional(&self.pool)
                .await?;
            let Some(key) = key else {
                return Ok(None);
            };
            all.push(format!("\"{ROOM}{key}\""));
        }
        all.extend(query.words().iter().map(|word| format!("\"{word}\"")));
        Ok(Some(Looking(all.join(" AND "))))
    }

    /// The newest messages before `before` that have all words.
    pub(super) async fn places(
        &self,
        looking: &Looking,
        before: Cursor,
        limit: usize,
    ) -> Result<Vec<(Cursor, RoomId, Seq)>, ReadError> {
        let rows = sqlx::query(
            "SELECT p.doc, r.id, p.seq FROM words w \
             CROSS JOIN place p ON p.doc = w.rowid CROSS JOIN room r ON r.key = p.room \
             WHERE w.words MATCH ? AND w.rowid < ? ORDER BY w.rowid DESC LIMIT ?",
        )
        .bind(looking.0.as_str())
        .bind(number(before.0))
        .bind(number(limit as u64))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let (doc, seq): (i64, i64) = (row.try_get(0)?, row.try_get(2)?);
                let room = RoomId::parse(row.try_get(1)?);
                let room = room.map_err(|error| sqlx::Error::Decode(error.into()))?;
                Ok((Cursor(doc.unsigned_abs()), room, Seq(seq.unsigned_abs())))
            })
            .collect::<Result<_, sqlx::Error>>()
            .map_err(ReadError::from)
    }
}

impl Link {
    async fn load(&mut self) -> Result<(), sqlx::Error> {
        self.last = sqlx::query_scalar("SELECT coalesce(max(doc), 0) FROM place")
            .fetch_one(&mut self.connection)
            .await?;
        Ok(())
    }

    /// How far every room is read that was ever looked at: its first place, and the last.
    pub(super) async fn read(&mut self) -> Result<HashMap<String, (Seq, Seq)>, sqlx::Error> {
        let rows = sqlx::query("SELECT id, first, seq FROM room")
            .fetch_all(&mut self.connection)
            .await?;
        rows.iter()
            .map(|row| {
                let (first, seq): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
                let places = (Seq(first.unsigned_abs()), Seq(seq.unsigned_abs()));
                Ok((row.try_get(0)?, places))
            })
            .collect()
    }

    /// How far this room is read; it is remembered from now on.
    pub(super) async fn progress(&mut self, room: &RoomId) -> Result<Progress, sqlx::Error> {
        let known = sqlx::query("SELECT key, first, seq FROM room WHERE id = ?")
            .bind(room.as_str())
            .fetch_optional(&mut self.connection)
            .await?;
        let row = match known {
            Some(row) => row,
            None => {
                sqlx::query("INSERT INTO room (id) VALUES (?) RETURNING key, first, seq")
                    .bind(room.as_str())
                    .fetch_one(&mut self.connection)
                    .await?
            }
        };
        let (first, seq): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
        Ok(Progress {
            key: row.try_get(0)?,
            first: Seq(first.unsigned_abs()),
            seq: Seq(seq.unsigned_abs()),
        })
    }

    /// Takes the lines that follow, and lines that were changed by them, as they are now.
    pub(super) async fn take(
        &mut self,
        progress: Progress,
        lines: &[RoomMessage],
        changed: &[RoomMessage],
    ) -> Result<(), sqlx::Error> {
        let Some(last) = lines.last() else {
            return Ok(());
        };
        let room = progress.key;
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let (mut places, mut docs) = (Vec::new(), Vec::new());
        for line in lines.iter().filter(|line| is_found(line)) {
            if let Some(has) = words_of(line, room) {
                // Time does not run backwards in a room, so the numbers of one page ascend.
                let given = docs.last().map_or(0, |(doc, _)| *doc);
                let at = line.created_at;
                let doc = new_doc(&mut self.last, given, at, &mut transaction).await?;
                places.push((doc, line.seq.0));
                docs.push((doc, has));
            }
        }
        add(&mut transaction, room, &mut places, &mut docs).await?;
        for line in changed {
            let known: Option<i64> =
                sqlx::query_scalar("SELECT doc FROM place WHERE room = ? AND seq = ?")
                    .bind(room)
                    .bind(number(line.seq.0))
                    .fetch_optional(&mut *transaction)
                    .await?;
            if let Some(doc) = known {
                for sql in [
                    "DELETE FROM words WHERE rowid = ?",
                    "DELETE FROM place WHERE doc = ?",
                ] {
                    sqlx::query(sql)
                        .bind(doc)
                        .execute(&mut *transaction)
                        .await?;
                }
            }
            if is_found(line)
                && let Some(has) = words_of(line, room)
            {
                let doc = match known {
                    Some(doc) => doc,
                    None => new_doc(&mut self.last, 0, line.created_at, &mut transaction).await?,
                };
                let (mut places, mut docs) = (vec![(doc, line.seq.0)], vec![(doc, has)]);
                add(&mut transaction, room, &mut places, &mut docs).await?;
            }
        }
        sqlx::query("UPDATE room SET seq = ? WHERE key = ?")
            .bind(number(last.seq.0))
            .bind(room)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }

    /// Takes out some of what comes before `first`. Says whether that was all.
    pub(super) async fn forget(
        &mut self,
        progress: Progress,
        first: Seq,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let docs: Vec<i64> =
            sqlx::query_scalar("SELECT doc FROM place WHERE room = ? AND seq < ? LIMIT ?")
                .bind(progress.key)
                .bind(number(first.0))
                .bind(CHUNK)
                .fetch_all(&mut *transaction)
                .await?;
        for doc in &docs {
            for sql in [
                "DELETE FROM words WHERE rowid = ?",
                "DELETE FROM place WHERE doc = ?",
            ] {
                sqlx::query(sql)
                    .bind(doc)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        let all = docs.len() < usize::try_from(CHUNK).unwrap_or(usize::MAX);
        if all {
            // What was never read will not be.
            sqlx::query("UPDATE room SET first = ?1, seq = max(seq, ?1 - 1) WHERE key = ?2")
                .bind(number(first.0))
                .bind(progress.key)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(all)
    }

    pub(super) async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the search index did not close");
        }
    }
}

/// Opens an index that is there. `None` where it is none of this log, or of another shape.
async fn connect(
    options: &SqliteConnectOptions,
    epoch: &str,
) -> Result<Option<SqliteConnection>, sqlx::Error> {
    if !options.get_filename().is_file() {
        return Ok(None);
    }
    let mut connection = writing(options).connect().await?;
    let shape: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut connection)
        .await?;
    let ours = shape == SHAPE
        && sqlx::query_scalar::<_, String>("SELECT epoch FROM log")
            .fetch_one(&mut connection)
            .await?
            == epoch;
    if !ours {
        connection.close().await?;
        return Ok(None);
    }
    Ok(Some(connection))
}

async fn make(
    options: &SqliteConnectOptions,
    epoch: &str,
) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = writing(options).create_if_missing(true).connect().await?;
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await?;
    sqlx::query("INSERT INTO log (epoch) VALUES (?)")
        .bind(epoch)
        .execute(&mut *transaction)
        .await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "PRAGMA user_version = {SHAPE}"
    )))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(connection)
}

/// A crash may cost the last of what was indexed, which is read from the log again.
fn writing(options: &SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .clone()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("secure_delete", "ON")
        .pragma("journal_size_limit", "67108864")
        .pragma("cache_size", "-16384")
}

fn remove(path: &Path) -> std::io::Result<()> {
    for end in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        match std::fs::remove_file(PathBuf::from(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn is_found(line: &RoomMessage) -> bool {
    line.kind == Kind::Talk && line.change().is_none() && !line.deleted
}

/// `None` where the text has nothing that could be looked for.
fn words_of(line: &RoomMessage, room: i64) -> Option<String> {
    let mut words = words(&fold(&line.message));
    if words.is_empty() {
        return None;
    }
    words.push(format!("{ROOM}{room}"));
    Some(words.join(" "))
}

/// A number that no message has yet, in the millisecond in which this one was taken. The highest one
/// that is in the file or was `given` and is not yet there decides.
async fn new_doc(
    last: &mut i64,
    given: i64,
    at: Timestamp,
    connection: &mut SqliteConnection,
) -> Result<i64, sqlx::Error> {
    let base = number(at.millis().min(LAST_MILLI) << DOC_BITS);
    let next = base + (1 << DOC_BITS);
    let doc = if *last < base {
        base
    } else if *last < next {
        // A million messages in one millisecond stand with those of the next.
        *last + 1
    } else {
        let taken: Option<i64> =
            sqlx::query_scalar("SELECT max(doc) FROM place WHERE doc >= ? AND doc < ?")
                .bind(base)
                .bind(next)
                .fetch_one(&mut *connection)
                .await?;
        let taken = taken
            .into_iter()
            .chain((given >= base).then_some(given))
            .max();
        taken.map_or(base, |taken| taken + 1)
    };
    *last = doc.max(*last);
    Ok(doc)
}

async fn add(
    connection: &mut SqliteConnection,
    room: i64,
    places: &mut Vec<(i64, u64)>,
    docs: &mut Vec<(i64, String)>,
) -> Result<(), sqlx::Error> {
    if docs.is_empty() {
        return Ok(());
    }
    let encoded = |list: Result<String, serde_json::Error>| {
        list.map_err(|error| sqlx::Error::Encode(error.into()))
    };
    sqlx::query(
        "INSERT INTO place (doc, room, seq) \
         SELECT value ->> 0, ?1, value ->> 1 FROM json_each(?2)",
    )
    .bind(room)
    .bind(encoded(serde_json::to_string(places))?)
    .execute(&mut *connection)
    .await?;
    sqlx::query("INSERT INTO words (rowid, has) SELECT value ->> 0, value ->> 1 FROM json_each(?)")
        .bind(encoded(serde_json::to_string(docs))?)
        .execute(&mut *connection)
        .await?;
    places.clear();
    docs.clear();
    Ok(())
}

/// The numbers of the database end earlier than ours.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
