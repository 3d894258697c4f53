//! The handle that the server holds.

use std::sync::Arc;

use chat::{Room, RoomId, RoomMessage, RoomName, Sender, Seq, Timestamp};
use tokio::sync::watch;

use crate::answer::{Reply, answer};
use crate::batch::NewRoom;
use crate::bell::Bell;
use crate::engine::Database;
use crate::health::Health;
use crate::queue::{Job, Jobs, queue};
use crate::reader::Reader;
use crate::writer::Writer;
use crate::{
    Appended, CheckError, Entry, Journal, OpenError, Options, Pending, Range, ReadError, Span,
    Stats, WriteError,
};

/// The log of rooms and messages. Cloning is cheap, and all clones are the same log.
///
/// When the last clone is dropped the writer finishes what is queued and ends by itself;
/// [`Store::close`] does the same and waits for it.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    jobs: Jobs,
    reader: Reader,
    epoch: String,
    health: Arc<Health>,
    bell: Arc<Bell>,
    /// Nothing is ever sent: the writer drops the other end when it is done.
    done: watch::Receiver<()>,
}

impl Store {
    /// The longest page, in messages. [`Store::page`] gives no more, whatever the limit it is
    /// asked for.
    pub const MAX_PAGE: u32 = 1_000;

    /// Opens the log, makes it where it is missing, and brings an older one up to date. The room
    /// `lobby` is there from the beginning.
    ///
    /// Needs a tokio runtime for reading. What is written is written in a thread of its own, because
    /// that waits for the disk.
    ///
    /// # Errors
    ///
    /// [`OpenError`], each a sentence that names the database.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves a log that can be opened again.
    pub async fn open(options: Options) -> Result<(Self, Journal), OpenError> {
        let database = Database::new(&options)?;
        let reader = database.reader();
        let most = options.batch.clamp(1, Options::MAX_BATCH);
        let (jobs, queue) = queue(options.queue.max(1), most);
        let (told, journal) = Journal::new(options.journal);
        let (alive, done) = watch::channel(());
        let health = Arc::new(Health::default());
        let writer = Writer::new(
            &options,
            database,
            reader.clone(),
            queue,
            told,
            health.clone(),
        );
        let bell = writer.bell();
        let epoch = writer.start(alive).await?;
        let inner = Inner {
            jobs,
            reader,
            epoch,
            health,
            bell,
            done,
        };
        Ok((
            Self {
                inner: Arc::new(inner),
            },
            journal,
        ))
    }

