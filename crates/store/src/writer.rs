//! The one thread that writes.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chat::{Room, RoomMessage};
use tokio::runtime;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::answer::Reply;
use crate::bell::Bell;
use crate::engine::Database;
use crate::error::reason;
use crate::health::Health;
use crate::journal::JournalSender;
use crate::queue::{Job, Queue};
use crate::reader::Reader;
use crate::session::{Asked, Done, Session};
use crate::{Appended, OpenError, Options, WriteError};

/// Between two attempts at a batch whose database is away.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a batch waits, at most, for those who were in the last one: four times as long as that
/// took, since they say the next thing once they have heard what they said before, but no longer
/// than this, however slow the disk is.
const GATHER: Duration = Duration::from_millis(1);

/// After a failure, how long nothing may come to be written before the writer tries by itself.
const PROBE: Duration = Duration::from_secs(1);

/// Takes what is queued, commits it at once, answers, tells the journal, and so on.
///
/// A batch that fails is answered and forgotten together with the connection and everything
/// remembered about the rooms; the next batch begins with what the database says. Where the commit
/// itself failed, nobody knows what the disk has: the next attempt looks, and what is there is told
/// before anything else.
pub(crate) struct Writer {
    database: Database,
    session: Option<Session>,
    reader: Reader,
    queue: Queue,
    journal: Option<JournalSender>,
    bell: Arc<Bell>,
    max_rooms: u64,
    health: Arc<Health>,
    /// The lines of a commit that failed.
    doubt: Vec<Arc<RoomMessage>>,
    /// Whether the last batch failed. A full disk is said once, not with every batch.
    failing: bool,
}

/// The jobs of one batch, and their replies.
#[derive(Default)]
struct Jobs {
    asked: Asked,
    room_replies: Vec<Reply<(Room, bool)>>,
    groups: Vec<Group>,
    forgotten_replies: Vec<Reply<()>>,
}

/// Who waits for lines that stand or fall together.
enum Group {
    One(Reply<Appended>),
    All(Reply<()>),
}

impl Writer {
    pub(crate) fn new(
        options: &Options,
        database: Database,
        reader: Reader,
        queue: Queue,
        journal: JournalSender,
        health: Arc<Health>,
    ) -> Self {
        Self {
            database,
            session: None,
            reader,
            queue,
            journal: Some(journal),
            bell: Arc::default(),
            max_rooms: options.max_rooms.min(Options::MAX_ROOMS),
            health,
            doubt: Vec::new(),
            failing: false,
        }
    }

    /// What it rings with every batch.
    pub(crate) fn bell(&self) -> Arc<Bell> {
        Arc::clone(&self.bell)
    }

    /// Opens the log in a thread of its own, and has it work there until it is told to close, or
    /// until nobody is left who could ask for anything; then `alive` is dropped. Gives back the
    /// log's epoch.
    pub(crate) async fn start(mut self, alive: watch::Sender<()>) -> Result<String, OpenError> {
        let name = self.database.name();
        let network = self.database.is_far();
        let unusable = move |why: String| OpenError::Unusable {
            database: name,
            why,
        };
        let (mut opened, epoch) = oneshot::channel();
        let work = async move {
            let epoch = tokio::select! {
                // Nobody waits for it any more, and somebody else may open it now.
                () = opened.closed() => None,
                epoch = self.open() => Some(epoch),
            };
            match epoch {
                Some(Ok(epoch)) => match opened.send(Ok(epoch)) {
                    Ok(()) => self.run().await,
                    Err(_) => self.close().await,
                },
                Some(Err(error)) => {
                    self.close().await;
                    // The same: nobody hears it who does not wait.
                    let _ = opened.send(Err(error));
                }
                None => self.close().await,
            }
            drop(alive);
        };
        match spawn(network, work) {
            Ok(()) => epoch
                .await
                .unwrap_or_else(|_| Err(unusable("its thread has died".to_owned()))),
            Err(error) => Err(unusable(error.to_string())),
        }
    }

    /// Opens the database for the first time in this process.
    async fn open(&mut self) -> Result<String, OpenError> {
        let (link, epoch) = self.database.open().await?;
        self.session = Some(Session::new(link));
        Ok(epoch)
    }

    async fn run(mut self) {
        let mut queued = Vec::new();
        let mut took = Duration::ZERO;
        loop {
            let patience = GATHER.min(took * 4);
            let mut deadline = None;
            let next = self.queue.next(&mut queued, || {
                let now = Instant::now();
                let left = deadline
                    .get_or_insert(now + patience)
                    .saturating_duration_since(now);
                // In a thread of its own it may, and tokio's clock ticks too slowly for this.
                thread::park_timeout(left);
                !left.is_zero()
            });
            if self.failing {
                if timeout(PROBE, next).await.is_err() {
                    self.probe().await;
                    continue;
                }
            } else {
                next.await;
            }
            if queued.is_empty() {
                break;
            }
            let jobs = self.sort(&mut queued);
            let began = Instant::now();
            self.work(jobs).await;
            took = began.elapsed();
        }
        self.close().await;
    }

    async fn close(mut self) {
        // Whoever waits for news finds the log closed.
        self.bell.ring([]);
        // The readers go first: whoever closes the database last can remove its side files, and
        // a reader cannot.
        self.reader.close().await;
        if let Some(session) = self.session.take() {
            session.close().await;
        }
    }

