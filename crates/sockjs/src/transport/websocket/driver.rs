//! One WebSocket and the core of its session, driven by whoever holds the session.

use std::{
    future::poll_fn,
    io,
    mem::MaybeUninit,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use sync_wrapper::SyncWrapper;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    time::{Instant, Sleep, sleep_until, timeout},
};

use super::{
    farewell::Farewell,
    head::Opcode,
    liveness::{Liveness, Verdict},
    reader::{Incoming, Reader},
    wire::Wire,
    writer::Writer,
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

/// A connection that a session can have.
pub(crate) trait Io: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// A session's connection together with its core. It moves only while it is polled: pings are
/// answered, and silence is noticed, while the session waits to receive, to send or to be flushed.
#[derive(Debug)]
pub(crate) struct Driver {
    core: Core,
    /// Until the session is over.
    wired: SyncWrapper<Option<Box<Wired>>>,
}

/// What a session has of its connection.
struct Wired {
    io: Box<dyn Io>,
    wire: Wire,
    reader: Reader,
    writer: Writer,
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

impl Driver {
    pub(crate) fn new(
        io: impl Io + 'static,
        transport: Transport,
        options: &Arc<Options>,
        seat: Option<Seat<Line>>,
    ) -> Self {
        let now = Instant::now();
        let liveness = Liveness::new(options, now);
        Self {
            core: Core::new(options, transport, now),
            wired: SyncWrapper::new(Some(Box::new(Wired {
                io: Box::new(io),
                wire: Wire::new(transport),
                reader: Reader::new(options.max_message),
                writer: Writer::default(),
                timer: Box::pin(sleep_until(liveness.next_timeout())),
                liveness,
                pong: None,
                ping: false,
                goodbye: None,
                close_timeout: options.close_timeout,
                _seat: seat,
            }))),
        }
    }

    pub(crate) fn closed(&self) -> Option<Closed> {
        self.core.closed()
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
        let Some(mut wired) = self.wired.get_mut().take() else {
            return;
        };
        let farewell = poll_fn(|cx| match wired.talk(&mut self.core, cx) {
            Ok(()) => Poll::Pending,
            Err(farewell) => Poll::Ready(farewell),
        })
        .await;
        wired.say(farewell).await;
    }

    /// Writes what the peer takes at once.
    pub(crate) fn write(&mut self, cx: &mut Context<'_>) {
        self.with_wired(|wired, core| wired.write(core, cx, Instant::now()));
    }

    fn talk(&mut self, cx: &mut Context<'_>) {
        self.with_wired(|wired, core| wired.talk(core, cx));
    }

    /// Does something with the connection, which it may not survive. The farewell then takes its
    /// course in a task of its own, and does not wait for the handler.
    fn with_wired(&mut self, act: impl FnOnce(&mut Wired, &mut Core) -> Result<(), Farewell>) {
        let wired = self.wired.get_mut();
        if let Some(connection) = wired
            && let Err(farewell) = act(connection, &mut self.core)
        {
            self.core.end(farewell.closed());
            if let Some(wired) = wired.take()
                && farewell.frame().is_some()
            {
                tokio::spawn(wired.say(farewell));
            }
        }
    }
}

impl Wired {
    /// Does all that can be done now; an error is how the connection ends.
    fn talk(&mut self, core: &mut Core, cx: &mut Context<'_>) -> Result<(), Farewell> {
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
    fn write(
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
        let written = self.writer.poll_write(Pin::new(io), cx, next);
        match written {
            Poll::Ready(Ok(())) => {
                self.liveness.taken();
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
                self.liveness.waits(self.writer.moved(), now);
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

    /// Reads some bytes, none at the end.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [MaybeUninit::uninit(); READ];
        let mut buffer = ReadBuf::uninit(&mut space);
        let read = Pin::new(&mut self.io).poll_read(cx, &mut buffer);
        self.reader.feed(buffer.filled());
        read.map_ok(|()| buffer.filled().len())
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
        if self.pong.is_some() && !self.writer.is_stuck() {
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
    async fn say(mut self: Box<Self>, farewell: Farewell) {
        tracing::debug!(?farewell, "WebSocket session ends");
        let Some(frame) = farewell.frame() else {
            return;
        };
        let _ = timeout(self.close_timeout, async move {
            let mut frame = Some((Opcode::Close, frame));
            poll_fn(|cx| {
                let io = Pin::new(&mut self.io);
                self.writer.poll_write(io, cx, || frame.take())
            })
            .await?;
            match farewell {
                Farewell::Leave(_) => self.hear_close().await?,
                // The stream cannot be read as WebSocket any more. Hanging up with bytes unread
                // would reset the connection, and the peer would lose our close.
                Farewell::Refuse(_) => {
                    self.io.shutdown().await?;
                    while poll_fn(|cx| self.poll_waste(cx)).await? > 0 {}
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

    fn poll_waste(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [MaybeUninit::uninit(); READ];
        let mut buffer = ReadBuf::uninit(&mut space);
        let read = Pin::new(&mut self.io).poll_read(cx, &mut buffer);
        read.map_ok(|()| buffer.filled().len())
    }
}

impl std::fmt::Debug for Wired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wired")
            .field("wire", &self.wire)
            .field("writer", &self.writer)
            .field("liveness", &self.liveness)
            .finish_non_exhaustive()
    }
}
