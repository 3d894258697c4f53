//! What can go wrong, by what the caller was doing.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why the log could not be opened. Each is one sentence that names the file, or the server
/// without its password, fit to be printed before giving up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder for the database is missing and cannot be made.
    #[error("cannot create the folder {}: {source}", folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    /// There is a folder where the database should be.
    #[error("cannot open the database {}: it is a folder", path.display())]
    IsFolder { path: PathBuf },
    /// The file is not a SQLite database.
    #[error("cannot open the database {}: the file is not a SQLite database", path.display())]
    NotADatabase { path: PathBuf },
    /// The file is damaged, or has been cut short.
    #[error("cannot open the database {database}: it is damaged or cut short, restore a backup")]
    Damaged { database: String },
    /// It is a database, but has another program's tables.
    #[error("cannot open the database {database}: it belongs to another program")]
    Foreign { database: String },
    /// It can be read at the most, or its folder has no room for the files beside it.
    #[error(
        "cannot open the database {database}: it cannot be written ({why}): it and its folder have to \
         belong to the user that runs Roomside"
    )]
    Unwritable { database: String, why: String },
    /// There is nothing where something is to be read from.
    #[error("there is no database {database}")]
    Missing { database: String },
    /// It was written by an older Roomside, and is only to be looked at.
    #[error(
        "the database {database} is an older Roomside's: start this one with it once, which brings it up to date"
    )]
    Older { database: String },
    /// A newer Roomside has been here. Nothing was changed.
    #[error(
        "cannot open the database {database}: a newer Roomside wrote it (schema {found}, this one knows {known}), update the program"
    )]
    Newer {
        database: String,
        found: i64,
        known: i64,
    },
    /// Anything else, in the database's words: a full disk, a lock that stays, a server that cannot be
    /// reached or wants another password.
    #[error("cannot open the database {database}: {why}")]
    Unusable { database: String, why: String },
}

/// Why the log could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The database failed, in its own words. Reading again later may work.
    #[error("the log cannot be read: {0}")]
    Unavailable(String),
    /// The store was closed, or its writer has died.
    #[error("the log is closed")]
    Closed,
}

/// Why something was not written.
///
/// It is not in the log, and writing it again with the same id is safe, always: should the machine
/// lose power while a commit fails, the disk may keep what was reported as refused, and the second
/// attempt then finds it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// There is no such room, and the entry did not ask to make one.
    #[error("there is no such room")]
    RoomUnknown,
    /// There are [`Options::max_rooms`](crate::Options::max_rooms) rooms already.
    #[error("the log holds no more rooms")]
    RoomsFull,
    /// This sender has put another message with this id into this room. That one stands. (What was
    /// edited or deleted since is not compared: then any message of the id is taken for a repeat.)
    #[error("another message has this id")]
    IdReused,
    /// The line to be changed is not in the room, or came in the same group as the change.
    #[error("there is no such message")]
    MessageUnknown,
    /// The line to be changed is a coming, a going or a change itself, or was deleted.
    #[error("the message cannot be changed")]
    MessageFixed,
    /// The line to be changed has another author, or none that is known.
    #[error("somebody else wrote the message")]
    MessageForeign,
    /// The batch could not be committed, in the database's words: a full disk, a lock that stays,
    /// a server that is gone. The next one is tried afresh; see
    /// [`retry_after`](Self::retry_after).
    #[error("the log cannot be written: {0}")]
    Unavailable(String),
    /// The store was closed, or its writer has died.
    #[error("the log is closed")]
    Closed,
}

impl WriteError {
    /// How long to wait before an [`Unavailable`](Self::Unavailable) log is worth trying again.
    pub const RETRY_AFTER: Duration = Duration::from_secs(2);

    /// How long to wait before the same thing is worth trying again; `None` where it would be
    /// refused again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable(_) => Some(Self::RETRY_AFTER),
            Self::RoomUnknown
            | Self::RoomsFull
            | Self::IdReused
            | Self::MessageUnknown
            | Self::MessageFixed
            | Self::MessageForeign
            | Self::Closed => None,
        }
    }
}

/// Why the log cannot serve at the moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The last batch, or the last attempt to write at all, has failed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<sqlx::Error> for ReadError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolClosed => Self::Closed,
            other => Self::Unavailable(reason(&other)),
        }
    }
}

/// The database's words without the wrapping of the layers above it.
pub(crate) fn reason(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .map_or_else(|| error.to_string(), |error| error.message().to_owned())
}
