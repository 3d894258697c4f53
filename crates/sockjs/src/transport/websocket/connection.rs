//! One WebSocket: what is read, written and timed on it, and how it ends.

use std::{
    fmt,
    future::poll_fn,
    io,
    mem::MaybeUninit,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    time::{Instant, Sleep, sleep_until, timeout},
};

use super::{
    farewell::Farewell,
    head::Opcode,
    liveness::{Liveness, Verdict},
    outlet::{Half, Outlet, TryWrite},
    reader::{Incoming, Reader},
    wire::Wire,
};
use crate::{
    Closed, Options, Transport,
    registry::Seat,
    session::{Core, Goodbye, Output},
    transport::http::Line,
};

/// Bytes read at once. The room for them is held only while they are copied.
pub(super) const READ: usize = 8 * 1024;

/// Rounds of reading and answering before others get their turn.
const MAX_ROUNDS: usize = 16;

/// When to look again at a deadline that has passed but could not be served.
const RETRY: Duration = Duration::from_millis(100);

/// A stream that a WebSocket can be spoken on.
pub(crate) trait Io: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// What a session has of its connection.
pub(super) struct Connection {
    io: Box<dyn Io>,
    wire: Wire,
    reader: Reader,
    half: Arc<Half>,
    liveness: Liveness,
    timer: Pin<Box<Sleep>>,
    /// The answer to the last ping. One answer does for several (RFC 6455 section 5.5.3).
    pong: Option<Bytes>,
    /// A ping of ours is due.
    ping: bool,
    /// What the core said last.
    goodbye: Option<Goodbye>,
    close_timeout: Duration,
    /// Kept until the connection is down.
    _seat: Option<Seat<Line>>,
}

impl Connection {
    pub(super) fn new(
        io: impl Io + 'static,
        beneath: Option<Arc<dyn TryWrite>>,
        transport: Transport,
        options: &Arc<Options>,
        seat: Option<Seat<Line>>,
        now: Instant,
    ) -> Self {
        // Only a raw WebSocket says the same to all.
        let beneath = beneath.filter(|_| transport == Transport::RawWebSocket);
        let liveness = Liveness::new(options, now);
        Self {
            io: Box::new(io),
            wire: Wire::new(transport),
            reader: Reader::new(options.max_message),
            half: Half::new(beneath),
            timer: Box::pin(sleep_until(liveness.next_timeout())),
            liveness,
            pong: None,
            ping: false,
            goodbye: None,
            close_timeout: options.close_timeout,
            _seat: seat,
        }
    }

    /// The way for others than the session to write.
    pub(super) fn outlet(&self) -> Option<Outlet> {
        let shared = self.half.is_shared();
        shared.then(|| Outlet(Arc::clone(&self.half)))
    }

    /// Does all that can be done now; an error is how the connection ends.
    pub(super) fn talk(&mut self, core: &mut Core, cx: &mut Context<'_>) -> Result<(), Farewell> {
        let now = Instant::now();
        for _ in 0..MAX_ROUNDS {
            self.write(core, cx, now)?;
            self.read(core, cx, now)?;
            if !self.keep_time(core, cx, now)? {
                return Ok(());
            }
        }
        cx.waker().wake_by_ref();
        Ok(())
    }

