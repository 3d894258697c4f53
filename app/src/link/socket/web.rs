//! A WebSocket, raw: STOMP frames are its messages.

use futures_util::{SinkExt, StreamExt, future::poll_fn};
use gloo_net::websocket::{Message, State, futures::WebSocket};
use leptos::prelude::window;

use super::{super::ENDPOINT, Heard};

/// A WebSocket that speaks STOMP. Dropping it closes it; what was sent before still goes out.
///
/// SockJS framing would add nothing: STOMP has its own opening, beats and farewell.
pub(super) struct Web(WebSocket);

impl Web {
    /// Begins to open it; `None` where the browser will not.
    pub(super) fn open() -> Option<Self> {
        let location = window().location();
        let scheme = match location.protocol().ok()?.as_str() {
            "https:" => "wss",
            _ => "ws",
        };
        let url = format!("{scheme}://{}{ENDPOINT}/websocket", location.host().ok()?);
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

    /// Sends a message. On a socket that is closing it is lost, which the stream tells next.
    pub(super) fn send(&mut self, text: String) {
        if self.is_open() {
            let _ = self.0.start_send_unpin(Message::Text(text));
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.0.state(), State::Open)
    }
}
