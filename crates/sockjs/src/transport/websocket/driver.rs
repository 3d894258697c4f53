//! One WebSocket and the core of its session, driven by whoever holds the session.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use sync_wrapper::SyncWrapper;
use tokio::time::Instant;

use super::{
    connection::{Connection, Io},
    farewell::Farewell,
    outlet::{Outlet, TryWrite},
};
use crate::{
    Closed, Options, Transport,
    registry::Seat,
    session::{Core, Goodbye},
    transport::http::Line,
};

/// A session's connection together with its core. It moves only while it is polled: pings are
/// answered, and silence is noticed, while the session waits to receive, to send or to be flushed.
#[derive(Debug)]
pub(crate) struct Driver {
    core: Core,
    /// Until the session is over.
    connection: SyncWrapper<Option<Box<Connection>>>,
}

impl Driver {
    pub(crate) fn new(
        io: impl Io + 'static,
        beneath: Option<Arc<dyn TryWrite>>,
        transport: Transport,
        options: &Arc<Options>,
        seat: Option<Seat<Line>>,
    ) -> Self {
        let now = Instant::now();
        let connection = Connection::new(io, beneath, transport, options, seat, now);
        Self {
            core: Core::new(options, transport, now),
            connection: SyncWrapper::new(Some(Box::new(connection))),
        }
    }

    pub(crate) fn closed(&self) -> Option<Closed> {
        self.core.closed()
    }

    /// The way for others than the session to write, while there is one.
    pub(crate) fn outlet(&mut self) -> Option<Outlet> {
        self.connection.get_mut().as_ref()?.outlet()
    }

    pub(crate) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        // What lies here needs no look at the connection.
        let ready = self.take();
        if ready.is_ready() {
            return ready;
        }
        self.talk(cx);
        self.take()
    }

    fn take(&mut self) -> Poll<Option<Bytes>> {
        match self.core.recv() {
            Ok(Some(message)) => Poll::Ready(Some(message)),
            Ok(None) => Poll::Pending,
            Err(_) => Poll::Ready(None),
        }
    }

    /// Queues what `message` holds as soon as there is room.
    pub(crate) fn poll_feed(
        &mut self,
        cx: &mut Context<'_>,
        message: &mut Option<Bytes>,
    ) -> Poll<Result<(), Closed>> {
        if !self.core.has_room()? {
            self.talk(cx);
            if !self.core.has_room()? {
                return Poll::Pending;
            }
        }
        if let Some(message) = message.take() {
            self.core.send(message);
        }
        Poll::Ready(Ok(()))
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        // Mostly everything is taken at once, and then there is no need to listen as well.
        self.write(cx);
        if !self.core.is_flushed() {
            self.talk(cx);
        }
        match self.core.closed() {
            Some(why) => Poll::Ready(Err(why)),
            None if self.core.is_flushed() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    }

    /// Ends the session: what waits is sent, then the goodbye. Resolves when the connection is
    /// down.
    pub(crate) async fn close(mut self, goodbye: Goodbye) {
        self.core.close(goodbye, Instant::now());
        let Some(mut connection) = self.connection.get_mut().take() else {
            return;
        };
        let farewell = poll_fn(|cx| match connection.talk(&mut self.core, cx) {
            Ok(()) => Poll::Pending,
            Err(farewell) => Poll::Ready(farewell),
        })
        .await;
        connection.say(farewell).await;
    }

    /// Writes what the peer takes at once.
    pub(crate) fn write(&mut self, cx: &mut Context<'_>) {
        self.with_connection(|connection, core| connection.write(core, cx, Instant::now()));
    }

    fn talk(&mut self, cx: &mut Context<'_>) {
        self.with_connection(|connection, core| connection.talk(core, cx));
    }

    /// Does something with the connection, which it may not survive. The farewell then takes its
    /// course in a task of its own, and does not wait for the handler.
    fn with_connection(
        &mut self,
        act: impl FnOnce(&mut Connection, &mut Core) -> Result<(), Farewell>,
    ) {
        let slot = self.connection.get_mut();
        if let Some(connection) = slot
            && let Err(farewell) = act(connection, &mut self.core)
        {
            self.core.end(farewell.closed());
            if let Some(connection) = slot.take()
                && farewell.frame().is_some()
            {
                tokio::spawn(connection.say(farewell));
            }
        }
    }
}
