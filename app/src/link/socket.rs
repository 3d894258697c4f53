//! The WebSocket under the link.

use futures_util::{SinkExt, StreamExt, future::poll_fn};
use gloo_net::websocket::{Message, State, futures::WebSocket};
use leptos::prelude::window;
use stomp::{Client, Output};

/// The raw WebSocket of the server's SockJS endpoint, by the original page's name for it.
const PATH: &str = "/websc/websocket";

/// A WebSocket that speaks STOMP. Dropping it closes it; what was sent before still goes out.
pub(super) struct Socket(WebSocket);

/// What a socket has to tell.
pub(super) enum Heard {
    Open,
    Text(String),
    Closed,
}

impl Socket {
    /// Begins to open it; `None` where the browser will not.
    pub(super) fn open() -> Option<Self> {
        let location = window().location();
        let scheme = match location.protocol().ok()?.as_str() {
            "https:" => "wss",
            _ => "ws",
        };
        let url = format!("{scheme}://{}{PATH}", location.host().ok()?);
        // No subprotocol is asked for: CONNECT settles the version by itself, and a browser gives
        // up where a proxy in between (that of `trunk serve` is one) forgets to pass on the choice.
        WebSocket::open(&url).ok().map(Self)
    }

    /// The next thing that happens, where `open` says whether [`Heard::Open`] was told.
    ///
    /// Cancel safe: nothing is taken before it is returned.
    pub(super) async fn next(&mut self, open: bool) -> Heard {
        if !open {
            // Ready as soon as the socket is no longer opening, whatever came of it.
            let over = poll_fn(|context| self.0.poll_ready_unpin(context)).await;
            return if over.is_ok() && self.is_open() {
                Heard::Open
            } else {
                Heard::Closed
            };
        }
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => Heard::Text(text),
            // Our server sends text only; another's octets are the same frames.
            Some(Ok(Message::Bytes(bytes))) => {
                String::from_utf8(bytes).map_or(Heard::Closed, Heard::Text)
            }
            Some(Err(_)) | None => Heard::Closed,
        }
    }

    /// Sends a whole frame. On a socket that is closing it is lost, which the stream tells next.
    pub(super) fn send(&mut self, frame: &[u8]) {
        if !self.is_open() {
            return;
        }
        // The encoder writes nothing but UTF-8: bodies and headers were strings.
        if let Ok(text) = std::str::from_utf8(frame) {
            let _ = self.0.start_send_unpin(Message::Text(text.to_owned()));
        }
    }

    /// Sends what `client` still has to say, and nothing else.
    pub(super) fn send_all(&mut self, client: &mut Client) {
        while let Output::Transmit(bytes) = client.poll() {
            self.send(&bytes);
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.0.state(), State::Open)
    }
}
