//! A line of a room, and all of them as the API gives them.

use std::net::SocketAddr;

use serde::Deserialize;

use crate::link::get;

/// The most that the API gives at once.
const PAGE: usize = 200;

/// What a subscriber and the API tell of a message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    pub(super) seq: u64,
    pub(super) id: String,
    pub(super) sender: String,
    pub(super) message: String,
    created_at: String,
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Line>,
}

impl Line {
    #[cfg(test)]
    pub(super) fn new(seq: u64, sender: &str, said: super::script::Said) -> Self {
        Self {
            seq,
            id: said.id,
            sender: sender.to_owned(),
            message: said.text,
            created_at: String::new(),
        }
    }
}

/// The log of a room, as it is in the store.
pub(super) async fn log(api: SocketAddr, room: &str) -> anyhow::Result<Vec<Line>> {
    let mut lines: Vec<Line> = Vec::new();
    loop {
        let after = lines.last().map_or(0, |line| line.seq);
        let path = format!("/api/rooms/{room}/messages?after={after}&limit={PAGE}");
        let page: Page = serde_json::from_slice(&get(api, &path).await?)?;
        // A page that does not go on from there would be asked for again and again.
        let goes_on = page.messages.last().is_some_and(|line| line.seq > after);
        let is_last = page.messages.len() < PAGE;
        lines.extend(page.messages);
        if is_last || !goes_on {
            return Ok(lines);
        }
    }
}
