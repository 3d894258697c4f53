//! Opening, migrating, and the settings of each connection.

use std::fs::OpenOptions;
use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions, Connection as _, SqliteConnection, raw_sql};

use super::Link;
use super::fault::fault;
use super::whole::is_cut_short;
use crate::error::reason;
use crate::heads::Heads;
use crate::reader::Reader;
use crate::{OpenError, Options, Store};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Written into the file by the first migration.
const APPLICATION_ID: i64 = 0x526d_5364;

/// The size of a page where nobody chose another; we do not.
const PAGE_BYTES: u64 = 4_096;

/// The write-ahead log is folded into the database when it has so many pages: 16 MB, so that
/// a busy server does it once in a few seconds and a restart has little to recover.
const CHECKPOINT_PAGES: i64 = 4_000;

/// A file of which people should know why a start takes long.
const LARGE: u64 = 64 << 20;

/// What is left of the write-ahead log after a burst has made it longer.
const LEFTOVER_BYTES: i64 = 64 << 20;

/// The writer's page cache, in KiB when negative: enough to keep the ends of the tables and of
/// the index of ids, where almost all writing happens.
const CACHE: i64 = -16_384;

/// Rows that the thread of a connection reads ahead: a whole page, so that it need not wait for those
/// who take them, and they wake once.
const ROWS: usize = Store::MAX_PAGE as usize;

/// <https://www.sqlite.org/rescode.html#busy>
const BUSY: i32 = 5;

/// How long a read waits for a free connection.
const ACQUIRE: Duration = Duration::from_secs(10);

/// Where the database is, and how to connect to it.
pub(crate) struct Database {
    path: PathBuf,
    max_bytes: Option<u64>,
    patience: Duration,
    readers: u32,
}

impl Database {
    /// Finds the file's place, and makes the folders above it.
    pub(crate) fn new(path: &Path, options: &Options) -> Result<Self, OpenError> {
        // As an absolute path, so that errors say which file is meant and no relative name reads
        // as one of SQLite's special ones.
        let path = std::path::absolute(path).map_err(|error| OpenError::Unusable {
            database: path.display().to_string(),
            why: error.to_string(),
        })?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|source| OpenError::Folder {
                folder: folder.to_owned(),
                source,
            })?;
        }
        if path.is_dir() {
            return Err(OpenError::IsFolder { path });
        }
        Ok(Self {
            path,
            max_bytes: options.max_bytes,
            patience: options.patience,
            readers: options.readers.max(1),
        })
    }

    /// Opens the database for the first time in this process, and brings it up to date. The text
    /// is its epoch.
    pub(crate) async fn open(&self) -> Result<((Link, Heads), String), OpenError> {
        let path = &self.path;
        check_writable(path)?;
        let cut = is_cut_short(path).map_err(|error| OpenError::Unusable {
            database: path.display().to_string(),
            why: error.to_string(),
        })?;
        if cut {
            let database = path.display().to_string();
            return Err(OpenError::Damaged { database });
        }
        // A migration that copies what was said leaves no copy of it behind.
        let settings = self.settings().pragma("secure_delete", "ON");
        let options = settings.create_if_missing(true);
        let connected = options.connect().await;
        let mut connection = connected.map_err(|error| explain(path, &error))?;
        let ours = is_ours(&mut connection).await;
        if !ours.map_err(|error| explain(path, &error))? {
            let database = path.display().to_string();
            return Err(OpenError::Foreign { database });
        }
        // Before anything is written: a start that is cut short then leaves what the next one mends.
        let logged = raw_sql("PRAGMA journal_mode = WAL").execute(&mut connection);
        logged.await.map_err(|error| explain(path, &error))?;
        if self.is_long_to_migrate(&mut connection).await {
            let file = path.display();
            tracing::info!(%file, "the log is being brought up to date, which takes a while");
        }
        let migrated = MIGRATIONS.run_direct(None, &mut connection, false).await;
        migrated.map_err(|error| explain_migration(path, error))?;
        let epoch = sqlx::query_scalar("SELECT epoch FROM log")
            .fetch_one(&mut connection)
            .await
            .map_err(|error| explain(path, &error))?;
        let mut link = self.link().map_err(|error| explain(path, &error))?;
        link.0
            .try_writing()
            .or_else(|error| match result_code(&error) {
                // Another process writes now, so it can be written.
                Some(BUSY) => Ok(()),
                _ => Err(explain(path, &error)),
            })?;
        // The writer's connection is open, so that this one is not the last, which would fold the
        // write-ahead log into the database before anything else is done.
        connection
            .close()
            .await
            .map_err(|error| explain(path, &error))?;
        Ok((link, epoch))
    }

    /// Whether migrations are to be made in a file that is large.
    async fn is_long_to_migrate(&self, connection: &mut SqliteConnection) -> bool {
        let large = std::fs::metadata(&self.path).is_ok_and(|file| file.len() >= LARGE);
        // An error is for the migrations to have.
        let version = version(connection).await.ok().flatten();
        large && version.is_none_or(|version| version < newest())
    }

    /// Opens the writer's connection, for the first time or after something went wrong with the
    /// last one. A file that has gone meanwhile is not made again: there would be nothing in it.
    pub(crate) fn link(&self) -> Result<(Link, Heads), sqlx::Error> {
        // Nobody else calls it, so SQLite need not guard it.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(fault)?;
        self.set(&connection).map_err(fault)?;
        Link::new(connection)
    }

    /// The settings of the writer's connection.
    fn set(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.busy_timeout(self.patience)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A commit is on the disk, not only with the operating system, when it returns.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        connection.pragma_update(None, "journal_size_limit", LEFTOVER_BYTES)?;
        connection.pragma_update(None, "cache_size", CACHE)?;
        // What is erased is overwritten and not only forgotten.
        connection.pragma_update(None, "secure_delete", true)?;
        if let Some(pages) = self.max_pages() {
            connection.pragma_update(None, "max_page_count", pages)?;
        }
        Ok(())
    }

    fn max_pages(&self) -> Option<i64> {
        let pages = self.max_bytes? / PAGE_BYTES;
        Some(i64::try_from(pages).unwrap_or(i64::MAX).max(1))
    }

    /// Connections for reading, made as they are needed.
    pub(crate) fn reader(&self) -> Reader {
        let options = self.settings().read_only(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(self.readers)
            .acquire_timeout(ACQUIRE)
            .idle_timeout(None)
            .max_lifetime(None)
            // There is no network in between that could have dropped the connection.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        Reader::from(pool)
    }

    /// What to call it.
    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Opens the log as it is now, for reading alone.
    pub(crate) async fn look(&self) -> Result<(Reader, String), OpenError> {
        let database = self.name();
        if !self.path.exists() {
            return Err(OpenError::Missing { database });
        }
        let explain = |error| explain(&self.path, &error);
        // One connection, which never leaves the transaction that it begins with.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(|connection, _| {
                Box::pin(async move { raw_sql("BEGIN").execute(connection).await.map(drop) })
            })
            .connect_with(self.settings().read_only(true))
            .await
            .map_err(explain)?;
        let mut connection = pool.acquire().await.map_err(explain)?;
        if !is_ours(&mut connection).await.map_err(explain)? {
            return Err(OpenError::Foreign { database });
        }
        let found = version(&mut connection).await.map_err(explain)?;
        check_version(database, found)?;
        let epoch = sqlx::query_scalar("SELECT epoch FROM log")
            .fetch_one(&mut *connection)
            .await
            .map_err(explain)?;
        drop(connection);
        Ok((Reader::from(pool), epoch))
    }

    /// Copies the log into a file that must not exist, while others go on writing, and gives the
    /// copy an epoch of its own.
    pub(crate) async fn copy_into(&self, copy: &Path) -> Result<(), sqlx::Error> {
        let source = self.settings().create_if_missing(false);
        let mut connection = source.connect().await?;
        sqlx::query("VACUUM INTO ?")
            .bind(copy.to_string_lossy().into_owned())
            .execute(&mut connection)
            .await?;
        let copy = SqliteConnectOptions::new().filename(copy);
        let mut connection = copy.disable_statement_logging().connect().await?;
        raw_sql("UPDATE log SET epoch = lower(hex(randomblob(8)))")
            .execute(&mut connection)
            .await?;
        connection.close().await
    }

    fn settings(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .foreign_keys(true)
            .busy_timeout(self.patience)
            .row_buffer_size(ROWS)
            .disable_statement_logging()
    }
}

