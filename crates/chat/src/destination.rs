//! Where rooms live among STOMP destinations, and the headers that are ours.

use crate::RoomId;

/// Where clients SEND what they say; `/pub/chat/message` is the same.
pub const CHAT_MESSAGE: &str = "/app/chat/message";

/// Before the room id in the destination that its messages come from.
pub const ROOM_TOPIC: &str = "/topic/chat/room/";

/// SEND: the message's id, a UUID made by the sender. A second SEND of the same id by the same
/// sender into the same room is answered, not stored again.
pub const X_MSG_ID: &str = "x-msg-id";

/// SUBSCRIBE: replay everything after this `seq`, then go on live.
pub const X_SINCE: &str = "x-since";

/// SUBSCRIBE: replay the last so many messages, then go on live.
pub const X_HISTORY: &str = "x-history";

/// SUBSCRIBE: the epoch that `x-since` counts in, as a RECEIPT has told it.
///
/// RECEIPT for a SUBSCRIBE: the epoch in which places are counted; another one means that what
/// was counted before is gone.
pub const X_EPOCH: &str = "x-epoch";

/// MESSAGE: the message's `seq`. RECEIPT for a SUBSCRIBE: the place of the newest message.
pub const X_OFFSET: &str = "x-offset";

/// RECEIPT for a SUBSCRIBE with `x-since`: whether everything since then comes.
pub const X_RECOVERED: &str = "x-recovered";

/// RECEIPT for a SUBSCRIBE: the place of the first message that the room still keeps, where it is
/// not 1.
pub const X_FIRST: &str = "x-first";

/// CONNECT: a secret by which the server knows the author of a message again, so that nobody else
/// can edit or delete it; 16 to 64 ASCII letters, digits, `-` or `_`.
pub const X_AUTHOR_KEY: &str = "x-author-key";

/// CONNECT: `true` asks for refusals as messages on [`ERRORS`] instead of ERROR frames.
pub const X_SOFT_ERRORS: &str = "x-soft-errors";

/// Where a session that asked for it hears what was refused.
pub const ERRORS: &str = "/user/queue/errors";

/// ERROR: a stable word for the reason, see [`Refusal::code`](crate::Refusal::code).
pub const X_CODE: &str = "x-code";

/// ERROR: after how many seconds the same frame is worth sending again. It is there where nothing
/// was wrong with the frame.
pub const X_RETRY: &str = "x-retry";

/// Where `room`'s messages come from.
#[must_use]
pub fn topic_of(room: &RoomId) -> String {
    format!("{ROOM_TOPIC}{room}")
}

/// The destination without its alias: `/pub/…` is `/app/…`, `/sub/…` is `/topic/…`, as many
/// Spring tutorials configure their prefixes.
#[must_use]
pub fn canonical(destination: &str) -> std::borrow::Cow<'_, str> {
    if let Some(rest) = destination.strip_prefix("/pub/") {
        format!("/app/{rest}").into()
    } else if let Some(rest) = destination.strip_prefix("/sub/") {
        format!("/topic/{rest}").into()
    } else {
        destination.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_the_same_place() {
        assert_eq!(canonical("/pub/chat/message"), CHAT_MESSAGE);
        assert_eq!(
            canonical("/sub/chat/room/lobby"),
            topic_of(&RoomId::lobby())
        );
        assert_eq!(canonical("/topic/x"), "/topic/x");
        assert_eq!(canonical("/public/x"), "/public/x");
    }
}
