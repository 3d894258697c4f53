//! The one task that writes.

use std::collections::HashMap;
use std::sync::Arc;

use chat::{Room, RoomId, RoomMessage};
use tokio::sync::{mpsc, oneshot};

use crate::batch::{Batch, Mark, NewRoom};
use crate::error::reason;
use crate::heads::Heads;
use crate::journal::JournalSender;
use crate::sqlite::{Database, Link, Reader, Wanted};
use crate::{Appended, Entry, Options, WriteError};

/// Something to write, and where to say what became of it. Nobody need be listening there.
#[derive(Debug)]
pub(crate) enum Job {
    Append(Entry, Reply<Appended>),
    /// All of them or none.
    AppendAll(Vec<Entry>, Reply<Vec<Appended>>),
    Create(NewRoom, Reply<(Room, bool)>),
    /// Take no more jobs, finish those that are queued, and end.
    Close,
}

type Reply<T> = oneshot::Sender<Result<T, WriteError>>;

/// Takes what is queued, commits it at once, answers, tells the journal, and so on.
///
/// A batch that fails is answered and forgotten together with the connection and everything
/// remembered about the rooms; the next batch begins with what the database says.
pub(crate) struct Writer {
    database: Database,
    session: Option<Session>,
    reader: Reader,
    queue: mpsc::Receiver<Job>,
    journal: Option<JournalSender>,
    batch: usize,
    max_rooms: u64,
    /// Whether the last batch failed. A full disk is said once, not with every batch.
    failing: bool,
}

/// The writer's connection, and what it remembers for as long as nothing fails.
struct Session {
    link: Link,
    heads: Heads,
}

/// The jobs of one batch, without and with their replies.
#[derive(Default)]
struct Jobs {
    rooms: Vec<NewRoom>,
    /// The lines of all groups, one after the other.
    entries: Vec<Entry>,
    room_replies: Vec<Reply<(Room, bool)>>,
    groups: Vec<Group>,
}

/// Who waits for lines that stand or fall together.
enum Group {
    One(Reply<Appended>),
    All {
        lines: usize,
        reply: Reply<Vec<Appended>>,
    },
}

/// What a committed batch answers, in the order of its jobs.
struct Answers {
    rooms: Vec<Result<(Room, bool), WriteError>>,
    groups: Vec<Result<Vec<Appended>, WriteError>>,
}

impl Writer {
    pub(crate) fn new(
        options: &Options,
        database: Database,
        link: (Link, Heads),
        reader: Reader,
        queue: mpsc::Receiver<Job>,
        journal: JournalSender,
    ) -> Self {
        let (link, heads) = link;
        Self {
            database,
            session: Some(Session { link, heads }),
            reader,
            queue,
            journal: Some(journal),
            batch: options.batch.clamp(1, Options::MAX_BATCH),
            max_rooms: options.max_rooms,
            failing: false,
        }
    }

    /// Works until it is told to close, or until nobody is left who could ask for anything.
    pub(crate) async fn run(mut self) {
        let mut queued = Vec::with_capacity(self.batch);
        while self.queue.recv_many(&mut queued, self.batch).await > 0 {
            let jobs = self.sort(&mut queued);
            self.work(jobs).await;
            // Those who were just answered go first, so that what they append next shares the next
            // commit instead of missing it.
            tokio::task::yield_now().await;
        }
        // The readers go first: whoever closes the database last can remove its side files, and
        // a reader cannot.
        self.reader.close().await;
        if let Some(session) = self.session.take() {
            session.link.close().await;
        }
    }

    fn sort(&mut self, queued: &mut Vec<Job>) -> Jobs {
        let mut jobs = Jobs::default();
        for job in queued.drain(..) {
            match job {
                Job::Append(entry, reply) => {
                    jobs.entries.push(entry);
                    jobs.groups.push(Group::One(reply));
                }
                Job::AppendAll(entries, reply) => {
                    let lines = entries.len();
                    jobs.entries.extend(entries);
                    jobs.groups.push(Group::All { lines, reply });
                }
                Job::Create(room, reply) => {
                    jobs.rooms.push(room);
                    jobs.room_replies.push(reply);
                }
                Job::Close => self.queue.close(),
            }
        }
        jobs
    }

