//! From rows to values.

use chat::{Kind, MessageId, Room, RoomId, RoomMessage, RoomName, Sender, Seq, Timestamp};
use sqlx::Row as _;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::heads::Head;

/// The columns that [`message`] reads.
pub(super) const MESSAGE: &str = "m.seq, m.kind, m.sender, m.id, m.at, m.message, \
     m.edits, m.deletes, m.edited_at, m.deleted";

/// How many they are.
pub(super) const MESSAGE_COLUMNS: usize = 10;

/// The columns that [`head`] and [`room`] read.
pub(super) const ROOM: &str = "r.key, r.id, r.name, r.created_at, r.head, r.last_at";

pub(super) fn message(row: &PgRow, room_id: RoomId) -> Result<RoomMessage, sqlx::Error> {
    let kind: &str = row.try_get(1)?;
    let id: Uuid = row.try_get(3)?;
    let text: Vec<u8> = row.try_get(5)?;
    Ok(RoomMessage {
        kind: Kind::parse(kind).ok_or_else(|| damaged(format!("no kind is called {kind}")))?,
        room_id,
        sender: sender(row, 2)?,
        message: String::from_utf8(text).map_err(damaged)?,
        created_at: time(row, 4)?,
        id: MessageId(id),
        seq: seq(row, 0)?,
        edits: maybe_seq(row, 6)?,
        deletes: maybe_seq(row, 7)?,
        edited_at: maybe_time(row, 8)?,
        deleted: row.try_get(9)?,
    })
}

pub(super) fn head(row: &PgRow) -> Result<Head, sqlx::Error> {
    Ok(Head {
        key: row.try_get(0)?,
        room: room(row)?,
        last_at: time(row, 5)?,
    })
}

pub(super) fn room(row: &PgRow) -> Result<Room, sqlx::Error> {
    Ok(Room {
        room_id: room_id(row, 1)?,
        name: RoomName::parse(row.try_get(2)?).map_err(damaged)?,
        created_at: time(row, 3)?,
        last_seq: seq(row, 4)?,
    })
}

pub(super) fn room_id(row: &PgRow, column: usize) -> Result<RoomId, sqlx::Error> {
    RoomId::parse(row.try_get(column)?).map_err(damaged)
}

pub(super) fn sender(row: &PgRow, column: usize) -> Result<Sender, sqlx::Error> {
    Sender::parse(row.try_get(column)?).map_err(damaged)
}

/// The number that PostgreSQL keeps for a place. Its numbers end earlier than ours, and no room
/// gets that far.
pub(super) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}

pub(super) fn millis(time: Timestamp) -> i64 {
    i64::try_from(time.millis()).unwrap_or(i64::MAX)
}

pub(super) fn seq(row: &PgRow, column: usize) -> Result<Seq, sqlx::Error> {
    let number: i64 = row.try_get(column)?;
    Ok(Seq(u64::try_from(number).map_err(damaged)?))
}

pub(super) fn maybe_seq(row: &PgRow, column: usize) -> Result<Option<Seq>, sqlx::Error> {
    let number: Option<i64> = row.try_get(column)?;
    number.map(|_| seq(row, column)).transpose()
}

pub(super) fn maybe_time(row: &PgRow, column: usize) -> Result<Option<Timestamp>, sqlx::Error> {
    let millis: Option<i64> = row.try_get(column)?;
    millis.map(|_| time(row, column)).transpose()
}

fn time(row: &PgRow, column: usize) -> Result<Timestamp, sqlx::Error> {
    let millis: i64 = row.try_get(column)?;
    Ok(Timestamp::from_millis(
        u64::try_from(millis).map_err(damaged)?,
    ))
}

/// Something that we never wrote: somebody else did, or the database is damaged.
fn damaged(error: impl Into<BoxDynError>) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
