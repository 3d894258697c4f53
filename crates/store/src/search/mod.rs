//! Finding what was said.
//!
//! The index is a file of its own beside the log, in SQLite whichever engine has the log, and an
//! [`Indexer`] keeps it by reading the log like any other follower. So nobody who speaks waits for
//! it, and it can be thrown away at any time: a missing, damaged or foreign index is made anew.
//!
//! The index narrows down where to look. What is found is read from the log and compared with what
//! is looked for, so that nothing is ever shown that was edited or deleted meanwhile.
//!
//! - `fold`: text as it is compared. `words`: what it is found by. `query`: what is looked for.
//!   None of them does any IO.
//! - `index`: the file, and those who read it. `link`: the connection that writes it, `doc` the numbers
//!   of messages there. `indexer`: the task that keeps it.

mod doc;
mod fold;
mod index;
mod indexer;
mod link;
mod query;
mod words;

use core::fmt;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

use chat::{RoomId, RoomMessage, Seq};

use self::index::Index;
pub use self::indexer::Indexer;
pub use self::query::{Query, QueryError};
use crate::{OpenError, ReadError, Store};

/// A handle to the index; clones share it.
#[derive(Clone, Debug)]
pub struct Search {
    store: Store,
    index: Index,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub message: RoomMessage,
    /// Where the words stand in its text: byte ranges in order, none touching another.
    pub matches: Vec<Range<usize>>,
}

/// A page of what was found, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// Where to go on; `None` where there is no more. A page may be shorter than it was asked for,
    /// and even empty, and yet not the last one: a search ends early rather than to take long.
    pub next: Option<Cursor>,
}

/// A place among all messages in the order of their times. It stays the same whatever is said or
/// deleted, and whether or not the message it was taken from is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(u64);

/// What is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cursor is what `next` of an earlier page says")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let number = text.parse().map_err(|_| CursorError)?;
        // The database's numbers end there.
        if i64::try_from(number).is_err() {
            return Err(CursorError);
        }
        Ok(Self(number))
    }
}

impl Search {
    /// The longest page, in messages.
    pub const MAX_PAGE: u32 = 100;

    /// How many messages that have the words of a query are read for one page, at most. Most of
    /// them are found; with words such as `가나나가` for a query of `가나가`, none is.
    const MAX_READ: usize = 500;

    /// Opens the index of `store` in this file, and makes it where it is missing or is none of this
    /// log. Run the [`Indexer`], or nothing new is ever found.
    ///
    /// # Errors
    ///
    /// [`OpenError::Unusable`] where there can be no such file.
    pub async fn open(store: &Store, path: &Path) -> Result<(Self, Indexer), OpenError> {
        // Whatever changes from now on is remembered; what did before is found by comparing.
        store.bell().listen();
        let (index, link) = Index::open(path, store.epoch()).await?;
        let indexer = Indexer::new(store.clone(), link);
        let store = store.clone();
        Ok((Self { store, index }, indexer))
    }

    /// Looks for messages, the newest first, those before `before` where it is given.
    ///
    /// What was said in the last moments may be missing. A room that is unknown has no messages.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    ///
    /// # Cancel safety
    ///
    /// It changes nothing.
    pub async fn find(
        &self,
        query: &Query,
        room: Option<&RoomId>,
        before: Option<Cursor>,
        limit: u32,
    ) -> Result<Found, ReadError> {
        let limit = limit.min(Self::MAX_PAGE) as usize;
        let mut found = Found::default();
        if limit == 0 {
            return Ok(found);
        }
        let Some(looking) = self.index.looking(query, room).await? else {
            return Ok(found);
        };
        let mut before = before.unwrap_or(Cursor(i64::MAX.unsigned_abs()));
        let mut read = 0;
        loop {
            // One more than is needed tells whether there is more.
            let chunk = (limit - found.hits.len()).max(16) + 1;
            let places = self.index.places(&looking, before, chunk).await?;
            let last = places.len() < chunk;
            for (cursor, room, seq) in places {
                if found.hits.len() == limit || read == Self::MAX_READ {
                    found.next = Some(before);
                    return Ok(found);
                }
                before = cursor;
                read += 1;
                found.hits.extend(self.read(query, &room, seq).await?);
            }
            if last {
                return Ok(found);
            }
        }
    }

    async fn read(&self, query: &Query, room: &RoomId, seq: Seq) -> Result<Option<Hit>, ReadError> {
        let after = crate::Range::After(Seq(seq.0.saturating_sub(1)));
        let message = self.store.page(room, after, 1).await?.pop();
        let hit = message
            .filter(|message| message.seq == seq)
            .and_then(|message| {
                let matches = query.find(&message.message)?;
                Some(Hit { message, matches })
            });
        Ok(hit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let cursor = Cursor(1_795_132_800_000 << 20);
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in [
            "",
            "-1",
            "x",
            "1.5",
            "9223372036854775808",
            "99999999999999999999",
        ] {
            assert_eq!(bad.parse::<Cursor>(), Err(CursorError), "{bad}");
        }
    }
}
