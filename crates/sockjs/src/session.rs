//! A session as its handler sees it: messages in, messages out, whatever the transport.

mod attendance;
mod core;
mod fetch;
mod queue;
mod shared;

use std::{future::poll_fn, panic::AssertUnwindSafe, str, sync::Arc, task::Poll, thread};

use bytes::Bytes;
use futures_util::FutureExt;
use tokio::runtime::Handle;

use crate::{
    Info, Options,
    transport::websocket::{Driver, Outlet},
};

pub(crate) use self::{
    core::{Core, Goodbye, Output, Refused},
    fetch::Said,
    shared::Shared,
};

/// The close codes for a session that simply ends, and for one whose handler panics (RFC 6455
/// section 7.4.1).
const NORMAL: u16 = 1000;
const INTERNAL_ERROR: u16 = 1011;

/// Bytes of a reason: what a WebSocket close frame has room for (RFC 6455 section 5.5: 125, of
/// which the code takes two).
const MAX_REASON: usize = 123;

/// One connected peer.
///
/// On the HTTP transports the connection is kept alive beside the handler. A WebSocket is driven by
/// the handler itself: while it waits in [`recv`](Self::recv), [`feed`](Self::feed) or
/// [`flush`](Self::flush), pings are answered and sent, heartbeats go out and silence is noticed. A
/// handler that does none of these for a while only makes its own peer wait, and does not lose it.
///
/// Dropping a session, or returning from the handler, closes it with 1000 and no reason. A handler
/// that panics closes its session with 1011, and no other.
#[derive(Debug)]
pub struct Session {
    /// Until the session is closed.
    line: Option<Line>,
    info: Info,
}

/// How a session reaches its peer.
#[derive(Debug)]
enum Line {
    /// By requests that come to fetch.
    Fetched(Arc<Shared>),
    /// By one WebSocket, which is the session's own. Boxed, since a session is moved about.
    WebSocket(Box<Driver>),
}

impl Session {
    /// A session and what its transport holds of it.
    pub(crate) fn new(options: &Options, info: Info) -> (Self, Arc<Shared>) {
        let shared = Arc::new(Shared::new(options, info.transport()));
        let session = Self {
            line: Some(Line::Fetched(Arc::clone(&shared))),
            info,
        };
        (session, shared)
    }

    /// A session over a WebSocket.
    pub(crate) fn over(driver: Driver, info: Info) -> Self {
        let line = Some(Line::WebSocket(Box::new(driver)));
        Self { line, info }
    }

    /// Who is at the other end.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// A way to write to the peer without this session, where there is one: for a raw WebSocket
    /// on a server that knows what is [beneath](crate::Beneath) its requests, until it is over.
    pub fn outlet(&mut self) -> Option<Outlet> {
        match &mut self.line {
            Some(Line::WebSocket(driver)) => driver.outlet(),
            Some(Line::Fetched(_)) | None => None,
        }
    }

    /// The next message of the peer; `None` once it is gone and everything it said was taken.
    ///
    /// On SockJS it is one string of an array, on a raw WebSocket one message, text or binary.
    ///
    /// # Cancel safety
    /// Safe: a message is taken only by the call that returns it, so this can stand in a `select!`.
    pub async fn recv(&mut self) -> Option<Bytes> {
        poll_fn(|cx| match &mut self.line {
            Some(Line::Fetched(shared)) => shared.poll_recv(cx),
            Some(Line::WebSocket(driver)) => driver.poll_recv(cx),
            None => Poll::Ready(None),
        })
        .await
    }

    /// Sends one message, as soon as there is room for it.
    ///
    /// It goes out as text when it is UTF-8, and else, on a raw WebSocket, as binary. This returns
    /// when the message is queued; it waits while [`Options::outbox`] bytes wait for the peer, as
    /// long as the peer takes at least something every [`Options::send_timeout`].
    ///
    /// # Errors
    /// [`SendError::Closed`] when the session is over, [`SendError::NotText`] for a message that is
    /// not UTF-8 on SockJS; the session goes on after that.
    ///
    /// # Cancel safety
    /// A message whose call was dropped before it returned is not sent.
    pub async fn send(&mut self, message: Bytes) -> Result<(), SendError> {
        self.feed(message).await?;
        self.start_flush().await;
        Ok(())
    }

    /// Sends all messages in order, and lets the transport write them together.
    ///
    /// # Errors
    /// As [`send`](Self::send), for the first message that is not taken; those before it are sent.
    ///
    /// # Cancel safety
    /// If dropped, some of the messages are sent and the rest is not.
    pub async fn send_all(
        &mut self,
        messages: impl IntoIterator<Item = Bytes>,
    ) -> Result<(), SendError> {
        let mut result = Ok(());
        for message in messages {
            result = self.feed(message).await;
            if result.is_err() {
                break;
            }
        }
        self.start_flush().await;
        result
    }

