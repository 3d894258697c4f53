//! The wire under one session, whatever it is made of.

use std::net::SocketAddr;
use std::sync::Arc;

use broker::{Framing, Written};
use bytes::Bytes;
use sockjs::SendError;
use tracing::warn;

/// The peer cannot be reached any more: it left, its connection broke, or it takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// One connection as its session sees it: bytes in, whole frames out.
///
/// A link keeps its connection alive by its own means, and lets a session wait for a peer that is
/// slow as long as that peer takes something now and then.
pub(crate) trait Link: Send + Sized {
    /// What it is made of, for logs: `websocket`, `tcp`.
    fn transport(&self) -> &'static str;

    /// The address at the other end, which may be a proxy's.
    fn remote(&self) -> Option<SocketAddr>;

    /// The way for others than the session to write whole frames to the peer, if there is one: for
    /// the time between two turns of the session, while everything that was fed is flushed.
    fn outlet(&mut self) -> Option<Arc<dyn broker::Outlet>> {
        None
    }

    /// Whether it carries frames that are UTF-8 and no others.
    fn is_text_only(&self) -> bool {
        false
    }

    /// Some of what the peer sends; nothing once it is gone and all that came before was taken,
    /// or once it was given up because it takes nothing.
    ///
    /// # Cancel safety
    ///
    /// Safe: what came is taken only by the call that returns it.
    fn recv(&mut self) -> impl Future<Output = Option<Bytes>> + Send;

    /// Takes one frame or heart-beat, to be written by the next [`flush`](Self::flush) at the
    /// latest. It waits while too much waits for the peer already.
    fn feed(&mut self, frame: Bytes) -> impl Future<Output = Result<(), Gone>> + Send;

    /// Waits until everything fed has been handed to the operating system.
    fn flush(&mut self) -> impl Future<Output = Result<(), Gone>> + Send;

    /// Ends the connection after what was fed, with a WebSocket close code (RFC 6455, section 7.4)
    /// and a reason where the wire can carry them. Returns when it is down, after a bounded time.
    fn close(self, code: u16, reason: &str) -> impl Future<Output = ()> + Send;
}

impl Link for sockjs::Session {
    fn transport(&self) -> &'static str {
        self.info().transport().name()
    }

    fn remote(&self) -> Option<SocketAddr> {
        self.info().remote()
    }

    fn outlet(&mut self) -> Option<Arc<dyn broker::Outlet>> {
        let outlet = Self::outlet(self)?;
        Some(Arc::new(Direct(outlet)))
    }

    fn is_text_only(&self) -> bool {
        self.info().transport().text_only()
    }

    async fn recv(&mut self) -> Option<Bytes> {
        Self::recv(self).await
    }

    async fn feed(&mut self, frame: Bytes) -> Result<(), Gone> {
        match Self::feed(self, frame).await {
            Ok(()) => Ok(()),
            // The broker leaves them out, see `is_text_only`. A session does not end of one.
            Err(SendError::NotText) => {
                warn!("a frame with a binary body is left out: SockJS carries text only");
                Ok(())
            }
            Err(SendError::Closed(_)) => Err(Gone),
        }
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        Self::flush(self).await.map_err(|_| Gone)
    }

    async fn close(self, code: u16, reason: &str) {
        Self::close(self, code, reason).await;
    }
}

/// The writing half of a WebSocket, as the broker wants it.
#[derive(Debug)]
struct Direct(sockjs::Outlet);

impl broker::Outlet for Direct {
    fn framing(&self) -> Framing {
        sockjs::Outlet::frame
    }

    fn write(&self, wire: &Bytes) -> Written {
        match self.0.write(wire) {
            sockjs::Written::All => Written::All,
            sockjs::Written::Some => Written::Some,
            sockjs::Written::None => Written::None,
        }
    }
}
