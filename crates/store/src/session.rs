//! The writer's connection, and one batch over it: one transaction.

use std::sync::Arc;

use chat::{Room, RoomId, RoomMessage, Seq};

use crate::batch::{Batch, Mark, NewRoom, Wanted};
use crate::change::Targets;
use crate::engine::{Database, Link, Writing};
use crate::heads::Heads;
use crate::{Appended, Entry, Options, WriteError};

/// The writer's connection, and what it remembers for as long as nothing fails.
pub(crate) struct Session {
    link: Link,
    heads: Heads,
}

/// What becomes of lines that are in the log already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeats {
    /// They are looked for, and answered with.
    Found,
    /// The batch fails.
    Refused,
}

/// Whether a batch failed because a line of it is in the log already.
fn is_repeat(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.is_unique_violation())
}

/// What one batch asks for.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) rooms: Vec<NewRoom>,
    /// The lines of all groups, one after the other.
    pub(crate) entries: Vec<Entry>,
    /// How many of them each group has.
    pub(crate) sizes: Vec<usize>,
    /// Rooms of which nothing is kept before these places.
    pub(crate) forgotten: Vec<(RoomId, Seq)>,
}

/// What a committed batch answers, in the order of its jobs, and what is to be told.
pub(crate) struct Done {
    pub(crate) rooms: Vec<Result<(Room, bool), WriteError>>,
    pub(crate) groups: Vec<Result<Vec<Appended>, WriteError>>,
    pub(crate) told: Vec<Arc<RoomMessage>>,
}

impl Session {
    pub(crate) fn new((link, heads): (Link, Heads)) -> Self {
        Self { link, heads }
    }

    /// After something went wrong with the last one.
    pub(crate) async fn reopen(database: &Database) -> Result<Self, sqlx::Error> {
        Ok(Self::new(database.link().await?))
    }

    /// Commits what is asked, or where nothing is, finds out whether it could. The `doubt` is about
    /// lines whose commit failed; it is what this one writes when this one fails.
    ///
    /// Hardly any line was sent before. So where the writer is alone the log is not asked for them at
    /// first: its index refuses a batch with a line that was, and then it is asked.
    pub(crate) async fn commit(
        &mut self,
        asked: &Asked,
        max_rooms: u64,
        doubt: &mut Vec<Arc<RoomMessage>>,
    ) -> Result<Done, sqlx::Error> {
        self.heads.trim();
        // A change that was made already is found first, since it cannot be made again.
        let changes = asked.entries.iter().any(|entry| entry.change.is_some());
        if doubt.is_empty() && !changes && self.link.may_try() {
            let totals = self.heads.totals();
            match self
                .attempt(asked, max_rooms, doubt, Repeats::Refused)
                .await
            {
                Err(error) if is_repeat(&error) => {
                    doubt.clear();
                    self.heads = Heads::new(totals);
                }
                done => return done,
            }
        }
        self.attempt(asked, max_rooms, doubt, Repeats::Found).await
    }

