//! A place for a log, and short words for making what goes in.

use std::path::{Path, PathBuf};

use chat::{Kind, MessageId, RoomId, RoomMessage, Sender, Seq, Timestamp};
use store::{Entry, Journal, Location, Options, Range, Store};
use tempfile::TempDir;
use uuid::Uuid;

use super::schema::Schema;

/// Where a test's log lies. It can be opened, closed and opened again; it goes with the bed.
pub(crate) struct Bed {
    pub(crate) options: Options,
    place: Place,
}

/// What is thrown away with the bed.
#[allow(dead_code)] // Held, not used.
enum Place {
    Folder(TempDir),
    Schema(Schema, TempDir),
}

impl Bed {
    /// An empty log in SQLite.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            options: Options::new(folder.path().join("roomside.db")),
            place: Place::Folder(folder),
        }
    }

    /// An empty log in PostgreSQL, in a schema of its own.
    pub(crate) async fn postgres() -> Self {
        let schema = Schema::make().await;
        Self {
            options: Options::new(Location::Postgres(schema.url())),
            place: Place::Schema(schema, tempfile::tempdir().unwrap()),
        }
    }

    /// Another one in the same engine.
    pub(crate) async fn another(&self) -> Self {
        match self.place {
            Place::Folder(_) => Self::sqlite(),
            Place::Schema(..) => Self::postgres().await,
        }
    }

    /// Where files may lie beside the log.
    pub(crate) fn folder(&self) -> &Path {
        match &self.place {
            Place::Folder(folder) | Place::Schema(_, folder) => folder.path(),
        }
    }

    /// The file of the search index.
    pub(crate) fn index(&self) -> PathBuf {
        self.folder().join("roomside.search.db")
    }

    pub(crate) async fn open(&self) -> (Store, Journal) {
        Store::open(self.options.clone()).await.unwrap()
    }
}

pub(crate) fn room(id: &str) -> RoomId {
    RoomId::parse(id).unwrap()
}

pub(crate) fn sender(name: &str) -> Sender {
    Sender::parse(name).unwrap()
}

pub(crate) fn time(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn id(number: u128) -> MessageId {
    MessageId(Uuid::from_u128(number))
}

/// Somebody says something; the number is both the message's id and its time.
pub(crate) fn talk(room_id: &str, number: u128) -> Entry {
    Entry {
        room: room(room_id),
        kind: Kind::Talk,
        sender: sender("철수"),
        message: format!("말 {number}"),
        id: id(number),
        author: None,
        change: None,
        at: time(u64::try_from(number % 1_000_000).unwrap()),
        create_room: true,
    }
}

/// Somebody comes or goes.
pub(crate) fn moves(room_id: &str, who: &str, kind: Kind, number: u128) -> Entry {
    Entry {
        kind,
        sender: sender(who),
        ..talk(room_id, number)
    }
}

/// The whole log of a room, page by page.
pub(crate) async fn log(store: &Store, room: &RoomId) -> Vec<RoomMessage> {
    let mut log: Vec<RoomMessage> = Vec::new();
    loop {
        let last = log.last().map_or(Seq::ZERO, |message| message.seq);
        let page = store.page(room, Range::After(last), 100).await.unwrap();
        if page.is_empty() {
            return log;
        }
        log.extend(page);
    }
}

pub(crate) fn seqs(messages: &[RoomMessage]) -> Vec<u64> {
    messages.iter().map(|message| message.seq.0).collect()
}
