//! A room's line as the broker carries it.

use broker::{Destination, Message};
use chat::RoomMessage;
use chat::destination::{X_OFFSET, topic_of};
use stomp::Text;

const JSON: Text = Text::from_static("application/json");

/// The message that subscribers of the line's room receive: the same `message-id` for every
/// one of them, and the line's `seq` as `x-offset`.
pub(crate) fn to_broker(line: &RoomMessage) -> Message {
    let destination = Destination::parse(topic_of(&line.room_id))
        .expect("the longest room id fits into a destination");
    let body = serde_json::to_vec(line).expect("a room message always serialises");
    Message::new(destination, line.id.to_string().into())
        .seq(line.seq.0)
        .content_type(JSON)
        .header(Text::from_static(X_OFFSET), line.seq.to_string().into())
        .body(body.into())
}

#[cfg(test)]
mod tests {
    use chat::{Kind, MessageId, RoomId, Sender, Seq, Timestamp};
    use stomp::Version;

    use super::*;

    #[test]
    fn the_frame_is_the_contract() {
        let line = RoomMessage {
            kind: Kind::Enter,
            room_id: RoomId::lobby(),
            sender: Sender::parse("철수").unwrap(),
            message: "철수님이 입장했습니다.".to_owned(),
            created_at: Timestamp::from_millis(0),
            id: MessageId::parse("01920000-0000-7000-8000-000000000001").unwrap(),
            seq: Seq(7),
            edits: None,
            deletes: None,
            edited_at: None,
            deleted: false,
        };
        let encoded = to_broker(&line).encode(&Text::from_static("sub-0"), Version::V1_1, false);
        let body = serde_json::to_string(&line).unwrap();
        assert_eq!(
            String::from_utf8(encoded.to_vec()).unwrap(),
            format!(
                "MESSAGE\ndestination:/topic/chat/room/lobby\ncontent-type:application/json\n\
                 subscription:sub-0\nmessage-id:01920000-0000-7000-8000-000000000001\n\
                 x-offset:7\ncontent-length:{}\n\n{body}\0",
                body.len()
            )
        );
    }

    #[test]
    fn the_longest_room_id_fits_into_a_destination() {
        let id = RoomId::parse(&"𠀀".repeat(RoomId::MAX_CHARS)).unwrap();
        assert!(Destination::parse(topic_of(&id)).is_ok());
    }
}
