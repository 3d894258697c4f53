//! What a SEND into a room means here: may he, stamp it, log it.
//!
//! [`Rooms::take`] is the one way in for what people say, [`tell`] the one way out: a message
//! goes to the log first and from there, in the order of the log, to the broker.

mod presence;
mod room_message;
mod speaker;
mod taking;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use broker::Broker;
use chat::message::Content;
use chat::{Change, Draft, Kind, MessageId, Refusal, RoomId, RoomMessage};
use store::{Entry, Journal, Pending, ReadError, Store, WriteError};
use tokio::sync::Notify;
use tokio::task::yield_now;
use tracing::{info, warn};
use uuid::Uuid;

pub(crate) use self::presence::ConnectionId;
use self::presence::{Place, Presence};
pub(crate) use self::room_message::to_broker;
pub(crate) use self::speaker::Speaker;
use self::taking::{Move, Queued};
pub(crate) use self::taking::{Taken, Taking};
use crate::clock::{Clock, today};

/// How long to wait before trying again to log that somebody left.
const LEAVE_RETRY: Duration = Duration::from_secs(2);

/// Bytes of lines that are told before others get their turn. A batch may be many times what an
/// inbox holds, and those who take it out run beside us: without a turn, everybody would be too
/// slow.
const TOLD_AT_ONCE: usize = 64 * 1024;

/// What a line is counted for beside its text: about what its frame has around it.
const AROUND: usize = 512;

/// One thing that a client said into a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) draft: Draft,
    /// The sender's own id for it, if it made one.
    pub(crate) id: Option<MessageId>,
}

/// A handle to the rooms; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Rooms {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    clock: Clock,
    /// Whether a room comes into being by being entered or spoken in.
    create_on_entry: bool,
    presence: Mutex<Presence>,
    /// Woken when a deadline of presence may have come nearer.
    away: Notify,
    /// Held from a change of presence until its line is queued for the log, so that the log
    /// tells comings and goings in the order in which they happened. Not held for the disk.
    lane: tokio::sync::Mutex<()>,
}

impl Rooms {
    /// Opens the rooms over a store. People whom the log shows in a room are taken to be away,
    /// with `grace` to come back.
    pub(crate) async fn open(
        store: Store,
        clock: Clock,
        grace: Duration,
        create_on_entry: bool,
    ) -> Result<Self, ReadError> {
        let mut presence = Presence::new(grace);
        let places = store.present().await?.into_iter();
        presence.restore(
            places.map(|(room, sender)| Place { room, sender }),
            clock.now(),
        );
        Ok(Self {
            shared: Arc::new(Shared {
                store,
                clock,
                create_on_entry,
                presence: Mutex::new(presence),
                away: Notify::new(),
                lane: tokio::sync::Mutex::new(()),
            }),
        })
    }

    /// Takes what a client said, all of it or nothing, and begins to log it. More is to be taken
    /// from the same client only once this [is queued](Taking::is_queued), so that the log has its
    /// order; and what became of it is to be given to [`settle`](Self::settle).
    ///
    /// A coming or going may only be taken once what the same client said before is settled: else
    /// a going could be logged whose coming was not.
    pub(crate) fn take(&self, speaker: &mut Speaker, said: Vec<Said>) -> Result<Taking, Refusal> {
        for one in &said {
            speaker.claim(&one.draft.sender)?;
        }
        let connection = speaker.connection;
        let mut lines = Vec::with_capacity(said.len());
        for Said { draft, id } in said {
            let Draft {
                room,
                sender,
                content,
            } = draft;
            let place = Place { room, sender };
            let (author, change) = (Some(speaker.author), change_of(&content));
            let (kind, text) = match content {
                Content::Talk(_) | Content::Edit(..) | Content::Delete(_) => {
                    if speaker.may_be_elsewhere() && self.presence().speak(&place, connection) {
                        speaker.places.insert(place.clone());
                    }
                    let text = match content {
                        Content::Talk(text) | Content::Edit(_, text) => text.into(),
                        _ => RoomMessage::deleted_by(&place.sender),
                    };
                    (Kind::Talk, text)
                }
                Content::Enter => {
                    speaker.places.insert(place.clone());
                    (Kind::Enter, RoomMessage::entered(&place.sender))
                }
                Content::Leave => {
                    speaker.places.remove(&place);
                    (Kind::Leave, RoomMessage::left(&place.sender))
                }
            };
            let id = id.unwrap_or_else(|| MessageId(Uuid::now_v7()));
            lines.push(Entry {
                author,
                change,
                ..self.line(kind, &place, text, id)
            });
        }
        Ok(Taking::start(self.clone().queue(connection, lines)))
    }

    /// Queues lines for the log, but for comings and goings that change nothing.
    async fn queue(self, connection: ConnectionId, mut lines: Vec<Entry>) -> Queued {
        let moving = lines.iter().any(|line| line.kind != Kind::Talk);
        let mut moves = Vec::new();
        let lane = if moving {
            let lane = self.shared.lane.lock().await;
            let mut presence = self.presence();
            lines.retain(|line| {
                let place = Place {
                    room: line.room.clone(),
                    sender: line.sender.clone(),
                };
                match line.kind {
                    Kind::Talk => true,
                    Kind::Enter if presence.enter(&place, connection) => {
                        moves.push(Move::In(place));
                        true
                    }
                    Kind::Leave if presence.leave(&place, connection) => {
                        moves.push(Move::Out(place));
                        true
                    }
                    Kind::Enter | Kind::Leave => false,
                }
            });
            Some(lane)
        } else {
            None
        };
        if lines.is_empty() {
            let pending = None;
            return Queued { pending, moves };
        }
        let pending = Some(self.shared.store.submit_all(lines).await);
        drop(lane);
        Queued { pending, moves }
    }