/// Whether the file may be written, if it is there. SQLite would open it for reading, and make files
/// beside it that nobody may write either.
fn check_writable(path: &Path) -> Result<(), OpenError> {
    match OpenOptions::new().write(true).open(path) {
        Err(error) if matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem) => {
            Err(OpenError::Unwritable {
                database: path.display().to_string(),
                why: error.to_string(),
            })
        }
        _ => Ok(()),
    }
}

/// Whether the file is empty or was made by us.
async fn is_ours(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let id: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await?;
    // A first start may have been cut short after the first thing it does.
    let others: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> '_sqlx_migrations'",
    )
    .fetch_one(connection)
    .await?;
    Ok(id == APPLICATION_ID || others == 0)
}

/// The version of the schema that the file has.
async fn version(connection: &mut SqliteConnection) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await
}

/// Whether what is only read has the schema that this program knows.
fn check_version(database: String, found: Option<i64>) -> Result<(), OpenError> {
    let known = newest();
    match found.unwrap_or(0) {
        found if found > known => Err(OpenError::Newer {
            database,
            found,
            known,
        }),
        found if found < known => Err(OpenError::Older { database }),
        _ => Ok(()),
    }
}

/// The version of the schema that this program knows.
fn newest() -> i64 {
    MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0)
}

fn explain_migration(path: &Path, error: MigrateError) -> OpenError {
    let known = newest();
    match error {
        MigrateError::VersionMissing(found) if found > known => OpenError::Newer {
            database: path.display().to_string(),
            found,
            known,
        },
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            explain(path, &error)
        }
        other => OpenError::Unusable {
            database: path.display().to_string(),
            why: other.to_string(),
        },
    }
}

fn explain(path: &Path, error: &sqlx::Error) -> OpenError {
    /// <https://www.sqlite.org/rescode.html#readonly>
    const READ_ONLY: i32 = 8;
    /// What a file that was cut short is told by, too: its head says how long it should be.
    /// <https://www.sqlite.org/rescode.html#corrupt>
    const CORRUPT: i32 = 11;
    /// This, or a file beside it. <https://www.sqlite.org/rescode.html#cantopen>
    const CANNOT_OPEN: i32 = 14;
    /// <https://www.sqlite.org/rescode.html#notadb>
    const NOT_A_DATABASE: i32 = 26;

    let database = path.display().to_string();
    let why = reason(error);
    match result_code(error) {
        Some(NOT_A_DATABASE) => OpenError::NotADatabase {
            path: path.to_owned(),
        },
        Some(CORRUPT) => OpenError::Damaged { database },
        Some(READ_ONLY | CANNOT_OPEN) => OpenError::Unwritable { database, why },
        _ => OpenError::Unusable { database, why },
    }
}

/// What SQLite calls the error, without what is added to that.
/// <https://www.sqlite.org/rescode.html#primary_result_codes_versus_extended_result_codes>
fn result_code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}
