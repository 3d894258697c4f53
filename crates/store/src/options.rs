//! Where the log lies, and its limits.

use std::time::Duration;

use crate::Location;

/// How to open a [`Store`](crate::Store). Start from [`Options::new`] and change what differs:
///
/// ```
/// let options = store::Options {
///     max_rooms: 500,
///     ..store::Options::new("data/roomside.db")
/// };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The database, and by that the engine.
    pub location: Location,

    /// Appends that share one commit, at most; 1 to [`Options::MAX_BATCH`], others are moved
    /// there. A batch is what has queued up during the commit before it. Where that one held more,
    /// it waits for those who were in it: until as many have come, at most four times as long as that
    /// one took and never more than a millisecond. Who has been alone is not kept waiting.
    pub batch: usize,

    /// Appends that wait for the writer, at most; further ones wait for their turn to queue. In
    /// memory that is this many times the longest message (12 KB of Korean text).
    pub queue: usize,

    /// Batches that wait in the [`Journal`](crate::Journal), at most. When it is full the writer
    /// waits for the journal's reader.
    pub journal: usize,

    /// Connections for reading, at most, and at least one. They are made as they are needed and
    /// kept; each has a thread of its own.
    pub readers: u32,

    /// Rooms, the lobby included, at most: whoever may enter a room may make one. More than
    /// [`Options::MAX_ROOMS`] are not made whatever this says.
    pub max_rooms: u64,

    /// The SQLite database's size in bytes, at most; `None` leaves it to the disk. Rounded down to whole
    /// pages of 4,096 bytes. The write-ahead log beside the database, usually 16 MB, is not counted.
    /// What does not fit is refused with [`WriteError::Unavailable`](crate::WriteError::Unavailable),
    /// as on a full disk.
    pub max_bytes: Option<u64>,

    /// How long a batch waits for a database that is locked by another process (a backup, a shell,
    /// another server) or that is gone and may be back in a moment. Then it is refused, and so are
    /// the next ones, at once, until one can be written; so an append is answered within twice
    /// this long.
    pub patience: Duration,
}

impl Options {
    /// The largest [`batch`](Self::batch), and how much goes into one statement where a statement
    /// takes many lines. Everybody in a batch waits for the last of it, and a sync of the disk that
    /// so many share costs each of them nothing.
    pub const MAX_BATCH: usize = 2_048;

    /// The largest [`max_rooms`](Self::max_rooms): what SQLite's log has keys for.
    pub const MAX_ROOMS: u64 = (1 << 23) - 1;

    /// The log in this place, with the defaults: batches of 256, 1,024 in the queue, 64 batches in
    /// the journal, 4 readers, 100,000 rooms, as large as the disk, 5 s of patience.
    #[must_use]
    pub fn new(location: impl Into<Location>) -> Self {
        Self {
            location: location.into(),
            batch: 256,
            queue: 1_024,
            journal: 64,
            readers: 4,
            max_rooms: 100_000,
            max_bytes: None,
            patience: Duration::from_secs(5),
        }
    }
}