    async fn attempt(
        &mut self,
        asked: &Asked,
        max_rooms: u64,
        doubt: &mut Vec<Arc<RoomMessage>>,
        repeats: Repeats,
    ) -> Result<Done, sqlx::Error> {
        let (mut transaction, elsewhere) = self.link.begin().await?;
        if let Some(totals) = elsewhere {
            self.heads = Heads::new(totals);
        }
        let named = doubt.iter().map(|message| &message.room_id);
        learn(
            &mut transaction,
            &mut self.heads,
            asked.named().chain(named),
        )
        .await?;
        let mut told = Vec::new();
        if !doubt.is_empty() {
            let found = find(&mut transaction, &wanted_again(&self.heads, doubt)).await?;
            told.extend(found.into_iter().map(|(_, message)| Arc::new(message)));
            // The log's order.
            told.sort_by_key(|message: &Arc<RoomMessage>| message.seq);
        }
        let found = match repeats {
            Repeats::Found => find(&mut transaction, &wanted(&self.heads, &asked.entries)).await?,
            Repeats::Refused => Vec::new(),
        };
        let stored = found.into_iter().map(|(key, message)| {
            let mark: Mark = (key, message.sender.clone(), message.id);
            (mark, Arc::new(message))
        });

        let targets = targets(&mut transaction, &self.heads, &asked.entries).await?;

        let mut batch = Batch::new(&mut self.heads, stored.collect(), targets, max_rooms);
        let rooms = asked.rooms.iter().cloned();
        let rooms = rooms.map(|room| batch.create(room)).collect();
        let mut entries = asked.entries.iter().cloned();
        let groups = asked
            .sizes
            .iter()
            .map(|lines| batch.append_all(entries.by_ref().take(*lines).collect()))
            .collect();
        let writes = batch.finish();
        if !writes.is_empty() {
            transaction.write(&writes).await?;
        } else if asked.is_empty() {
            transaction.probe().await?;
        }
        for (room, below) in &asked.forgotten {
            if let Some(head) = self.heads.of(room) {
                transaction.forget(head.key, *below).await?;
            }
        }
        told.extend(writes.lines.into_iter().map(|line| line.message));
        doubt.clone_from(&told);
        transaction.commit().await?;
        doubt.clear();
        Ok(Done {
            rooms,
            groups,
            told,
        })
    }

    /// Gives up the connection, and with it whatever a failed batch has left behind.
    pub(crate) async fn abandon(self) {
        self.link.abandon().await;
    }

    /// Leaves the database in good order.
    pub(crate) async fn close(self) {
        self.link.close().await;
    }
}

impl Asked {
    pub(crate) fn is_empty(&self) -> bool {
        self.rooms.is_empty() && self.sizes.is_empty() && self.forgotten.is_empty()
    }

    /// The rooms that it names, some more than once.
    fn named(&self) -> impl Iterator<Item = &RoomId> {
        let made = self.rooms.iter().map(|room| &room.id);
        let entered = self.entries.iter().map(|entry| &entry.room);
        let forgotten = self.forgotten.iter().map(|(room, _)| room);
        made.chain(entered).chain(forgotten)
    }
}

/// Has the heads know those of the rooms that exist.
async fn learn<'a>(
    transaction: &mut Writing<'_>,
    heads: &mut Heads,
    named: impl Iterator<Item = &'a RoomId>,
) -> Result<(), sqlx::Error> {
    let mut unknown: Vec<_> = named.filter(|id| !heads.knows(id)).collect();
    unknown.sort_unstable();
    unknown.dedup();
    for unknown in unknown.chunks(Options::MAX_BATCH) {
        for head in transaction.heads(unknown).await? {
            heads.learn(head);
        }
    }
    Ok(())
}

async fn find(
    transaction: &mut Writing<'_>,
    wanted: &[Wanted<'_>],
) -> Result<Vec<(i64, RoomMessage)>, sqlx::Error> {
    let mut found = Vec::new();
    for wanted in wanted.chunks(Options::MAX_BATCH) {
        found.extend(transaction.stored(wanted).await?);
    }
    Ok(found)
}

/// What the entries may change.
async fn targets(
    transaction: &mut Writing<'_>,
    heads: &Heads,
    entries: &[Entry],
) -> Result<Targets, sqlx::Error> {
    let places: Vec<_> = entries
        .iter()
        .filter_map(|entry| Some((heads.of(&entry.room)?.key, entry.change?.target())))
        .collect();
    if places.is_empty() {
        return Ok(Targets::default());
    }
    Ok(Targets::new(transaction.targets(&places).await?))
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

/// The same for lines of which nobody knows whether they were stored.
fn wanted_again<'a>(heads: &Heads, doubt: &'a [Arc<RoomMessage>]) -> Vec<Wanted<'a>> {
    let known = doubt
        .iter()
        .filter_map(|message| Some((heads.of(&message.room_id)?, message)));
    known
        .map(|(head, message)| Wanted {
            key: head.key,
            room: &message.room_id,
            sender: &message.sender,
            id: message.id,
        })
        .collect()
}
