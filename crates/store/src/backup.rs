//! A copy of a database in use.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::Database;
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
    #[error("{} cannot be written: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    /// PostgreSQL has a program of its own for it.
    #[error("PostgreSQL is backed up by its own program: pg_dump --format=custom --file=FILE URL")]
    Postgres,
}

/// Copies a SQLite log, as it is when this begins, into a file that must not exist, while a
/// server goes on writing to it. The copy is a database of its own, on the disk when this returns.
///
/// # Errors
///
/// [`BackupError`]; what was written of the copy by then is removed.
pub async fn back_up(options: &Options, copy: &Path) -> Result<(), BackupError> {
    let Database::Sqlite(database) = Database::new(options)? else {
        return Err(BackupError::Postgres);
    };
    let file = |error| BackupError::File {
        path: copy.to_owned(),
        error,
    };
    if copy.try_exists().map_err(file)? {
        return Err(BackupError::Exists(copy.to_owned()));
    }
    let copied = async {
        database.back_up(copy).await?;
        // SQLite leaves the new file to the operating system.
        File::open(copy)
            .and_then(|copy| copy.sync_all())
            .map_err(file)
    }
    .await;
    if copied.is_err() {
        // There may be nothing to remove.
        let _ = std::fs::remove_file(copy);
    }
    copied
}
