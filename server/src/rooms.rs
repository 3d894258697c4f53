//! What a SEND into a room means here: may he, stamp it, log it.
//!
//! [`Rooms::take`] is the one way in for what people say, [`tell`] the one way out: a message
//! goes to the log first and from there, in the order of the log, to the broker.

mod presence;
mod room_message;
mod speaker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use broker::Broker;
use chat::message::Content;
use chat::{Draft, Kind, MessageId, Refusal, RoomId, RoomMessage};
use store::{Entry, Journal, Pending, ReadError, Store, WriteError};
use tokio::sync::Notify;
use tracing::{info, warn};
use uuid::Uuid;

pub(crate) use self::presence::ConnectionId;
use self::presence::{Place, Presence};
pub(crate) use self::room_message::to_broker;
pub(crate) use self::speaker::Speaker;
use crate::clock::{Clock, today};

/// How long to wait before trying again to log that somebody left.
const LEAVE_RETRY: Duration = Duration::from_secs(2);

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

    /// Takes what a client sent. Done means that what it asks is on disk, or was there before.
    pub(crate) async fn take(
        &self,
        speaker: &mut Speaker,
        draft: Draft,
        id: Option<MessageId>,
    ) -> Result<(), Refusal> {
        speaker.claim(&draft.sender)?;
        let Draft {
            room,
            sender,
            content,
        } = draft;
        let place = Place { room, sender };
        let id = id.unwrap_or_else(|| MessageId(Uuid::now_v7()));
        match content {
            Content::Enter => self.enter(speaker, place, id).await,
            Content::Leave => self.leave(speaker, place, id).await,
            Content::Talk(text) => {
                if self.presence().speak(&place, speaker.connection) {
                    speaker.places.insert(place.clone());
                }
                stored(self.log(Kind::Talk, &place, text.into(), id).await).await
            }
        }
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

    async fn enter(
        &self,
        speaker: &mut Speaker,
        place: Place,
        id: MessageId,
    ) -> Result<(), Refusal> {
        let lane = self.shared.lane.lock().await;
        let news = self.presence().enter(&place, speaker.connection);
        speaker.places.insert(place.clone());
        if !news {
            return Ok(());
        }
        let queued = self
            .log(Kind::Enter, &place, RoomMessage::entered(&place.sender), id)
            .await;
        drop(lane);
        let logged = stored(queued).await;
        if logged.is_err() {
            self.presence().forget(&place);
            speaker.places.remove(&place);
        }
        logged
    }

    async fn leave(
        &self,
        speaker: &mut Speaker,
        place: Place,
        id: MessageId,
    ) -> Result<(), Refusal> {
        let lane = self.shared.lane.lock().await;
        let news = self.presence().leave(&place, speaker.connection);
        speaker.places.remove(&place);
        if !news {
            return Ok(());
        }
        let queued = self
            .log(Kind::Leave, &place, RoomMessage::left(&place.sender), id)
            .await;
        drop(lane);
        self.finish_leave(place, queued).await
    }

    /// Waits for a LEAVE to be logged; where that fails it is tried again later.
    async fn finish_leave(
        &self,
        place: Place,
        queued: Result<Pending, Refusal>,
    ) -> Result<(), Refusal> {
        let logged = stored(queued).await;
        if let Err(refusal) = &logged {
            warn!(room = %place.room, %refusal, "a departure could not be logged yet");
            self.presence()
                .postpone(place, self.shared.clock.now() + LEAVE_RETRY);
            self.shared.away.notify_one();
        }
        logged
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
            let text = RoomMessage::left(&place.sender);
            let queued = self.log(Kind::Leave, &place, text, id).await;
            queue.push((place, queued));
        }
        drop(lane);
        for (place, queued) in queue {
            // A failure has been logged and is tried again at its own deadline.
            let _ = self.finish_leave(place, queued).await;
        }
    }

    async fn log(
        &self,
        kind: Kind,
        place: &Place,
        message: String,
        id: MessageId,
    ) -> Result<Pending, Refusal> {
        let entry = Entry {
            room: place.room.clone(),
            kind,
            sender: place.sender.clone(),
            message,
            id,
            at: today(),
            create_room: self.shared.create_on_entry,
        };
        self.shared
            .store
            .submit(entry)
            .await
            .map_err(|error| refusal_of(&error))
    }

    fn presence(&self) -> MutexGuard<'_, Presence> {
        self.shared
            .presence
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until a line is on disk, if it could be queued at all.
async fn stored(queued: Result<Pending, Refusal>) -> Result<(), Refusal> {
    queued?
        .await
        .map(|_| ())
        .map_err(|error| refusal_of(&error))
}

/// Says a fault of the log in the words that a client may hear; the details go to ours.
pub(crate) fn refusal_of(error: &WriteError) -> Refusal {
    match error {
        WriteError::RoomUnknown => Refusal::RoomUnknown,
        WriteError::RoomsFull => Refusal::RoomsFull,
        _ => {
            warn!(%error, "a message could not be logged");
            Refusal::NotStored
        }
    }
}

/// Publishes what the log has taken, in its order, until the store is closed.
pub(crate) async fn tell(mut journal: Journal, broker: Broker) {
    while let Some(lines) = journal.recv().await {
        for line in lines {
            broker.publish(&to_broker(&line));
        }
    }
    info!("the log is closed and everybody was told");
}

/// Makes a room's address for `POST /api/rooms`.
pub(crate) fn new_room_id() -> RoomId {
    RoomId::parse(&Uuid::now_v7().to_string()).expect("a UUID is a room id")
}
