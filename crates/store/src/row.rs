//! From rows of either engine to values.

use chat::{Kind, MessageId, Room, RoomId, RoomMessage, RoomName, Sender, Seq, Timestamp};
use sqlx::error::BoxDynError;
use uuid::Uuid;

use crate::change::Target;
use crate::dump::Hidden;
use crate::heads::Head;
use crate::{Author, Span};

/// The columns that [`message`] reads.
pub(crate) const MESSAGE: &str = "m.seq, m.kind, m.sender, m.id, m.at, m.message, \
     m.edits, m.deletes, m.edited_at, m.deleted";

/// How many they are.
pub(crate) const MESSAGE_COLUMNS: usize = 10;

/// The columns that [`hidden`] reads, behind those of a message.
pub(crate) const HIDDEN: &str = "m.author, m.edited_by";

/// The columns that [`head`] and [`room`] read.
pub(crate) const ROOM: &str = "r.key, r.id, r.name, r.created_at, r.head, r.last_at";

/// The columns that [`span`] reads.
pub(crate) const SPAN: &str = "r.id, r.first, r.head, m.at";

/// The columns that [`target`] reads, of a message alone.
pub(crate) const TARGET: &str =
    "kind <> 'TALK' OR edits IS NOT NULL OR deletes IS NOT NULL OR deleted, author, edited_by";

/// The columns of a row by their places, as what each engine keeps in them.
pub(crate) trait Cells {
    fn name(&self, column: usize) -> Result<&str, sqlx::Error>;
    fn text(&self, column: usize) -> Result<String, sqlx::Error>;
    fn flag(&self, column: usize) -> Result<bool, sqlx::Error>;
    fn uuid(&self, column: usize) -> Result<Uuid, sqlx::Error>;
    fn number(&self, column: usize) -> Result<i64, sqlx::Error>;
    fn maybe_number(&self, column: usize) -> Result<Option<i64>, sqlx::Error>;
    fn maybe_bytes(&self, column: usize) -> Result<Option<&[u8]>, sqlx::Error>;
}

pub(crate) fn message(row: &dyn Cells, room_id: RoomId) -> Result<RoomMessage, sqlx::Error> {
    let kind = row.name(1)?;
    Ok(RoomMessage {
        kind: Kind::parse(kind).ok_or_else(|| damaged(format!("no kind is called {kind}")))?,
        room_id,
        sender: sender(row, 2)?,
        message: row.text(5)?,
        created_at: time(row, 4)?,
        id: MessageId(row.uuid(3)?),
        seq: seq(row, 0)?,
        edits: maybe_seq(row, 6)?,
        deletes: maybe_seq(row, 7)?,
        edited_at: maybe_time(row, 8)?,
        deleted: row.flag(9)?,
    })
}

pub(crate) fn hidden(row: &dyn Cells) -> Result<Hidden, sqlx::Error> {
    Ok(Hidden {
        author: author(row, MESSAGE_COLUMNS)?,
        edited_by: maybe_seq(row, MESSAGE_COLUMNS + 1)?,
    })
}

pub(crate) fn target(row: &dyn Cells) -> Result<Target, sqlx::Error> {
    Ok(Target {
        fixed: row.flag(0)?,
        author: author(row, 1)?,
        edited_by: maybe_seq(row, 2)?,
    })
}

pub(crate) fn head(row: &dyn Cells) -> Result<Head, sqlx::Error> {
    Ok(Head {
        key: row.number(0)?,
        room: room(row)?,
        last_at: time(row, 5)?,
    })
}

pub(crate) fn room(row: &dyn Cells) -> Result<Room, sqlx::Error> {
    Ok(Room {
        room_id: room_id(row, 1)?,
        name: RoomName::parse(row.name(2)?).map_err(damaged)?,
        created_at: time(row, 3)?,
        last_seq: seq(row, 4)?,
    })
}

pub(crate) fn span(row: &dyn Cells) -> Result<Span, sqlx::Error> {
    Ok(Span {
        room: room_id(row, 0)?,
        first: seq(row, 1)?,
        head: seq(row, 2)?,
        since: maybe_time(row, 3)?,
    })
}

pub(crate) fn room_id(row: &dyn Cells, column: usize) -> Result<RoomId, sqlx::Error> {
    RoomId::parse(row.name(column)?).map_err(damaged)
}

pub(crate) fn sender(row: &dyn Cells, column: usize) -> Result<Sender, sqlx::Error> {
    Sender::parse(row.name(column)?).map_err(damaged)
}

/// The newest message that a room can have: one before the last that 40 bits can name, so that there
/// is a seq after every message. A room that gets a thousand a second gets so many in 34 years.
pub(crate) const MAX_SEQ: Seq = Seq((1 << 40) - 2);

/// The number that a database keeps for a place. Its numbers end earlier than ours, and no room
/// gets that far.
pub(crate) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}

pub(crate) fn millis(time: Timestamp) -> i64 {
    i64::try_from(time.millis()).unwrap_or(i64::MAX)
}

/// Something that we never wrote: somebody else did, or the database is damaged.
pub(crate) fn damaged(error: impl Into<BoxDynError>) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

fn seq(row: &dyn Cells, column: usize) -> Result<Seq, sqlx::Error> {
    Ok(Seq(unsigned(row.number(column)?)?))
}

fn maybe_seq(row: &dyn Cells, column: usize) -> Result<Option<Seq>, sqlx::Error> {
    let number = row.maybe_number(column)?;
    number.map(|number| Ok(Seq(unsigned(number)?))).transpose()
}

fn time(row: &dyn Cells, column: usize) -> Result<Timestamp, sqlx::Error> {
    Ok(Timestamp::from_millis(unsigned(row.number(column)?)?))
}

fn maybe_time(row: &dyn Cells, column: usize) -> Result<Option<Timestamp>, sqlx::Error> {
    let millis = row.maybe_number(column)?;
    millis
        .map(|millis| Ok(Timestamp::from_millis(unsigned(millis)?)))
        .transpose()
}

fn author(row: &dyn Cells, column: usize) -> Result<Option<Author>, sqlx::Error> {
    Ok(row.maybe_bytes(column)?.and_then(Author::from_bytes))
}

fn unsigned(number: i64) -> Result<u64, sqlx::Error> {
    u64::try_from(number).map_err(damaged)
}
