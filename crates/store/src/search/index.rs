//! The file of the index, and those who read it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chat::{RoomId, Seq};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

use super::Cursor;
use super::doc::number;
use super::link::{Link, room_word};
use super::query::Query;
use crate::error::reason;
use crate::{OpenError, ReadError};

/// The shape of the file, and what [`words`](super::words::words) makes of a text. An index of
/// another shape is made anew.
const SHAPE: i64 = 2;

/// `has` is a list of words with spaces between. It is not kept itself: the text it was made of is,
/// which is a third as long, and says what to take out once that changes. Without positions and
/// without sizes of columns the index is a third as large, and as for where the words stand the text
/// itself is asked. What is deleted is taken out of the lists at once, and not only marked.
const SCHEMA: &str = "
    CREATE TABLE log (epoch TEXT NOT NULL) STRICT;
    CREATE TABLE room (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        -- The first message that the log still had, the last that was read, and the id of that.
        first INTEGER NOT NULL DEFAULT 1,
        seq INTEGER NOT NULL DEFAULT 0,
        last BLOB
    ) STRICT;
    CREATE TABLE said (
        doc INTEGER PRIMARY KEY,
        room INTEGER NOT NULL REFERENCES room (key),
        seq INTEGER NOT NULL,
        text TEXT NOT NULL,
        UNIQUE (room, seq)
    ) STRICT;
    CREATE VIRTUAL TABLE words USING fts5 (
        has, content = '', tokenize = 'ascii', detail = none, columnsize = 0
    );
    INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
    -- What is gathered in memory before it is written, in bytes.
    INSERT INTO words (words, rank) VALUES ('hashsize', 8388608);
";

/// How long to wait for a reader's connection.
const ACQUIRE: Duration = Duration::from_secs(10);

/// Connections for reading.
const READERS: u32 = 2;

/// The readers' side.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pool: SqlitePool,
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
            .connect_lazy_with(options.clone().read_only(true));
        let link = Link::new(writing(&options), connection);
        let link = link.await.map_err(|error| unusable(&error))?;
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
            all.push(format!("\"{}\"", room_word(key)));
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
             CROSS JOIN said p ON p.doc = w.rowid CROSS JOIN room r ON r.key = p.room \
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