    /// Queues one message like [`send`](Self::send), but leaves it to a later
    /// [`flush`](Self::flush) to have it written, so that several share one write. It may go out
    /// earlier.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Cancel safety
    /// A message whose call was dropped before it returned is not sent.
    pub async fn feed(&mut self, message: Bytes) -> Result<(), SendError> {
        if self.info.transport().text_only() && str::from_utf8(&message).is_err() {
            return Err(SendError::NotText);
        }
        let mut message = Some(message);
        poll_fn(|cx| match &mut self.line {
            Some(Line::Fetched(shared)) => shared.poll_feed(cx, &mut message),
            Some(Line::WebSocket(driver)) => driver.poll_feed(cx, &mut message),
            None => Poll::Ready(Err(Closed::Ours)),
        })
        .await?;
        Ok(())
    }

    /// Waits until everything sent and fed has been handed to the operating system.
    ///
    /// On the HTTP transports the peer fetches what waits when it is ready to, and this returns at
    /// once; there only [`Options::outbox`] makes a sender wait.
    ///
    /// # Errors
    /// [`SendError::Closed`] when the session is over before that.
    ///
    /// # Cancel safety
    /// Safe: what was to be written is written all the same.
    pub async fn flush(&mut self) -> Result<(), SendError> {
        self.start_flush().await;
        poll_fn(|cx| match &mut self.line {
            Some(Line::Fetched(shared)) => shared.poll_flushed(cx),
            Some(Line::WebSocket(driver)) => driver.poll_flush(cx),
            None => Poll::Ready(Err(Closed::Ours)),
        })
        .await?;
        Ok(())
    }

    /// Offers what waits to the peer, and does not wait until it is taken.
    pub(crate) async fn start_flush(&mut self) {
        poll_fn(|cx| {
            match &mut self.line {
                Some(Line::Fetched(shared)) => shared.start_flush(),
                Some(Line::WebSocket(driver)) => driver.write(cx),
                None => {}
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Ends the session with a code and a reason that the peer gets to see, after what was already
    /// sent. Returns when the connection is down.
    ///
    /// On SockJS the close frame `c[code,"reason"]` goes first, then the WebSocket close. There a
    /// code that must not be sent (RFC 6455 section 7.4) becomes 1000. The reason is cut to 123
    /// bytes, between characters. The peer has [`Options::send_timeout`] to take what waits and
    /// then [`Options::close_timeout`] to answer.
    ///
    /// On the HTTP transports the close frame answers the request that is there, or else the next
    /// one, and every other one within [`Options::disconnect_delay`].
    ///
    /// # Cancel safety
    /// Once it was polled, the close takes its course without it.
    pub async fn close(mut self, code: u16, reason: &str) {
        let end = reason.floor_char_boundary(MAX_REASON);
        let goodbye = Goodbye::new(code, &reason[..end]);
        match self.line.take() {
            Some(Line::Fetched(shared)) => {
                shared.close(goodbye);
                poll_fn(|cx| shared.poll_closed(cx)).await;
            }
            // In a task of its own, which goes on when this call is dropped. An error means that
            // the runtime ends, and the connection with it.
            Some(Line::WebSocket(driver)) => {
                let _ = tokio::spawn(driver.close(goodbye)).await;
            }
            None => {}
        }
    }

    /// Why the session is over; `None` while it is not. For the log, once `recv` returned `None`.
    pub fn closed(&self) -> Option<Closed> {
        match &self.line {
            Some(Line::Fetched(shared)) => shared.closed(),
            Some(Line::WebSocket(driver)) => driver.closed(),
            None => Some(Closed::Ours),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let goodbye = if thread::panicking() {
            Goodbye::new(INTERNAL_ERROR, "Internal error")
        } else {
            Goodbye::new(NORMAL, "")
        };
        match self.line.take() {
            Some(Line::Fetched(shared)) => shared.close(goodbye),
            Some(Line::WebSocket(driver)) => {
                // Without a runtime there is nothing left that could carry a goodbye.
                if driver.closed().is_none()
                    && let Ok(runtime) = Handle::try_current()
                {
                    runtime.spawn(driver.close(goodbye));
                }
            }
            // It was closed, and the first goodbye counts.
            None => {}
        }
    }
}

/// Runs a handler, which may panic without taking down the transport that runs beside it: the
/// session closes itself as it is dropped. The panic was reported already by the panic hook.
///
/// The handler is boxed at once, as it may be large: held in place, whoever waits for it would be
/// as large again, and its memory would not be given back when it returns.
pub(crate) fn run(handler: impl Future<Output = ()> + Send) -> impl Future<Output = ()> + Send {
    let handler = Box::pin(handler);
    async {
        // Nothing of the handler is used after it has panicked, and what it shared is whole.
        let _ = AssertUnwindSafe(handler).catch_unwind().await;
    }
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The session is over; so should the handler be.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// SockJS carries text only, and the message is not UTF-8. The session goes on without it.
    #[error("a SockJS message has to be UTF-8")]
    NotText,
}

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Closed {
    /// The handler closed it, or returned.
    #[error("we closed the session")]
    Ours,
    /// The peer closed it, its connection broke, or on HTTP it sent no other request for
    /// [`Options::disconnect_delay`].
    #[error("the peer left")]
    Peer,
    /// Nothing came for [`Options::pong_timeout`].
    #[error("the peer fell silent")]
    Silent,
    /// The peer took nothing for [`Options::send_timeout`].
    #[error("the peer takes nothing")]
    Slow,
    /// The peer broke the protocol or a limit, and was told so.
    #[error("the peer broke the protocol")]
    Fault,
}