    /// Says whether what was taken is on disk, or was there before; and where it is not, undoes
    /// what it changed.
    pub(crate) fn settle(&self, speaker: &mut Speaker, taken: Taken) -> Result<(), Refusal> {
        let logged = taken.logged.map_err(|error| refusal_of(&error));
        if let Err(refusal) = &logged {
            for moved in taken.moves.into_iter().rev() {
                self.undo(speaker, moved, refusal);
            }
        }
        logged
    }

    /// `speaker` does not follow the room any longer; unless he comes back he has left.
    pub(crate) fn unfollow(&self, speaker: &mut Speaker, room: &RoomId) {
        let (gone, stay) = speaker
            .places
            .drain()
            .partition(|place| place.room == *room);
        speaker.places = stay;
        self.depart(speaker.connection, gone);
    }

    /// The session of `speaker` is over.
    pub(crate) fn hang_up(&self, speaker: &mut Speaker) {
        self.depart(speaker.connection, speaker.places.drain());
    }

    /// Tells rooms of people whose grace has passed; runs for as long as the server does.
    pub(crate) async fn keep(self) {
        loop {
            let deadline = self.presence().deadline();
            tokio::select! {
                () = self.shared.away.notified() => {}
                () = self.shared.clock.until(deadline) => self.announce_departed().await,
            }
        }
    }

    /// What was to be told could not be logged.
    fn undo(&self, speaker: &mut Speaker, moved: Move, refusal: &Refusal) {
        match moved {
            Move::In(place) => {
                self.presence().forget(&place);
                speaker.places.remove(&place);
            }
            Move::Out(place) => self.tell_later(place, refusal),
        }
    }

    /// A departure could not be logged: it is tried again later.
    fn tell_later(&self, place: Place, refusal: &Refusal) {
        warn!(room = %place.room, %refusal, "a departure could not be logged yet");
        self.presence()
            .postpone(place, self.shared.clock.now() + LEAVE_RETRY);
        self.shared.away.notify_one();
    }

    fn depart(&self, connection: ConnectionId, places: impl IntoIterator<Item = Place>) {
        let now = self.shared.clock.now();
        let mut presence = self.presence();
        for place in places {
            presence.depart(&place, connection, now);
        }
        drop(presence);
        self.shared.away.notify_one();
    }

    async fn announce_departed(&self) {
        let lane = self.shared.lane.lock().await;
        let departed = self.presence().expire(self.shared.clock.now());
        let mut queue = Vec::with_capacity(departed.len());
        for place in departed {
            let id = MessageId(Uuid::now_v7());
            let line = self.line(Kind::Leave, &place, RoomMessage::left(&place.sender), id);
            queue.push((place, self.shared.store.submit(line).await));
        }
        drop(lane);
        for (place, queued) in queue {
            if let Err(refusal) = stored(queued).await {
                self.tell_later(place, &refusal);
            }
        }
    }

    fn line(&self, kind: Kind, place: &Place, message: String, id: MessageId) -> Entry {
        Entry {
            room: place.room.clone(),
            kind,
            sender: place.sender.clone(),
            message,
            id,
            author: None,
            change: None,
            at: today(),
            create_room: self.shared.create_on_entry,
        }
    }

    fn presence(&self) -> MutexGuard<'_, Presence> {
        self.shared
            .presence
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which line of the room is to be changed, if one is.
fn change_of(content: &Content) -> Option<Change> {
    match content {
        Content::Edit(seq, _) => Some(Change::Edits(*seq)),
        Content::Delete(seq) => Some(Change::Deletes(*seq)),
        Content::Enter | Content::Talk(_) | Content::Leave => None,
    }
}

/// Waits until what was queued is on disk, if it could be queued at all.
async fn stored<T>(queued: Result<Pending<T>, WriteError>) -> Result<(), Refusal> {
    let logged = match queued {
        Ok(pending) => pending.await.map(drop),
        Err(error) => Err(error),
    };
    logged.map_err(|error| refusal_of(&error))
}

/// Says a fault of the log in the words that a client may hear; the details go to ours.
pub(crate) fn refusal_of(error: &WriteError) -> Refusal {
    match error {
        WriteError::RoomUnknown => Refusal::RoomUnknown,
        WriteError::RoomsFull => Refusal::RoomsFull,
        WriteError::IdReused => Refusal::MessageIdReused,
        WriteError::MessageUnknown => Refusal::MessageUnknown,
        WriteError::MessageFixed => Refusal::MessageFixed,
        WriteError::MessageForeign => Refusal::MessageForeign,
        _ => {
            warn!(%error, "a message could not be logged");
            Refusal::NotStored
        }
    }
}

/// Publishes what the log has taken, in its order, until the store is closed.
pub(crate) async fn tell(mut journal: Journal, broker: Broker) {
    let mut told = 0;
    while let Some(lines) = journal.recv().await {
        for line in lines {
            if told >= TOLD_AT_ONCE {
                yield_now().await;
                told = 0;
            }
            told += line.message.len() + AROUND;
            if let Err(error) = broker.publish(&to_broker(&line)) {
                // A room is no shared queue, the only thing that can be full. Followers would see
                // the jump and read the log.
                warn!(%error, "a line was not told");
            }
        }
    }
    info!("the log is closed and everybody was told");
}

/// Makes a room's address for `POST /api/rooms`.
pub(crate) fn new_room_id() -> RoomId {
    RoomId::parse(&Uuid::now_v7().to_string()).expect("a UUID is a room id")
}

#[cfg(test)]
mod tests;
