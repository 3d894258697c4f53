//! A WebSocket, raw: STOMP frames are its messages.

use futures_channel::mpsc::{self, UnboundedReceiver};
use futures_util::StreamExt;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, MessageEvent, WebSocket};

use super::{super::ENDPOINT, Heard};

/// A WebSocket that speaks STOMP. Dropping it closes it; what was sent before still goes out.
///
/// SockJS framing would add nothing: STOMP has its own opening, beats and farewell.
pub(super) struct Web {
    socket: WebSocket,
    heard: UnboundedReceiver<Heard>,
    /// They live as long as the socket may call them.
    _listeners: [Closure<dyn Fn(Event)>; 3],
}

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
        let socket = WebSocket::new(&url).ok()?;
        // Not bounded: a WebSocket cannot be made to wait. What it holds is what the browser would
        // hold otherwise, and the loop never waits for anything without taking from it.
        let (tell, heard) = mpsc::unbounded();
        let listener = |hear: fn(&Event) -> Heard| {
            let tell = tell.clone();
            Closure::new(move |event| drop(tell.unbounded_send(hear(&event))))
        };
        let listeners = [
            listener(|_| Heard::Open),
            listener(|event| text(event).map_or(Heard::Closed, Heard::Text)),
            // It comes after an error, too.
            listener(|_| Heard::Closed),
        ];
        let [open, message, close] = &listeners;
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        Some(Self {
            socket,
            heard,
            _listeners: listeners,
        })
    }

    /// The next thing that happens.
    ///
    /// Cancel safe: nothing is taken before it is returned.
    pub(super) async fn next(&mut self) -> Heard {
        self.heard.next().await.unwrap_or(Heard::Closed)
    }

    /// Sends a message. On a socket that is closing it is lost, which [`next`](Self::next) tells.
    pub(super) fn send(&mut self, text: &str) {
        let _ = self.socket.send_with_str(text);
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}

/// The text of a message. Our server sends nothing else.
fn text(event: &Event) -> Option<String> {
    event.dyn_ref::<MessageEvent>()?.data().as_string()
}