    /// The log's own name, made with it and never changed. Places counted in a log of another
    /// epoch mean nothing in this one.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.inner.epoch
    }

    /// All rooms in the order in which they were made, the lobby first.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    ///
    /// # Cancel safety
    ///
    /// Reading changes nothing; this holds for all that return [`ReadError`].
    pub async fn rooms(&self) -> Result<Vec<Room>, ReadError> {
        Ok(self.inner.reader.rooms().await?)
    }

    /// One room, or `None` where there is none of this id.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn room(&self, id: &RoomId) -> Result<Option<Room>, ReadError> {
        Ok(self.inner.reader.room(id).await?)
    }

    /// Makes a room and says `true`; where there is one of this id already, returns that one as
    /// it is, under the name it has, and says `false`.
    ///
    /// # Errors
    ///
    /// [`WriteError`], `RoomUnknown` excepted.
    ///
    /// # Cancel safety
    ///
    /// As for [`append`](Self::append).
    pub async fn create_room(
        &self,
        id: RoomId,
        name: RoomName,
        at: Timestamp,
    ) -> Result<(Room, bool), WriteError> {
        let room = NewRoom { id, name, at };
        self.ask(|reply| Job::Create(room, reply)).await
    }

    /// Appends a line to its room and resolves once it is on disk: [`submit`](Self::submit), and
    /// then the wait.
    ///
    /// # Errors
    ///
    /// [`WriteError`]. Where a batch cannot be committed, every append in it is told so.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before the line is queued stores nothing; afterwards the line is stored
    /// and comes out of the [`Journal`] all the same. Whoever does not know which it was appends
    /// again with the same id.
    pub async fn append(&self, entry: Entry) -> Result<Appended, WriteError> {
        self.submit(entry).await?.await
    }

    /// Queues a line for its room, waiting only where the queue is full; what is given back
    /// resolves once the line is on disk. Lines that wait at the same time share one disk sync, so
    /// that many callers at once are served faster than one after another.
    ///
    /// Lines get their places in the order in which they are queued, and their answers too.
    ///
    /// # Errors
    ///
    /// [`WriteError::Closed`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is ready queues nothing.
    pub async fn submit(&self, entry: Entry) -> Result<Pending, WriteError> {
        self.queue(|reply| Job::Append(entry, reply)).await
    }

    /// Queues lines that stand or fall together: one transaction holds them all, in their order,
    /// and an error means that none was stored. Their places are told by the [`Journal`] alone, so
    /// that an answer which nobody takes out yet keeps no line in memory.
    ///
    /// # Errors
    ///
    /// [`WriteError::Closed`] here; what is given back resolves as [`append`](Self::append) does.
    ///
    /// # Cancel safety
    ///
    /// As for [`submit`](Self::submit).
    pub async fn submit_all(&self, entries: Vec<Entry>) -> Result<Pending<()>, WriteError> {
        self.queue(|reply| Job::AppendAll(entries, reply)).await
    }

    /// The place of a room's newest message; [`Seq::ZERO`] for a room that is empty or unknown.
    /// A message whose append has resolved is counted.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn head(&self, room: &RoomId) -> Result<Seq, ReadError> {
        Ok(self.inner.reader.head(room).await?)
    }

    /// What a room keeps. A room that is unknown keeps nothing, and would begin at 1.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn span(&self, room: &RoomId) -> Result<Span, ReadError> {
        Ok(self.inner.reader.span(room).await?)
    }

    /// What each room keeps, in no particular order.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn spans(&self) -> Result<Vec<Span>, ReadError> {
        Ok(self.inner.reader.spans().await?)
    }

    /// Removes what stands before `below` in a room, all of it in one transaction; whatever `below`
    /// is, the room's next message gets the place after its newest one. Nothing happens in a room
    /// that is unknown.
    ///
    /// # Errors
    ///
    /// [`WriteError::Unavailable`] and [`WriteError::Closed`].
    ///
    /// # Cancel safety
    ///
    /// As for [`append`](Self::append).
    pub async fn forget(&self, room: &RoomId, below: Seq) -> Result<(), WriteError> {
        self.ask(|reply| Job::Forget(room.clone(), below, reply))
            .await
    }

    /// Whether other servers may write into the log.
    pub(crate) fn is_shared(&self) -> bool {
        self.inner.reader.is_shared()
    }

    /// Whether nothing can be appended any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.inner.jobs.is_closed()
    }

    /// Which rooms have changed.
    pub(crate) fn bell(&self) -> &Bell {
        &self.inner.bell
    }

    /// A part of a room's log, ascending by `seq`: at most `limit` messages and never more than
    /// [`Store::MAX_PAGE`]. Empty for an unknown room.
    ///
    /// Whoever reads on until the end stops at an empty page, not at a short one.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn page(
        &self,
        room: &RoomId,
        range: Range,
        limit: u32,
    ) -> Result<Vec<RoomMessage>, ReadError> {
        let limit = limit.min(Self::MAX_PAGE);
        Ok(self.inner.reader.page(room, range, limit).await?)
    }

    /// Who is where: everybody whose last coming or going in a room was a coming. In no
    /// particular order.
    ///
    /// It looks at every `ENTER` and `LEAVE` there is, so it is for the start of a server and not
    /// for every request.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn present(&self) -> Result<Vec<(RoomId, Sender)>, ReadError> {
        Ok(self.inner.reader.present().await?)
    }

    /// Whether the log can be read and written. After a failure the writer tries again by itself
    /// once a second, so this heals although nobody writes. Cheap enough to be asked every second.
    ///
    /// # Errors
    ///
    /// [`ReadError::Closed`] where the writer is gone, [`WriteError::Unavailable`] where its last
    /// attempt has failed, else as the read fails.
    pub async fn check(&self) -> Result<(), CheckError> {
        if self.is_closed() {
            return Err(ReadError::Closed.into());
        }
        if let Some(why) = self.inner.health.failing() {
            return Err(WriteError::Unavailable(why).into());
        }
        let checked = self.inner.reader.check().await;
        Ok(checked.map_err(ReadError::from)?)
    }

    /// What the writer has done since the log was opened.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.health.stats()
    }

    /// Closes the log for all clones: the writer finishes what is queued, folds the write-ahead log
    /// into the database and closes its file. Later calls, and appends that found no place in
    /// the queue, get `Closed`.
    ///
    /// What is queued goes through the [`Journal`] as ever, so keep receiving from it meanwhile,
    /// or drop it.
    ///
    /// # Cancel safety
    ///
    /// Once the writer has heard of it the log closes whether or not anybody waits for it. A
    /// future dropped before that has done nothing.
    pub async fn close(self) {
        // An error means that somebody else has closed it: then there is only the end to wait for.
        let _ = self.inner.jobs.put(Job::Close).await;
        let mut done = self.inner.done.clone();
        while done.changed().await.is_ok() {}
    }

    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, WriteError> {
        self.queue(job).await?.await
    }

    async fn queue<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<Pending<T>, WriteError> {
        let (reply, pending) = answer();
        self.inner.jobs.put(job(reply)).await?;
        Ok(pending)
    }
}
