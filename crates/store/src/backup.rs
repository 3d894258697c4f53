//! A copy of a database in use.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::Database;
use crate::error::reason;
use crate::{OpenError, Options};

/// Why there is no copy; one sentence each.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Something of this name is there already, and is left alone.
    #[error("{} exists already: choose another name, or remove it", .0.display())]
    Exists(PathBuf),
    /// The copy cannot be written.
    #[error("{} cannot be written: {why}", path.display())]
    File { path: PathBuf, why: String },
    /// PostgreSQL has a program of its own for it.
    #[error("PostgreSQL is backed up by its own program: pg_dump --format=custom --file=FILE URL")]
    Postgres,
}

/// Copies a SQLite log, as it is when this begins, into a file that must not exist, while a
/// server goes on writing to it. The copy is a database of its own, on the disk when this returns.
///
/// It has an epoch of its own too: once it is put into the place of the log, what was said after it
/// is gone, and its places are given again, so a client that comes back must not take them for those
/// that it knows.
///
/// # Errors
///
/// [`BackupError`]; what was written of the copy by then is removed.
pub async fn back_up(options: &Options, copy: &Path) -> Result<(), BackupError> {
    let Database::Sqlite(database) = Database::new(options)? else {
        return Err(BackupError::Postgres);
    };
    let file = |error: io::Error| BackupError::File {
        path: copy.to_owned(),
        why: error.to_string(),
    };
    if copy.try_exists().map_err(file)? {
        return Err(BackupError::Exists(copy.to_owned()));
    }
    // All that can be wrong with the log itself is said here.
    let (reader, _) = database.look().await?;
    reader.close().await;
    let copied = database.copy_into(copy).await;
    let copied = copied.map_err(|error| BackupError::File {
        path: copy.to_owned(),
        why: reason(&error),
    });
    // SQLite leaves the new file to the operating system.
    let copied = copied.and_then(|()| {
        let synced = File::open(copy).and_then(|copy| copy.sync_all());
        synced.map_err(file)
    });
    if copied.is_err() {
        // There may be nothing to remove.
        let _ = std::fs::remove_file(copy);
    }
    copied
}
