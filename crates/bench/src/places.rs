//! Where messages go, where they come from, and what their bodies are: plain topics of any broker,
//! or chat rooms.

use anyhow::ensure;
use bytes::Bytes;
use clap::Args;
use serde::Serialize;
use stomp::{Command, Frame, Headers, SendRequest, Text, Version};

use crate::stamp::{Run, Stamp};

/// As long as any id of a message.
const ID: &str = "01920000-0000-7000-8000-000000000001";

/// Where the messages go.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct PlaceArgs {
    /// Where to send and to subscribe; the braces stand for the number of the room, from 0
    #[arg(long, value_name = "TEMPLATE", default_value = "/topic/bench.{n}")]
    pub(crate) destination: String,

    /// Use chat rooms: SEND a TALK as JSON to /app/chat/message, SUBSCRIBE to
    /// /topic/chat/room/{id}. The rooms are new ones in every run
    #[arg(long, conflicts_with = "destination")]
    pub(crate) chat: bool,
}

/// The places of one run.
#[derive(Debug)]
pub(crate) struct Places {
    run: Run,
    template: Option<String>,
    size: usize,
    /// The number of the room that is called 0 here.
    first: usize,
}

impl Places {
    /// Places for bodies of `size` bytes; in a chat room it is the text that has this size.
    pub(crate) fn new(args: &PlaceArgs, size: usize, run: Run) -> anyhow::Result<Self> {
        ensure!(
            size >= Stamp::LEN,
            "--size must be at least {}: so much takes the stamp that each message carries",
            Stamp::LEN
        );
        Ok(Self {
            run,
            template: (!args.chat).then(|| args.destination.clone()),
            size,
            first: 0,
        })
    }

    /// The same without the first ones.
    pub(crate) fn from(self, first: usize) -> Self {
        Self { first, ..self }
    }

    /// What marks this run.
    pub(crate) fn run(&self) -> &Run {
        &self.run
    }

    /// What to subscribe to.
    pub(crate) fn topic(&self, room: usize) -> String {
        match &self.template {
            Some(template) => topic(template, self.first + room),
            None => format!("/topic/chat/room/{}", self.room(room)),
        }
    }

    /// A message for a room.
    pub(crate) fn message(&self, room: usize, stamp: Stamp) -> SendRequest {
        let Some(template) = &self.template else {
            return self.line(room, stamp);
        };
        let mut body = Vec::with_capacity(self.size);
        self.fill(&mut body, stamp);
        SendRequest {
            headers: content_type("text/plain"),
            ..SendRequest::new(topic(template, self.first + room), Bytes::from(body))
        }
    }

    /// The MESSAGE that subscribers of a room get from Roomside, octet for octet as long: what a
    /// floor is to deliver.
    pub(crate) fn delivery(&self, room: usize, stamp: Stamp) -> Bytes {
        let (body, content_type) = match self.template {
            Some(_) => (self.message(room, stamp).body, "text/plain"),
            None => (self.told_line(room, stamp), "application/json"),
        };
        let frame = Frame::new(Command::Message)
            .header("destination", self.topic(room))
            .header("content-type", content_type)
            .header("subscription", "sub-0")
            .header("message-id", ID)
            .header("x-offset", stamp.number.wrapping_add(1).to_string())
            .body(body);
        stomp::encode(&frame, Version::V1_2)
    }

