//! What a client asks for: SEND, SUBSCRIBE, UNSUBSCRIBE.

use broker::{Destination, Message, Overflow, Subscribe};
use bytes::Bytes;
use chat::destination::{CHAT_MESSAGE, ROOM_TOPIC, X_HISTORY, X_MSG_ID, X_SINCE, canonical};
use chat::{Draft, MessageId, RoomId, Seq};
use stomp::{Headers, Text, Version};
use uuid::Uuid;

use super::Client;
use super::follow::From;
use super::refuse::Refused;

/// Headers of a SEND that are its own business and do not travel with the message.
const NOT_COPIED: [&str; 8] = [
    "destination",
    "content-type",
    "content-length",
    "receipt",
    "transaction",
    "message-id",
    "subscription",
    "ack",
];

/// Destinations whose messages only the server makes.
const ROOMS: &str = "/topic/chat/";

impl Client {
    pub(super) async fn on_send(
        &mut self,
        destination: &str,
        headers: &Headers,
        body: Bytes,
    ) -> Result<(), Refused> {
        let name = canonical(destination);
        if name == CHAT_MESSAGE {
            let id = headers.get(X_MSG_ID).map(MessageId::parse).transpose()?;
            let draft = Draft::from_json(&body)?;
            return Ok(self.state.rooms.take(&mut self.speaker, draft, id).await?);
        }
        if name.starts_with("/app/") {
            return Err(Refused::unknown_destination(&name));
        }
        let destination = Destination::parse(name.into_owned())?;
        if destination.as_str().starts_with(ROOMS) {
            return Err(Refused::rooms_are_written_by_the_server(&destination));
        }
        self.state
            .broker
            .publish(&message_of(destination, headers, body));
        Ok(())
    }

    pub(super) async fn on_subscribe(
        &mut self,
        id: &Text,
        destination: &str,
        headers: &Headers,
    ) -> Result<(), Refused> {
        let destination = Destination::parse(canonical(destination).into_owned())?;
        let room = destination
            .as_str()
            .strip_prefix(ROOM_TOPIC)
            .map(RoomId::parse)
            .transpose()?;
        let version = self.stomp.version().unwrap_or(Version::V1_0);
        let overflow = if room.is_some() {
            Overflow::Park
        } else {
            Overflow::End
        };
        // The id lives as long as the subscription: it must not hold on to the whole frame.
        let subscribe = Subscribe {
            id: id.detached(),
            destination,
            version,
            overflow,
        };
        let Some(room) = room else {
            return Ok(self.inbox.subscribe(subscribe)?);
        };
        let from = from_where(headers)?;
        Ok(self
            .follows
            .start(subscribe, room, from, &self.inbox, &self.state.store)
            .await?)
    }

    pub(super) fn on_unsubscribe(&mut self, id: &Text) {
        self.inbox.unsubscribe(id);
        if let Some(room) = self.follows.stop(id) {
            self.state.rooms.unfollow(&mut self.speaker, &room);
        }
    }
}

/// A client's own message for a plain topic: its headers travel with it, as Spring's do.
fn message_of(destination: Destination, headers: &Headers, body: Bytes) -> Message {
    let mut message = Message::new(destination, Uuid::now_v7().to_string().into()).body(body);
    if let Some(content_type) = headers.text("content-type") {
        message = message.content_type(content_type.clone());
    }
    for (name, value) in headers.iter() {
        if !NOT_COPIED.contains(&&**name) {
            message = message.header(name.clone(), value.clone());
        }
    }
    message
}

fn from_where(headers: &Headers) -> Result<From, Refused> {
    let number = |name: &'static str| {
        headers
            .get(name)
            .map(|value| {
                value
                    .trim()
                    .parse::<u64>()
                    .map_err(|_| Refused::not_a_number(name))
            })
            .transpose()
    };
    Ok(match (number(X_SINCE)?, number(X_HISTORY)?) {
        (Some(seq), _) => From::Since(Seq(seq)),
        (None, Some(count)) => From::Last(count),
        (None, None) => From::Now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> Headers {
        let mut headers = Headers::default();
        for (name, value) in pairs {
            headers.push(Text::from_static(name), Text::from_static(value));
        }
        headers
    }

    #[test]
    fn since_is_more_exact_than_history() {
        assert_eq!(from_where(&headers(&[])).unwrap(), From::Now);
        assert_eq!(
            from_where(&headers(&[("x-history", "50")])).unwrap(),
            From::Last(50)
        );
        let both = headers(&[("x-history", "50"), ("x-since", "7")]);
        assert_eq!(from_where(&both).unwrap(), From::Since(Seq(7)));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in ["", "-1", "1.5", "all", "99999999999999999999"] {
            let mut headers = Headers::default();
            headers.push(Text::from_static("x-since"), Text::from_static(bad));
            assert!(from_where(&headers).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_plain_message_keeps_its_own_headers_and_no_others() {
        let sent = headers(&[
            ("destination", "/topic/x"),
            ("content-type", "text/plain"),
            ("receipt", "r-1"),
            ("subscription", "forged"),
            ("colour", "green"),
        ]);
        let destination = Destination::parse("/topic/x").unwrap();
        let message = message_of(destination, &sent, "hi".into());
        let encoded = message.encode(&Text::from_static("sub-0"), Version::V1_2);
        let text = String::from_utf8(encoded.to_vec()).unwrap();
        assert!(text.starts_with(
            "MESSAGE\ndestination:/topic/x\ncontent-type:text/plain\nsubscription:sub-0\n"
        ));
        assert!(text.ends_with("\ncolour:green\ncontent-length:2\n\nhi\0"));
        assert!(!text.contains("receipt"));
        assert!(!text.contains("forged"));
    }
}