    /// Gives the socket everything that the core has to say, in one go.
    pub(super) fn write(
        &mut self,
        core: &mut Core,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> Result<(), Farewell> {
        if let Some(why) = core.closed() {
            return Err(Farewell::Lost(why));
        }
        let Self {
            io,
            wire,
            pong,
            ping,
            goodbye,
            half,
            liveness,
            ..
        } = self;
        let mut done = None;
        let next = || {
            if done.is_some() {
                return None;
            }
            if let Some(pong) = pong.take() {
                return Some((Opcode::Pong, pong));
            }
            if std::mem::take(ping) {
                return Some((Opcode::Ping, Bytes::new()));
            }
            loop {
                let output = core.poll(now);
                match &output {
                    Output::Idle => return None,
                    Output::Done(why) => {
                        done = Some(*why);
                        return None;
                    }
                    Output::Goodbye(said) => *goodbye = Some(said.clone()),
                    Output::Open | Output::Message(_) | Output::Heartbeat => {}
                }
                if let Some(frame) = wire.encode(output) {
                    return Some(frame);
                }
            }
        };
        let mut writing = half.lock();
        match writing.writer.poll_write(Pin::new(io), cx, next) {
            Poll::Ready(Ok(())) => {
                drop(writing);
                liveness.taken();
                core.handle_flushed();
                match done {
                    None => Ok(()),
                    Some(Some(why)) => Err(Farewell::Lost(why)),
                    Some(None) => {
                        let goodbye = self.goodbye.take();
                        Err(goodbye.map_or(Farewell::Lost(Closed::Ours), Farewell::Leave))
                    }
                }
            }
            Poll::Ready(Err(error)) => {
                tracing::debug!(%error, "WebSocket connection broke");
                Err(Farewell::Lost(Closed::Peer))
            }
            Poll::Pending => {
                liveness.waits(writing.writer.moved(), now);
                Ok(())
            }
        }
    }

    /// Takes what the peer sends, as long as the core has room and no answer waits to be taken.
    fn read(
        &mut self,
        core: &mut Core,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> Result<(), Farewell> {
        loop {
            while self.listens(core) {
                match self.reader.next()? {
                    Some(incoming) => self.take(incoming, core)?,
                    None => break,
                }
            }
            if !self.listens(core) {
                self.liveness.heard(now);
                return Ok(());
            }
            match self.poll_read(cx) {
                Poll::Ready(Ok(0)) => return Err(Farewell::Lost(Closed::Peer)),
                Poll::Ready(Ok(_)) => self.liveness.heard(now),
                Poll::Ready(Err(error)) => {
                    tracing::debug!(%error, "WebSocket connection broke");
                    return Err(Farewell::Lost(Closed::Peer));
                }
                Poll::Pending => return Ok(()),
            }
        }
    }

    fn listens(&self, core: &Core) -> bool {
        self.pong.is_none() && core.wants_input()
    }

    /// Reads some bytes, none at the end, for the messages in them.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Self { io, reader, .. } = self;
        poll_some(Pin::new(io), cx, |bytes| reader.feed(bytes))
    }

    fn take(&mut self, incoming: Incoming, core: &mut Core) -> Result<(), Farewell> {
        let take = |message| core.receive(message);
        match incoming {
            Incoming::Text(text) => self.wire.decode_text(text, take),
            Incoming::Binary(bytes) => self.wire.decode_binary(bytes, take),
            Incoming::Ping(payload) => {
                self.pong = Some(payload);
                Ok(())
            }
            Incoming::Pong => Ok(()),
            Incoming::Close(said) => Err(Farewell::Answer(said)),
        }
    }

    /// Does what the clock asks for, and sets the timer for the next time. Whether there is
    /// something more to do now.
    fn keep_time(
        &mut self,
        core: &mut Core,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> Result<bool, Farewell> {
        core.handle_timeout(now);
        match self.liveness.check(now) {
            Verdict::Fine => {}
            Verdict::Ping => {
                self.ping = true;
                return Ok(true);
            }
            Verdict::Lost(why) => return Err(Farewell::Lost(why)),
        }
        if self.pong.is_some() && !self.half.lock().writer.is_stuck() {
            return Ok(true);
        }
        let next = self.liveness.next_timeout();
        let next = core.next_timeout().map_or(next, |core| core.min(next));
        let next = if next <= now { now + RETRY } else { next };
        // Deadlines mostly move away with every message, so the timer is left alone until it
        // rings, and then set to what is due next.
        if next < self.timer.deadline() {
            self.timer.as_mut().reset(next);
        }
        let rang = self.timer.as_mut().poll(cx).is_ready();
        if rang {
            self.timer.as_mut().reset(next);
        }
        Ok(rang)
    }

    /// Says why the connection ends, and hangs up. A peer that is too slow for this, or gone, does
    /// not hear it; there is nobody to tell.
    pub(super) async fn say(mut self: Box<Self>, farewell: Farewell) {
        tracing::debug!(?farewell, "WebSocket session ends");
        self.half.close();
        let Some(frame) = farewell.frame() else {
            return;
        };
        let _ = timeout(self.close_timeout, async move {
            let mut frame = Some((Opcode::Close, frame));
            poll_fn(|cx| {
                let io = Pin::new(&mut self.io);
                let mut writing = self.half.lock();
                writing.writer.poll_write(io, cx, || frame.take())
            })
            .await?;
            match farewell {
                Farewell::Leave(_) => self.hear_close().await?,
                // The stream cannot be read as WebSocket any more. Hanging up with bytes unread
                // would reset the connection, and the peer would lose our close.
                Farewell::Refuse(_) => {
                    self.io.shutdown().await?;
                    let mut io = Pin::new(&mut self.io);
                    while poll_fn(|cx| poll_some(io.as_mut(), cx, |_| ())).await? > 0 {}
                }
                Farewell::Answer(_) | Farewell::Lost(_) => {}
            }
            io::Result::Ok(())
        })
        .await;
    }

    /// Waits for the peer's close, or for its end.
    async fn hear_close(&mut self) -> io::Result<()> {
        loop {
            match self.reader.next() {
                Ok(Some(Incoming::Close(_))) | Err(_) => return Ok(()),
                Ok(Some(_)) => {}
                Ok(None) => {
                    if poll_fn(|cx| self.poll_read(cx)).await? == 0 {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// Reads some bytes and hands them over; gives back how many, none at the end.
fn poll_some(
    io: Pin<&mut impl AsyncRead>,
    cx: &mut Context<'_>,
    take: impl FnOnce(&[u8]),
) -> Poll<io::Result<usize>> {
    let mut space = [MaybeUninit::uninit(); READ];
    let mut buffer = ReadBuf::uninit(&mut space);
    let read = io.poll_read(cx, &mut buffer);
    take(buffer.filled());
    read.map_ok(|()| buffer.filled().len())
}

impl Drop for Connection {
    /// Others may hold an outlet for longer.
    fn drop(&mut self) {
        self.half.close();
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("wire", &self.wire)
            .field("half", &self.half)
            .field("liveness", &self.liveness)
            .finish_non_exhaustive()
    }
}
