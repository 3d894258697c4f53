//! What is said in a run: the seed decides it all.

use anyhow::Context as _;
use bytes::Bytes;
use stomp::{Headers, SendRequest, Text};

use super::dice::Dice;

/// Characters of one, two, three and four bytes, and those that JSON escapes.
const LETTERS: [char; 12] = [
    'a', 'é', '다', '람', '쥐', '"', '\\', ' ', ':', '\t', '🐿', 'z',
];

/// Letters of the longest text.
const MOST_LETTERS: usize = 160;

/// Who says what, where.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) seed: u64,
    /// Ids of the rooms, which no run before this one has used.
    pub(super) rooms: Vec<String>,
    /// How many messages each client has to say.
    pub(super) each: Vec<usize>,
}

/// One message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) room: usize,
    /// `x-msg-id`, and the id of the line that it becomes.
    pub(super) id: String,
    pub(super) text: String,
}

impl Script {
    /// The name of a client.
    pub(super) fn name(client: usize) -> String {
        format!("chaos-{client}")
    }

    /// What a client says as this number.
    pub(super) fn said(&self, client: usize, number: usize) -> Said {
        let mut dice = Dice::new(self.seed, &[1, client as u64, number as u64]);
        let room = dice.below(self.rooms.len());
        let (high, low) = (dice.next(), dice.next());
        // A UUID of version 4.
        let id = format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        );
        let letters = dice.below(MOST_LETTERS);
        let text: String = (0..letters)
            .map(|_| LETTERS[dice.below(LETTERS.len())])
            .collect();
        Said {
            room,
            id,
            text: format!("{number}: {text}."),
        }
    }

    /// The same as a SEND, whose receipt is the number.
    pub(super) fn request(&self, client: usize, number: usize) -> anyhow::Result<SendRequest> {
        let Said { room, id, text } = self.said(client, number);
        let room = self.rooms.get(room).context("no rooms")?;
        let body = serde_json::json!({
            "type": "TALK",
            "roomId": room,
            "sender": Self::name(client),
            "message": text,
        });
        let mut headers = Headers::new();
        headers.push(
            Text::from_static("content-type"),
            Text::from_static("application/json"),
        );
        headers.push(Text::from_static("x-msg-id"), Text::from(id));
        Ok(SendRequest {
            headers,
            receipt: Some(Text::from(number.to_string())),
            ..SendRequest::new(
                Text::from_static("/app/chat/message"),
                Bytes::from(body.to_string()),
            )
        })
    }

    /// How many messages there are in all.
    pub(super) fn total(&self) -> usize {
        self.each.iter().sum()
    }
}
