//! What SQLite says to the writer, in the form in which readers hear it.
//!
//! Readers go through `sqlx`, whose connections work in threads of their own. The writer has its
//! own thread and calls SQLite from it, so its errors come from `rusqlite`; above this module they
//! are the same.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use rusqlite::{ErrorCode, ffi};
use sqlx::error::{DatabaseError, ErrorKind};

/// What failed in the writer's thread.
#[derive(Debug)]
pub(super) struct Fault {
    error: rusqlite::Error,
    words: String,
}

/// An error of the writer's connection as all others are.
pub(super) fn fault(error: rusqlite::Error) -> sqlx::Error {
    let words = match &error {
        // SQLite's own words, without the path that is added: they are shown to whoever asks
        // whether the log can be written.
        rusqlite::Error::SqliteFailure(code, _) if code.code == ErrorCode::CannotOpen => {
            "unable to open database file".to_owned()
        }
        rusqlite::Error::SqliteFailure(_, Some(words)) => words.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    sqlx::Error::Database(Box::new(Fault { error, words }))
}

impl Fault {
    /// <https://www.sqlite.org/rescode.html#extrc>
    fn extended(&self) -> Option<i32> {
        match &self.error {
            rusqlite::Error::SqlInputError { error, .. } => Some(error.extended_code),
            other => other.sqlite_error().map(|error| error.extended_code),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.words)
    }
}

impl Error for Fault {}

impl DatabaseError for Fault {
    fn message(&self) -> &str {
        &self.words
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.extended().map(|code| code.to_string().into())
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.extended() {
            Some(ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
                ErrorKind::UniqueViolation
            }
            _ => ErrorKind::Other,
        }
    }
}