    /// The line as the server tells it: with when it was said, by which id, as what number.
    fn told_line(&self, room: usize, stamp: Stamp) -> Bytes {
        let mut body = self.line(room, stamp).body.to_vec();
        body.pop();
        let number = stamp.number.wrapping_add(1);
        body.extend_from_slice(
            format!(r#","createdAt":"2026-01-01T00:00:00.000Z","id":"{ID}","seq":{number}}}"#)
                .as_bytes(),
        );
        body.into()
    }

    /// A line for a chat room. Every publisher has a name of its own.
    fn line(&self, room: usize, stamp: Stamp) -> SendRequest {
        let Stamp { publisher, .. } = stamp;
        let mut body = format!(
            r#"{{"type":"TALK","roomId":"{}","sender":"bench-{publisher}","message":""#,
            self.room(room)
        )
        .into_bytes();
        body.reserve(self.size + 2);
        self.fill(&mut body, stamp);
        body.extend_from_slice(b"\"}");
        SendRequest {
            headers: content_type("application/json"),
            ..SendRequest::new(Text::from_static("/app/chat/message"), Bytes::from(body))
        }
    }

    fn fill(&self, body: &mut Vec<u8>, stamp: Stamp) {
        let end = body.len() + self.size;
        stamp.write(&self.run, body);
        body.resize(end, b'.');
    }

    fn room(&self, room: usize) -> String {
        format!("bench-{}-{}", self.run.name(), self.first + room)
    }
}

/// The destination of one room.
pub(crate) fn topic(template: &str, room: usize) -> String {
    template.replace("{n}", &room.to_string())
}

fn content_type(value: &'static str) -> Headers {
    let mut headers = Headers::new();
    headers.push(Text::from_static("content-type"), Text::from_static(value));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp {
        publisher: 3,
        number: 4,
        at: 5,
    };

    fn places(chat: bool, size: usize) -> anyhow::Result<Places> {
        let args = PlaceArgs {
            destination: "/topic/bench.{n}".to_owned(),
            chat,
        };
        Places::new(&args, size, Run::new())
    }

    #[test]
    fn a_plain_body_has_the_size_that_was_asked_for() {
        for size in [43, 64, 1024] {
            let places = places(false, size).unwrap();
            let message = places.message(7, STAMP);
            assert_eq!(&*message.destination, "/topic/bench.7");
            assert_eq!(message.destination, *places.topic(7));
            assert_eq!(message.body.len(), size);
            assert_eq!(Stamp::find(places.run(), &message.body), Some(STAMP));
        }
        assert!(places(false, 42).is_err());
    }

    #[test]
    fn a_line_for_a_chat_room_is_json() {
        let places = places(true, 64).unwrap();
        let message = places.message(7, STAMP);
        let line: serde_json::Value = serde_json::from_slice(&message.body).unwrap();
        let room = line["roomId"].as_str().unwrap();
        assert_eq!(places.topic(7), format!("/topic/chat/room/{room}"));
        assert_eq!(line["type"], "TALK");
        assert_eq!(line["sender"], "bench-3");
        assert_eq!(line["message"].as_str().unwrap().len(), 64);
        assert_eq!(Stamp::find(places.run(), &message.body), Some(STAMP));
    }

    /// What a subscriber of Roomside read, with another time and other ids.
    #[test]
    fn a_delivery_is_as_long_as_what_roomside_sends() {
        let places = places(true, 43).unwrap();
        let room = places.room(7);
        let mut text = Vec::new();
        STAMP.write(places.run(), &mut text);
        let text = String::from_utf8(text).unwrap();
        let told = format!(
            "MESSAGE\ndestination:/topic/chat/room/{room}\ncontent-type:application/json\n\
             subscription:sub-0\nmessage-id:01a1fe18-11ed-7193-91d1-770bb1d8e3e7\nx-offset:5\n\
             content-length:{}\n\n\
             {{\"type\":\"TALK\",\"roomId\":\"{room}\",\"sender\":\"bench-3\",\"message\":\"{text}\",\
             \"createdAt\":\"2026-11-21T12:32:32.749Z\",\
             \"id\":\"01a1fe18-11ed-7193-91d1-770bb1d8e3e7\",\"seq\":5}}\0",
            166 + room.len() - "bench-00000000-0".len() + 43,
        );
        let delivery = places.delivery(7, STAMP);
        assert_eq!(delivery.len(), told.len(), "{delivery:?}");
        let head = "MESSAGE\ndestination:".len() + places.topic(7).len();
        assert_eq!(delivery[..head], told.as_bytes()[..head]);
        assert_eq!(Stamp::find(places.run(), &delivery), Some(STAMP));
    }
}
