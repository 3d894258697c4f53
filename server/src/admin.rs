//! Jobs for an operator, done by the program instead of serving.

mod draft;
mod progress;

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use store::dump::{self, DumpError};
use store::{BackupError, Options};

use self::draft::Draft;
use self::progress::Progress;
use crate::config::{Command, Config, ConfigError};
use crate::lock::{LockError, LogLock};

/// Why a job was not done; one sentence each, which names the file or the database.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error("{} exists already: choose another name, or remove it", .0.display())]
    Exists(PathBuf),
    #[error("{} cannot be opened: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{}: {error}", path.display())]
    Dump { path: PathBuf, error: DumpError },
}

/// Does the job and says what was done, in one line for people.
///
/// # Errors
///
/// [`AdminError`]; a file that could not be finished is removed, a database that could not be
/// filled is left empty.
///
/// # Cancel safety
///
/// Dropped, it leaves as little as after an error.
pub async fn run(config: &Config, command: &Command) -> Result<String, AdminError> {
    let options = Options::new(config.database()?);
    match command {
        Command::Export { file, .. } => export(&options, file).await,
        Command::Import { file, .. } => import(&options, file).await,
        Command::Backup { file, .. } => {
            if options.location.file().is_none() {
                return Err(BackupError::Postgres.into());
            }
            let draft = Draft::begin(file)?;
            store::back_up(&options, draft.part()).await?;
            draft.finish()?;
            Ok(format!("backed up into {}", file.display()))
        }
    }
}

async fn export(options: &Options, path: &Path) -> Result<String, AdminError> {
    let failed = |error| AdminError::Dump {
        path: path.to_owned(),
        error,
    };
    let draft = Draft::begin(path)?;
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(draft.part());
    let file = file.map_err(|error| unopened(path, error))?;
    let carried = write_out(options, file).await.map_err(failed)?;
    draft.finish()?;
    Ok(format!(
        "exported into {}, rooms: {}, messages: {}",
        path.display(),
        carried.rooms,
        carried.messages
    ))
}

async fn write_out(options: &Options, file: File) -> Result<dump::Carried, DumpError> {
    let mut out = BufWriter::new(file);
    let mut progress = Progress::start("exported");
    let carried = dump::export(options, &mut out, |carried| progress.show(carried)).await?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(carried)
}

async fn import(options: &Options, path: &Path) -> Result<String, AdminError> {
    let file = File::open(path).map_err(|error| unopened(path, error))?;
    let _lock = options.location.file().map(LogLock::take).transpose()?;
    let mut progress = Progress::start("imported");
    let mut input = BufReader::new(file);
    let imported = dump::import(options, &mut input, |carried| progress.show(carried)).await;
    drop(progress);
    let carried = imported.map_err(|error| AdminError::Dump {
        path: path.to_owned(),
        error,
    })?;
    Ok(format!(
        "imported {}, rooms: {}, messages: {}",
        path.display(),
        carried.rooms,
        carried.messages
    ))
}

fn unopened(path: &Path, error: io::Error) -> AdminError {
    AdminError::File {
        path: path.to_owned(),
        error,
    }
}
