//! Where STOMP comes in over TCP, without HTTP around it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::serve::Listener as _;
use chat::destination::X_CODE;
use stomp::{Command, Frame, Version, encode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::warn;

use super::link::Link as _;
use super::listener::Listener;
use super::stream::Stream;
use super::tcp::{Patience, Tcp};
use crate::session;
use crate::state::AppState;

/// Peers that are told at a time that the server is full; more are cut off without a word.
const MAX_REFUSALS: usize = 64;

/// Takes STOMP connections in, one session each.
#[derive(Debug)]
pub(crate) struct Door {
    listener: Listener,
    patience: Patience,
    state: Arc<AppState>,
    refusals: Arc<Semaphore>,
}

impl Door {
    pub(crate) fn new(listener: Listener, patience: Patience, state: AppState) -> Self {
        Self {
            listener,
            patience,
            state: Arc::new(state),
            refusals: Arc::new(Semaphore::new(MAX_REFUSALS)),
        }
    }

    /// Goes on until it is dropped. Sessions that have begun go on without it.
    pub(crate) async fn keep(mut self) {
        loop {
            let (stream, remote) = self.listener.accept().await;
            self.let_in(stream, remote);
        }
    }

    fn let_in(&self, stream: Stream, remote: SocketAddr) {
        let transport = stream.name();
        let beneath = stream.beneath();
        let link = Tcp::new(stream, transport, remote, self.patience).over(beneath);
        if let Some(seat) = self.state.seats.take() {
            let state = Arc::clone(&self.state);
            tokio::spawn(async move {
                session::run(link, state).await;
                drop(seat);
            });
            return;
        }
        warn!(%remote, "a STOMP connection is refused: the server is full");
        if let Ok(permit) = Arc::clone(&self.refusals).try_acquire_owned() {
            tokio::spawn(refuse(link, permit));
        }
    }
}

/// One ERROR, written as 1.0, which every client reads: none has been told a version.
async fn refuse(mut link: Tcp<Stream>, _permit: OwnedSemaphorePermit) {
    let error = Frame::new(Command::Error)
        .header("message", "server full")
        .header(X_CODE, "server_full")
        .header("content-type", "text/plain")
        .body("As many sessions are open as may be: connect again later.\n");
    if link.feed(encode(&error, Version::V1_0)).await.is_ok() {
        link.close(1013, "server full").await;
    }
}
