//! What the link speaks STOMP over, whichever transport it is.

use stomp::{Client, Output};

mod session;
mod web;

use session::Session;
use web::Web;

use crate::transport::Transport;

/// A way to the server for whole STOMP frames. Dropping it closes it.
pub(super) struct Socket(Way);

enum Way {
    Web(Web),
    Session(Session),
}

/// What a socket has to tell.
pub(super) enum Heard {
    Open,
    Text(String),
    Closed,
}

impl Socket {
    /// Begins to open it; `None` where the browser will not.
    pub(super) fn open(transport: Transport) -> Option<Self> {
        let way = match transport {
            Transport::WebSocket => Web::open().map(Way::Web),
            Transport::Streaming | Transport::Polling => Session::open(transport).map(Way::Session),
        };
        way.map(Self)
    }

    /// The next thing that happens.
    ///
    /// Cancel safe: nothing is taken before it is returned.
    pub(super) async fn next(&mut self) -> Heard {
        match &mut self.0 {
            Way::Web(web) => web.next().await,
            Way::Session(session) => session.next().await,
        }
    }

    /// Sends a whole frame. On a socket that is closing it is lost, which [`next`](Self::next)
    /// tells.
    pub(super) fn send(&mut self, frame: &[u8]) {
        // The encoder writes nothing but UTF-8: bodies and headers were strings.
        if let Ok(text) = std::str::from_utf8(frame) {
            match &mut self.0 {
                Way::Web(web) => web.send(text),
                Way::Session(session) => session.send(text.to_owned()),
            }
        }
    }

    /// Sends what `client` still has to say, and closes behind it, in good order even if the page
    /// goes.
    pub(super) fn leave(mut self, client: &mut Client) {
        while let Output::Transmit(bytes) = client.poll() {
            self.send(&bytes);
        }
        if let Way::Session(session) = self.0 {
            session.leave();
        }
    }
}
