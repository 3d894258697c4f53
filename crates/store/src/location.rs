//! Which database holds the log.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where the log lies, and by that, which engine keeps it.
///
/// Read from a URL it is `sqlite:FILE`, `sqlite://FILE`, or
/// `postgres://USER:PASSWORD@HOST:PORT/DATABASE` (`postgresql://` is the same):
///
/// ```
/// use store::Location;
///
/// let file: Location = "sqlite:data/roomside.db".parse()?;
/// assert_eq!(file, Location::from("data/roomside.db"));
/// let server: Location = "postgres://roomside@db.example.org/chat".parse()?;
/// assert!(matches!(server, Location::Postgres(_)));
/// # Ok::<(), store::LocationError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// The SQLite file. It and the folders above it are made where they are missing; SQLite
    /// keeps two files of its own beside it while it is open (`…-wal`, `…-shm`).
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL database, version 15 or later, encoded in UTF-8. The database must
    /// exist; the tables are made in its current schema where they are missing. The password may
    /// come from `PGPASSWORD` or `~/.pgpass` instead, and `?sslmode=verify-full` demands TLS.
    Postgres(String),
}

/// A URL that names no database we speak to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give sqlite:FILE or postgres://USER@HOST/DATABASE")]
pub struct LocationError;

impl Location {
    /// The SQLite file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

impl<P: Into<PathBuf>> From<P> for Location {
    fn from(path: P) -> Self {
        Self::Sqlite(path.into())
    }
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(url: &str) -> Result<Self, LocationError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite:").ok_or(LocationError)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.trim_start_matches('/').is_empty() {
            return Err(LocationError);
        }
        Ok(Self::Sqlite(path.into()))
    }
}

/// Without the URL, which may have a password in it.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_a_file_or_a_server() {
        for (url, path) in [
            ("sqlite:a/b.db", "a/b.db"),
            ("sqlite:///var/b.db", "/var/b.db"),
            ("sqlite://b.db", "b.db"),
        ] {
            assert_eq!(url.parse(), Ok(Location::from(path)));
        }
        for url in ["postgres://h/d", "postgresql://u:p@h:5433/d"] {
            assert_eq!(url.parse(), Ok(Location::Postgres(url.to_owned())));
        }
        for url in ["", "sqlite:", "sqlite:///", "mysql://h/d", "a/b.db"] {
            assert_eq!(url.parse::<Location>(), Err(LocationError));
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let location = Location::Postgres("postgres://u:secret@h/d".to_owned());
        assert!(!format!("{location:?}").contains("secret"));
    }
}
