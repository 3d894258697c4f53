//! What the text of a destination means here.

use broker::{Destination, Target};
use chat::RoomId;
use chat::destination::{CHAT_MESSAGE, ERRORS, ROOM_TOPIC, canonical};
use stomp::Text;

use super::refuse::Refused;

/// Destinations whose messages only the server makes.
const ROOMS: &str = "/topic/chat/";

/// Before a person's name, or before a destination of one's own.
const USER: &str = "/user/";

/// What only `reply-to` may name (RabbitMQ's temporary queues).
pub(super) const TEMP_QUEUE: &str = "/temp-queue/";

/// Where the answers to a `reply-to` go, once it has been turned into an address.
pub(super) const REPLY_QUEUE: &str = "/reply-queue/";

/// Where a SEND goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum To {
    /// Into a room, by way of the application.
    Chat,
    /// To everybody who goes by this name.
    User { name: String, path: Destination },
    /// To the sender's own session.
    Own(Destination),
    /// To whoever asked for an answer there.
    Reply(Destination),
    /// To a plain topic or queue.
    Plain(Destination),
}

/// What a SUBSCRIBE listens to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Of {
    Room {
        room: RoomId,
        topic: Destination,
    },
    /// The session's own part of `/user/…`; the name where one was said.
    Own {
        name: Option<String>,
        path: Destination,
    },
    Plain(Target),
}

impl To {
    pub(super) fn parse(destination: &str) -> Result<Self, Refused> {
        let name = canonical(destination);
        if name == CHAT_MESSAGE {
            return Ok(Self::Chat);
        }
        if name.starts_with("/app/") {
            return Err(Refused::unknown_destination(&name));
        }
        if let Some(rest) = name.strip_prefix(USER) {
            let (name, path) = path_of_user(rest)?;
            if is_errors(&path) {
                return Err(Refused::errors_are_told_by_the_server());
            }
            return Ok(match name {
                Some(name) => Self::User { name, path },
                None => Self::Own(path),
            });
        }
        if name.starts_with(TEMP_QUEUE) {
            return Err(Refused::temporary(&name));
        }
        if let Some(token) = name.strip_prefix(REPLY_QUEUE) {
            return Ok(Self::Reply(Destination::reply(token)?));
        }
        let destination = Destination::parse(name.into_owned())?;
        if destination.as_str().starts_with(ROOMS) {
            return Err(Refused::rooms_are_written_by_the_server(&destination));
        }
        Ok(Self::Plain(destination))
    }
}

impl Of {
    pub(super) fn parse(destination: &str) -> Result<Self, Refused> {
        let name = canonical(destination);
        if name.starts_with("/app/") {
            return Err(Refused::not_subscribable(&name));
        }
        if let Some(rest) = name.strip_prefix(USER) {
            let (name, path) = path_of_user(rest)?;
            return Ok(Self::Own { name, path });
        }
        if name.starts_with(TEMP_QUEUE) || name.starts_with(REPLY_QUEUE) {
            return Err(Refused::temporary(&name));
        }
        let target = Target::parse(Text::from(name.into_owned()))?;
        if let Target::Destination(topic) = &target
            && let Some(room) = topic.as_str().strip_prefix(ROOM_TOPIC)
        {
            let (room, topic) = (RoomId::parse(room)?, topic.clone());
            return Ok(Self::Room { room, topic });
        }
        Ok(Self::Plain(target))
    }
}

/// Whether a session hears there what was refused to it, which is the server's to say.
pub(super) fn is_errors(path: &Destination) -> bool {
    ERRORS.strip_prefix("/user") == Some(path.as_str())
}

/// `queue/x` is one's own; `bob/queue/x` is Bob's. As with Spring a slash in a name is written
/// `%2F`.
fn path_of_user(rest: &str) -> Result<(Option<String>, Destination), Refused> {
    let is_path = |rest: &str| rest.starts_with("queue/") || rest.starts_with("topic/");
    let (name, path) = if is_path(rest) {
        (None, rest)
    } else {
        match rest.split_once('/') {
            Some((name, path)) if !name.is_empty() && is_path(path) => {
                (Some(name.replace("%2F", "/")), path)
            }
            _ => return Err(Refused::not_a_user_destination()),
        }
    };
    Ok((name, Destination::parse(format!("/{path}"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(name: &'static str) -> Destination {
        Destination::parse(name).unwrap()
    }

    #[test]
    fn a_send_has_five_ways_to_go() {
        assert_eq!(To::parse("/app/chat/message"), Ok(To::Chat));
        assert_eq!(To::parse("/pub/chat/message"), Ok(To::Chat));
        assert_eq!(
            To::parse("/topic/a"),
            Ok(To::Plain(destination("/topic/a")))
        );
        assert_eq!(
            To::parse("/reply-queue/0123"),
            Ok(To::Reply(Destination::reply("0123").unwrap()))
        );
        assert_eq!(
            To::parse("/user/queue/a"),
            Ok(To::Own(destination("/queue/a")))
        );
        assert_eq!(
            To::parse("/user/a%2Fb/queue/x"),
            Ok(To::User {
                name: "a/b".to_owned(),
                path: destination("/queue/x")
            })
        );
    }

    #[test]
    fn what_a_client_may_not_write_to_is_refused() {
        for name in [
            "/app/other",
            "/topic/chat/room/lobby",
            "/sub/chat/room/lobby",
            "/topic/chat/anything",
            "/user/bob",
            "/user//queue/x",
            "/user/bob/elsewhere/x",
            "/user/bob/queue/",
            "/user/queue/errors",
            "/user/bob/queue/errors",
            "/user/a%2Fb/queue/errors",
            "/temp-queue/a",
            "/topic/*",
            "/elsewhere",
            "",
        ] {
            assert!(To::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn rooms_are_told_from_plain_topics() {
        let room = Of::parse("/sub/chat/room/lobby").unwrap();
        let topic = destination("/topic/chat/room/lobby");
        assert_eq!(
            room,
            Of::Room {
                room: RoomId::lobby(),
                topic
            }
        );
        assert!(matches!(Of::parse("/topic/a"), Ok(Of::Plain(_))));
        assert!(matches!(Of::parse("/topic/a/*"), Ok(Of::Plain(_))));
        assert!(matches!(
            Of::parse("/topic/chat/room/*"),
            Ok(Of::Plain(Target::Pattern(_)))
        ));
    }

    #[test]
    fn what_cannot_be_listened_to_is_refused() {
        for name in [
            "/app/chat/message",
            "/temp-queue/a",
            "/reply-queue/a",
            "/user/bob",
            "/topic/chat/room/a b",
            "/topic/",
        ] {
            assert!(Of::parse(name).is_err(), "{name}");
        }
    }
}