    async fn work(&mut self, jobs: Jobs) {
        if jobs.room_replies.is_empty() && jobs.groups.is_empty() {
            return;
        }
        let sizes = jobs.groups.iter().map(Group::lines).collect();
        match self.commit(jobs.rooms, jobs.entries, sizes).await {
            Ok(answers) => {
                if std::mem::take(&mut self.failing) {
                    tracing::info!("the log can be written again");
                }
                let fresh = fresh(&answers.groups);
                for (reply, answer) in jobs.room_replies.into_iter().zip(answers.rooms) {
                    tell_one(reply, answer);
                }
                for (group, answer) in jobs.groups.into_iter().zip(answers.groups) {
                    group.answer(answer);
                }
                self.tell(fresh).await;
            }
            Err(error) => {
                let why = reason(&error);
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::error!(error = %why, "the log cannot be written: refusing appends");
                }
                for reply in jobs.room_replies {
                    tell_one(reply, Err(WriteError::Unavailable(why.clone())));
                }
                for group in jobs.groups {
                    group.answer(Err(WriteError::Unavailable(why.clone())));
                }
            }
        }
    }

    /// One batch, one transaction.
    async fn commit(
        &mut self,
        rooms: Vec<NewRoom>,
        entries: Vec<Entry>,
        sizes: Vec<usize>,
    ) -> Result<Answers, sqlx::Error> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => {
                let (link, heads) = self.database.link().await?;
                Session { link, heads }
            }
        };
        match session.commit(rooms, entries, &sizes, self.max_rooms).await {
            Ok(answers) => {
                self.session = Some(session);
                Ok(answers)
            }
            Err(error) => {
                session.link.abandon().await;
                Err(error)
            }
        }
    }

    async fn tell(&mut self, fresh: Vec<Arc<RoomMessage>>) {
        if fresh.is_empty() {
            return;
        }
        if let Some(journal) = &self.journal
            && journal.send(fresh).await.is_err()
        {
            self.journal = None;
        }
    }
}

impl Session {
    async fn commit(
        &mut self,
        rooms: Vec<NewRoom>,
        entries: Vec<Entry>,
        sizes: &[usize],
        max_rooms: u64,
    ) -> Result<Answers, sqlx::Error> {
        self.heads.trim();
        let mut transaction = self.link.begin().await?;

        let unknown = unknown(&self.heads, &rooms, &entries);
        for unknown in unknown.chunks(Options::MAX_BATCH) {
            for head in transaction.heads(unknown).await? {
                self.heads.learn(head);
            }
        }
        let wanted = wanted(&self.heads, &entries);
        let mut stored: HashMap<Mark, Arc<RoomMessage>> = HashMap::new();
        for wanted in wanted.chunks(Options::MAX_BATCH) {
            let found = transaction.stored(wanted).await?.into_iter();
            stored.extend(
                found.map(|(key, message)| {
                    ((key, message.sender.clone(), message.id), message.into())
                }),
            );
        }

        let mut batch = Batch::new(&mut self.heads, stored, max_rooms);
        let rooms = rooms.into_iter().map(|room| batch.create(room)).collect();
        let mut entries = entries.into_iter();
        let groups = sizes
            .iter()
            .map(|lines| batch.append_all(entries.by_ref().take(*lines).collect()))
            .collect();
        let writes = batch.finish();
        if !writes.is_empty() {
            transaction.write(&writes).await?;
        }
        transaction.commit().await?;
        Ok(Answers { rooms, groups })
    }
}

/// The rooms that the batch names and the writer does not remember, each once.
fn unknown<'a>(heads: &Heads, rooms: &'a [NewRoom], entries: &'a [Entry]) -> Vec<&'a RoomId> {
    let named = rooms.iter().map(|room| &room.id);
    let mut ids: Vec<_> = named
        .chain(entries.iter().map(|entry| &entry.room))
        .filter(|id| !heads.knows(id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What to look for in the log: a room that does not exist yet holds nothing.
fn wanted<'a>(heads: &Heads, entries: &'a [Entry]) -> Vec<Wanted<'a>> {
    let known = entries
        .iter()
        .filter_map(|entry| Some((heads.of(&entry.room)?, entry)));
    known
        .map(|(head, entry)| Wanted {
            key: head.key,
            room: &entry.room,
            sender: &entry.sender,
            id: entry.id,
        })
        .collect()
}

fn fresh(groups: &[Result<Vec<Appended>, WriteError>]) -> Vec<Arc<RoomMessage>> {
    let stored = groups.iter().flatten().flatten();
    stored
        .filter(|appended| appended.fresh)
        .map(|appended| appended.message.clone())
        .collect()
}

impl Group {
    fn lines(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::All { lines, .. } => *lines,
        }
    }

    fn answer(self, answer: Result<Vec<Appended>, WriteError>) {
        match self {
            Self::One(reply) => {
                let one = answer.and_then(|mut lines| lines.pop().ok_or(WriteError::Closed));
                tell_one(reply, one);
            }
            Self::All { reply, .. } => tell_one(reply, answer),
        }
    }
}

fn tell_one<T>(reply: Reply<T>, answer: Result<T, WriteError>) {
    // An error means that nobody waits for it any more.
    let _ = reply.send(answer);
}
