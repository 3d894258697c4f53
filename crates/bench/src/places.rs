//! Where messages go, where they come from, and what their bodies are: plain topics of any broker,
//! or chat rooms.

use anyhow::ensure;
use bytes::Bytes;
use clap::Args;
use serde::Serialize;
use stomp::{Headers, SendRequest, Text};

use crate::stamp::{Run, Stamp};

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
        })
    }

    /// What marks this run.
    pub(crate) fn run(&self) -> &Run {
        &self.run
    }

    /// What to subscribe to.
    pub(crate) fn topic(&self, room: usize) -> String {
        match &self.template {
            Some(template) => topic(template, room),
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
            ..SendRequest::new(topic(template, room), Bytes::from(body))
        }
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
        format!("bench-{}-{room}", self.run.name())
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
}
