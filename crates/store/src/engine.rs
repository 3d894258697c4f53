//! One face for both engines: each call goes to the one that the log lies in.

use std::collections::HashMap;
use std::time::Duration;

use chat::{RoomId, RoomMessage, Seq};

use crate::batch::{Wanted, Writes};
use crate::change::{Place, Target};
use crate::heads::{Head, Heads, Totals};
use crate::reader::Reader;
use crate::{Location, OpenError, Options, postgres, sqlite};

/// Where the database is, and how to connect to it.
pub(crate) enum Database {
    Sqlite(sqlite::Database),
    Postgres(Box<postgres::Database>),
}

/// The connection that writes. There is one.
#[derive(Debug)]
pub(crate) enum Link {
    Sqlite(sqlite::Link),
    Postgres(postgres::Link),
}

/// One batch. Dropped without [`commit`](Self::commit), it has changed nothing.
#[derive(Debug)]
pub(crate) enum Writing<'c> {
    Sqlite(sqlite::Writing<'c>),
    Postgres(postgres::Writing<'c>),
}

impl Database {
    pub(crate) fn new(options: &Options) -> Result<Self, OpenError> {
        Ok(match &options.location {
            Location::Sqlite(path) => Self::Sqlite(sqlite::Database::new(path, options)?),
            Location::Postgres(url) => {
                Self::Postgres(Box::new(postgres::Database::new(url, options)?))
            }
        })
    }

    /// Opens the database for the first time in this process, and brings it up to date. The text
    /// is its epoch.
    pub(crate) async fn open(&self) -> Result<((Link, Heads), String), OpenError> {
        Ok(match self {
            Self::Sqlite(database) => {
                let ((link, heads), epoch) = database.open().await?;
                ((Link::Sqlite(link), heads), epoch)
            }
            Self::Postgres(database) => {
                let (link, epoch) = database.open().await?;
                // Its first batch says what there is.
                ((Link::Postgres(link), Heads::default()), epoch)
            }
        })
    }

    /// Opens the writer's connection again after something went wrong with the last one.
    pub(crate) async fn link(&self) -> Result<(Link, Heads), sqlx::Error> {
        Ok(match self {
            Self::Sqlite(database) => {
                let (link, heads) = database.link()?;
                (Link::Sqlite(link), heads)
            }
            Self::Postgres(database) => (Link::Postgres(database.link().await?), Heads::default()),
        })
    }

    /// Connections for reading, made as they are needed.
    pub(crate) fn reader(&self) -> Reader {
        match self {
            Self::Sqlite(database) => database.reader(),
            Self::Postgres(database) => database.reader(),
        }
    }

    /// Opens the log as it is now, for reading alone: what is written later is not seen. The text is
    /// its epoch.
    pub(crate) async fn look(&self) -> Result<(Reader, String), OpenError> {
        match self {
            Self::Sqlite(database) => database.look().await,
            Self::Postgres(database) => database.look().await,
        }
    }

    /// What to call it: the file, or the URL without a password.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Sqlite(database) => database.name(),
            Self::Postgres(database) => database.name(),
        }
    }

    /// Whether it is reached over a socket, and not in the calling thread.
    pub(crate) fn is_far(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// How long one attempt at a batch may take before its connection is given up; `None` where
    /// the engine itself never waits for long.
    pub(crate) fn patience(&self) -> Option<Duration> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(database) => Some(database.patience()),
        }
    }

    /// Whether the database itself may be gone, and back in a moment, so that it is worth to wait
    /// and try the batch again.
    pub(crate) fn is_away(&self, error: &sqlx::Error) -> bool {
        match self {
            // What waiting can cure, SQLite has waited for.
            Self::Sqlite(_) => false,
            Self::Postgres(_) => postgres::is_away(error),
        }
    }
}

impl Link {
    /// Whether a batch that is refused costs less than a question before every batch: where nobody
    /// else writes, who could make it wait for its turn again.
    pub(crate) fn may_try(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Begins a batch, and waits for its turn to write. With totals where another process has
    /// written since the last batch: whatever was remembered of the rooms is then void.
    pub(crate) async fn begin(&mut self) -> Result<(Writing<'_>, Option<Totals>), sqlx::Error> {
        Ok(match self {
            Self::Sqlite(link) => (Writing::Sqlite(link.begin()?), None),
            Self::Postgres(link) => {
                let (writing, totals) = link.begin().await?;
                (Writing::Postgres(writing), totals)
            }
        })
    }

    /// Gives up the connection, and with it whatever a failed batch has left behind.
    pub(crate) async fn abandon(self) {
        match self {
            Self::Sqlite(link) => link.abandon(),
            // Dropped and not closed: whoever is at the other end may not answer.
            Self::Postgres(link) => drop(link),
        }
    }

    /// Leaves the database in good order.
    pub(crate) async fn close(self) {
        match self {
            Self::Sqlite(link) => link.close(),
            Self::Postgres(link) => link.close().await,
        }
    }
}

impl Writing<'_> {
    /// Those of the rooms that exist; at most [`Options::MAX_BATCH`] are asked for.
    pub(crate) async fn heads(&mut self, ids: &[&RoomId]) -> Result<Vec<Head>, sqlx::Error> {
        match self {
            Self::Sqlite(writing) => writing.heads(ids),
            Self::Postgres(writing) => writing.heads(ids).await,
        }
    }

    /// Those of the messages that are in the log, each with its room's key; at most
    /// [`Options::MAX_BATCH`] are asked for.
    pub(crate) async fn stored(
        &mut self,
        wanted: &[Wanted<'_>],
    ) -> Result<Vec<(i64, RoomMessage)>, sqlx::Error> {
        match self {
            Self::Sqlite(writing) => writing.stored(wanted),
            Self::Postgres(writing) => writing.stored(wanted).await,
        }
    }

    /// Those of the lines that exist, as far as it matters to those who would change them. Changes
    /// are rare beside lines, so they are asked for one by one.
    pub(crate) async fn targets(
        &mut self,
        places: &[Place],
    ) -> Result<HashMap<Place, Target>, sqlx::Error> {
        let mut targets = HashMap::with_capacity(places.len());
        for place in places {
            let target = match self {
                Self::Sqlite(writing) => writing.target(*place)?,
                Self::Postgres(writing) => writing.target(*place).await?,
            };
            targets.extend(target.map(|target| (*place, target)));
        }
        Ok(targets)
    }

    /// Writes a batch.
    pub(crate) async fn write(&mut self, writes: &Writes) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(writing) => writing.write(writes),
            Self::Postgres(writing) => writing.write(writes).await,
        }
    }

    /// Removes what stands before `below` in this room, but not what is not there yet.
    pub(crate) async fn forget(&mut self, room: i64, below: Seq) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(writing) => writing.forget(room, below),
            Self::Postgres(writing) => writing.forget(room, below).await,
        }
    }

    /// Makes an empty log another one, without rooms.
    pub(crate) async fn restart(&mut self, epoch: &str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(writing) => writing.restart(epoch),
            Self::Postgres(writing) => writing.restart(epoch).await,
        }
    }

    /// Writes as much as the longest message needs, and takes it back, to see whether it can.
    pub(crate) async fn probe(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(writing) => writing.probe(),
            Self::Postgres(writing) => writing.probe().await,
        }
    }

    /// Ends the batch. It is on disk when this returns.
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(writing) => writing.commit(),
            Self::Postgres(writing) => writing.commit().await,
        }
    }
}
