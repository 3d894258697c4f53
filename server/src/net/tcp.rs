//! A link that is a byte stream: TCP, with or without TLS.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tracing::debug;

use super::direct::Direct;
use super::link::{Gone, Link};

/// Bytes taken from the peer at a time. The room for them is held only while they are copied, so
/// that an idle connection costs no buffer.
const READ: usize = 8 * 1024;

/// Frames that are written with one call to the system.
const SLICES: usize = 64;

/// Slots that an empty outbox may keep.
const KEPT_SLOTS: usize = 32;

/// How much a peer may leave waiting, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Bytes that may wait to be written; the frame that passes this is still taken.
    pub(crate) outbox: usize,
    /// A peer that takes not one byte for this long is given up.
    pub(crate) send: Duration,
    /// How long the end may take once everything is written.
    pub(crate) close: Duration,
}

/// TCP sessions are given what SockJS sessions are given.
impl From<&sockjs::Options> for Patience {
    fn from(options: &sockjs::Options) -> Self {
        Self {
            outbox: options.outbox,
            send: options.send_timeout,
            close: options.close_timeout,
        }
    }
}

/// STOMP frames one after the other on a byte stream (STOMP 1.2, Augmented BNF).
#[derive(Debug)]
pub(crate) struct Tcp<Io> {
    io: Io,
    transport: &'static str,
    remote: SocketAddr,
    patience: Patience,
    /// Frames, shared with other sessions, that are not written yet; the first perhaps in part.
    outbox: VecDeque<Bytes>,
    /// The bytes in `outbox`.
    waiting: usize,
    /// The peer has taken nothing for too long, and is not listened to either any more.
    given_up: bool,
    /// The way for others to write to the peer, where nothing lies between.
    direct: Option<Arc<Direct>>,
    /// There while the outbox begins with what others have begun: until when the peer may leave it.
    rest: Option<Pin<Box<Sleep>>>,
}

impl<Io: AsyncRead + AsyncWrite + Unpin + Send> Tcp<Io> {
    pub(crate) fn new(
        io: Io,
        transport: &'static str,
        remote: SocketAddr,
        patience: Patience,
    ) -> Self {
        Self {
            io,
            transport,
            remote,
            patience,
            outbox: VecDeque::new(),
            waiting: 0,
            given_up: false,
            direct: None,
            rest: None,
        }
    }

    /// Lets others write to the stream that lies beneath this one and carries the same bytes.
    pub(crate) fn over(mut self, stream: Option<Arc<TcpStream>>) -> Self {
        self.direct = stream.map(|stream| Arc::new(Direct::new(stream)));
        self
    }