    fn sort(&mut self, queued: &mut Vec<Job>) -> Jobs {
        let mut jobs = Jobs::default();
        for job in queued.drain(..) {
            match job {
                Job::Append(entry, reply) => {
                    jobs.asked.entries.push(entry);
                    jobs.asked.sizes.push(1);
                    jobs.groups.push(Group::One(reply));
                }
                Job::AppendAll(entries, reply) => {
                    jobs.asked.sizes.push(entries.len());
                    jobs.asked.entries.extend(entries);
                    jobs.groups.push(Group::All(reply));
                }
                Job::Create(room, reply) => {
                    jobs.asked.rooms.push(room);
                    jobs.room_replies.push(reply);
                }
                Job::Forget(room, below, reply) => {
                    jobs.asked.forgotten.push((room, below));
                    jobs.forgotten_replies.push(reply);
                }
                Job::Close => self.queue.close(),
            }
        }
        jobs
    }

    async fn work(&mut self, jobs: Jobs) {
        let Jobs {
            asked,
            room_replies,
            groups,
            forgotten_replies,
        } = jobs;
        if asked.is_empty() {
            return;
        }
        let committed = self.commit(&asked).await;
        self.queue.look();
        match committed {
            Ok(done) => {
                self.health.committed(done.told.len());
                self.succeeded();
                for (reply, answer) in room_replies.into_iter().zip(done.rooms) {
                    reply.send(answer);
                }
                for (group, answer) in groups.into_iter().zip(done.groups) {
                    group.answer(answer);
                }
                for reply in forgotten_replies {
                    reply.send(Ok(()));
                }
                let rooms = asked.forgotten.iter().map(|(room, _)| room);
                self.bell.ring(rooms);
                self.tell(done.told).await;
            }
            Err(error) => {
                let why = self.failed(&error);
                for reply in room_replies {
                    reply.send(Err(WriteError::Unavailable(why.clone())));
                }
                for reply in forgotten_replies {
                    reply.send(Err(WriteError::Unavailable(why.clone())));
                }
                for group in groups {
                    group.answer(Err(WriteError::Unavailable(why.clone())));
                }
            }
        }
    }

    /// Looks whether the next batch could be written, although there is none.
    async fn probe(&mut self) {
        match self.commit(&Asked::default()).await {
            Ok(done) => {
                self.succeeded();
                self.tell(done.told).await;
            }
            Err(error) => drop(self.failed(&error)),
        }
    }

    fn succeeded(&mut self) {
        if std::mem::take(&mut self.failing) {
            self.health.recovered();
            tracing::info!("the log can be written again");
        }
    }

    /// Says why a batch failed.
    fn failed(&mut self, error: &sqlx::Error) -> String {
        let why = reason(error);
        if !std::mem::replace(&mut self.failing, true) {
            tracing::error!(error = %why, "the log cannot be written: refusing appends");
        }
        self.health.failed(why.clone());
        why
    }

    /// One batch, one transaction. A database that is away is waited for, unless it has been so
    /// for longer.
    async fn commit(&mut self, asked: &Asked) -> Result<Done, sqlx::Error> {
        let Some(patience) = self.database.patience() else {
            return self.attempt(asked).await;
        };
        let deadline = Instant::now() + patience;
        loop {
            let error = match timeout_at(deadline, self.attempt(asked)).await {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(error)) => error,
                Err(late) => return Err(sqlx::Error::Io(late.into())),
            };
            let again = Instant::now() + PAUSE;
            if self.failing || again >= deadline || !self.database.is_away(&error) {
                return Err(error);
            }
            sleep_until(again).await;
        }
    }

    /// Dropped, it has given up the connection.
    async fn attempt(&mut self, asked: &Asked) -> Result<Done, sqlx::Error> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => Session::reopen(&self.database).await?,
        };
        let done = session.commit(asked, self.max_rooms, &mut self.doubt);
        match done.await {
            Ok(done) => {
                self.session = Some(session);
                Ok(done)
            }
            Err(error) => {
                session.abandon().await;
                Err(error)
            }
        }
    }

    async fn tell(&mut self, fresh: Vec<Arc<RoomMessage>>) {
        if fresh.is_empty() {
            return;
        }
        self.bell.ring(fresh.iter().map(|line| &line.room_id));
        if let Some(journal) = &self.journal
            && journal.send(fresh).await.is_err()
        {
            self.journal = None;
        }
    }
}

impl Group {
    fn answer(self, answer: Result<Vec<Appended>, WriteError>) {
        match self {
            Self::One(reply) => {
                let one = answer.and_then(|mut lines| lines.pop().ok_or(WriteError::Closed));
                reply.send(one);
            }
            Self::All(reply) => reply.send(answer.map(drop)),
        }
    }
}

/// A thread with a runtime of its own, for one who waits for the disk in it.
fn spawn(network: bool, work: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let mut runtime = runtime::Builder::new_current_thread();
    runtime.enable_time();
    // Without it the thread sleeps in a way that costs less to wake it from.
    if network {
        runtime.enable_io();
    }
    let named = thread::Builder::new().name("log-writer".to_owned());
    let thread = named.spawn(move || match runtime.build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => tracing::error!(%error, "the log's thread could not start"),
    });
    thread.map(drop)
}
