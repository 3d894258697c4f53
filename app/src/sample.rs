//! Messages for the tests of several modules.

use chat::{Kind, MessageId, RoomId, RoomMessage, Sender, Seq, Timestamp};

/// 2026-11-20 00:00 UTC, in milliseconds.
pub(crate) const MIDNIGHT: u64 = 1_795_132_800_000;

/// The `seq`th message: 철수 says its number, a second after the one before.
pub(crate) fn talk(seq: u64) -> RoomMessage {
    RoomMessage {
        kind: Kind::Talk,
        room_id: RoomId::lobby(),
        sender: Sender::parse("철수").unwrap(),
        message: format!("{seq}"),
        created_at: Timestamp::from_millis(MIDNIGHT + seq * 1_000),
        id: id(seq),
        seq: Seq(seq),
        edits: None,
        deletes: None,
        edited_at: None,
        deleted: false,
    }
}

pub(crate) fn id(n: u64) -> MessageId {
    MessageId::parse(&format!("01920000-0000-7000-8000-{n:012x}")).unwrap()
}