    /// What others have begun to write comes before anything else.
    fn take_rest(&mut self) {
        let rest = self.direct.as_ref().map(|direct| direct.take_rest());
        if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
            self.waiting += rest.len();
            self.outbox.push_front(rest);
            self.rest = Some(Box::pin(sleep(self.patience.send)));
        }
    }

    /// Writes what others have begun, as the peer takes it. The session need not have anything to
    /// say for that.
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.take_rest();
        while !self.outbox.is_empty() {
            match self.poll_write(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => {
                    // What the peer said before is still to be heard. Nobody writes after half a
                    // frame: whoever tries finds out.
                    debug!(remote = %self.remote, %error, "the connection broke");
                    self.outbox.clear();
                    self.waiting = 0;
                    self.rest = None;
                }
                Poll::Pending => {
                    let late = self.rest.as_mut().map(|rest| rest.as_mut().poll(cx));
                    if late.is_some_and(|late| late.is_ready()) {
                        self.given_up = true;
                        return Err(io::ErrorKind::TimedOut.into());
                    }
                    break;
                }
            }
        }
        Ok(())
    }

    /// Writes some of what waits, as soon as the peer takes it.
    async fn write(&mut self) -> Result<(), Gone> {
        let patience = self.patience.send;
        self.in_time(patience, |link, cx| link.poll_write(cx)).await
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let mut count = 0;
        for (slice, frame) in slices.iter_mut().zip(&self.outbox) {
            *slice = IoSlice::new(frame);
            count += 1;
        }
        let written = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, &slices[..count]))?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.written(written);
        Poll::Ready(Ok(()))
    }

    /// Takes this many bytes off the outbox.
    fn written(&mut self, mut bytes: usize) {
        self.waiting -= bytes;
        if let Some(rest) = &mut self.rest {
            rest.as_mut().reset(Instant::now() + self.patience.send);
        }
        while let Some(frame) = self.outbox.front_mut() {
            if bytes < frame.len() {
                frame.advance(bytes);
                return;
            }
            bytes -= frame.len();
            self.outbox.pop_front();
        }
        if self.rest.take().is_some()
            && let Some(direct) = &self.direct
        {
            direct.written();
        }
        if self.outbox.capacity() > KEPT_SLOTS {
            self.outbox = VecDeque::new();
        }
    }

    /// Waits for what `poll` does, for a while.
    async fn in_time(
        &mut self,
        patience: Duration,
        mut poll: impl FnMut(&mut Self, &mut Context<'_>) -> Poll<io::Result<()>> + Send,
    ) -> Result<(), Gone> {
        match timeout(patience, poll_fn(|cx| poll(self, cx))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                debug!(remote = %self.remote, %error, "the connection broke");
                Err(Gone)
            }
            Err(_) => {
                debug!(remote = %self.remote, "the peer takes nothing");
                self.given_up = true;
                Err(Gone)
            }
        }
    }

    /// Ends our half, and takes in what still comes until the peer ends its own: hanging up with
    /// bytes unread would reset the connection, and the peer would lose the last frames.
    async fn hang_up(&mut self) -> io::Result<()> {
        self.io.shutdown().await?;
        while !self.read().await?.is_empty() {}
        Ok(())
    }

    /// What the peer sends, empty at its end.
    async fn read(&mut self) -> io::Result<Bytes> {
        poll_fn(|cx| {
            self.poll_rest(cx)?;
            let mut space = [MaybeUninit::uninit(); READ];
            let mut buffer = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer))?;
            Poll::Ready(Ok(Bytes::copy_from_slice(buffer.filled())))
        })
        .await
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin + Send> Link for Tcp<Io> {
    fn transport(&self) -> &'static str {
        self.transport
    }

    fn remote(&self) -> Option<SocketAddr> {
        Some(self.remote)
    }

    fn outlet(&mut self) -> Option<Arc<dyn broker::Outlet>> {
        let direct = self.direct.clone()?;
        Some(direct)
    }

    async fn recv(&mut self) -> Option<Bytes> {
        if self.given_up {
            return None;
        }
        match self.read().await {
            Ok(bytes) => (!bytes.is_empty()).then_some(bytes),
            Err(error) => {
                debug!(remote = %self.remote, %error, "the connection broke");
                None
            }
        }
    }

    async fn feed(&mut self, frame: Bytes) -> Result<(), Gone> {
        if self.given_up {
            return Err(Gone);
        }
        self.take_rest();
        while self.waiting >= self.patience.outbox && !self.outbox.is_empty() {
            self.write().await?;
        }
        if !frame.is_empty() {
            self.waiting += frame.len();
            self.outbox.push_back(frame);
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        if self.given_up {
            return Err(Gone);
        }
        self.take_rest();
        while !self.outbox.is_empty() {
            self.write().await?;
        }
        // TLS may hold a record back; TCP has nothing to do here.
        let patience = self.patience.send;
        self.in_time(patience, |link, cx| Pin::new(&mut link.io).poll_flush(cx))
            .await
    }

    /// The stream carries neither code nor reason: they are for the log.
    async fn close(mut self, code: u16, reason: &str) {
        debug!(remote = %self.remote, code, reason, "closing");
        let Patience { send, close, .. } = self.patience;
        if let Ok(Ok(())) = timeout(send, self.flush()).await {
            // A peer that does not hang up in time is hung up on.
            let _ = timeout(close, self.hang_up()).await;
        }
    }
}

#[cfg(test)]
mod tests;
