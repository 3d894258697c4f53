//! The loop between one WebSocket and one session's core.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, Sleep, sleep_until},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        error::ProtocolError,
        protocol::{Role, WebSocketConfig},
    },
};

use super::{
    farewell::Farewell,
    liveness::{Liveness, Verdict},
    meter::Meter,
    wire::{BROKEN_PROTOCOL, NOT_UTF8, TOO_BIG, Wire},
};
use crate::{
    Closed, Options, Transport,
    session::{Goodbye, Output, Shared},
};

/// Bytes read at once, and what every idle connection keeps for it.
pub(super) const READ_BUFFER: usize = 4 * 1024;

/// Bytes that are gathered before they are written without being flushed.
const WRITE_BUFFER: usize = 16 * 1024;

/// Pings of the peer that are read while our answers wait to be written. The answers queue up
/// beside the messages, and this keeps a peer that pings without reading from growing that queue.
const MAX_PINGS: usize = 16;

/// When to look again at a deadline that has passed but could not be served.
const RETRY: Duration = Duration::from_millis(100);

/// Drives one connection until it is down.
#[derive(Debug)]
pub(super) struct Driver<Io> {
    socket: WebSocketStream<Meter<Io>>,
    wire: Wire,
    shared: Line,
    liveness: Liveness,
    timer: Pin<Box<Sleep>>,
    /// The meter's readings at the last look.
    read: u64,
    written: u64,
    /// Pings read since the last flush.
    pings: usize,
    /// What the core said last.
    goodbye: Option<Goodbye>,
    close_timeout: Duration,
}

impl<Io: AsyncRead + AsyncWrite + Unpin> Driver<Io> {
    pub(super) async fn new(
        io: Io,
        transport: Transport,
        shared: Arc<Shared>,
        options: &Options,
    ) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_message_size(Some(options.max_message))
            .max_frame_size(Some(options.max_message));
        let now = Instant::now();
        let liveness = Liveness::new(options, now);
        Self {
            socket: WebSocketStream::from_raw_socket(Meter::new(io), Role::Server, Some(config))
                .await,
            wire: Wire::new(transport),
            shared: Line(shared),
            timer: Box::pin(sleep_until(liveness.next_timeout())),
            liveness,
            read: 0,
            written: 0,
            pings: 0,
            goodbye: None,
            close_timeout: options.close_timeout,
        }
    }

    /// Talks until one side has enough, and then says farewell.
    pub(super) async fn run(mut self) {
        let farewell = poll_fn(|cx| self.poll_talk(cx)).await;
        let Self { socket, shared, .. } = self;
        tracing::debug!(?farewell, "WebSocket session ends");
        if let Some(why) = farewell.closed() {
            shared.0.end(why);
        }
        farewell.say(socket, self.close_timeout).await;
        shared.0.end(Closed::Ours);
    }

    fn poll_talk(&mut self, cx: &mut Context<'_>) -> Poll<Farewell> {
        loop {
            self.shared.0.register(cx);
            match self.step(cx) {
                Ok(true) => {}
                Ok(false) => return Poll::Pending,
                Err(farewell) => return Poll::Ready(farewell),
            }
        }
    }

    /// One round; whether anything moved.
    fn step(&mut self, cx: &mut Context<'_>) -> Result<bool, Farewell> {
        let now = Instant::now();
        let wrote = self.write(cx, now)?;
        let read = self.read(cx, now)?;
        let timed = self.keep_time(cx, now)?;
        Ok(wrote || read || timed)
    }

    /// Gives the socket everything that the core has to say, and flushes it once.
    fn write(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<bool, Farewell> {
        let mut wrote = false;
        while self.socket.poll_ready_unpin(cx)?.is_ready() {
            let output = self.shared.0.poll_output(now);
            match &output {
                Output::Idle => break,
                Output::Done(Some(why)) => return Err(Farewell::Lost(*why)),
                Output::Done(None) => {
                    let goodbye = self.goodbye.take();
                    return Err(goodbye.map_or(Farewell::Lost(Closed::Ours), Farewell::Leave));
                }
                Output::Goodbye(goodbye) => self.goodbye = Some(goodbye.clone()),
                Output::Open | Output::Message(_) | Output::Heartbeat => {}
            }
            if let Some(message) = self.wire.encode(&output) {
                self.socket.start_send_unpin(message)?;
            }
            wrote = true;
        }
        self.flush(cx, now)?;
        Ok(wrote)
    }

    fn flush(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<(), Farewell> {
        let flushed = self.socket.poll_flush_unpin(cx)?;
        let written = self.socket.get_ref().written();
        if flushed.is_ready() {
            self.pings = 0;
            self.liveness.taken();
            self.shared.0.handle_flushed();
        } else {
            self.liveness.waits(written > self.written, now);
        }
        self.written = written;
        Ok(())
    }

    /// Takes one message from the socket, if the core has room.
    fn read(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<bool, Farewell> {
        if self.pings >= MAX_PINGS || !self.shared.0.wants_input() {
            self.liveness.heard(now);
            return Ok(false);
        }
        let polled = self.socket.poll_next_unpin(cx);
        let read = self.socket.get_ref().read();
        if read > self.read {
            self.read = read;
            self.liveness.heard(now);
        }
        match polled {
            Poll::Ready(Some(Ok(message))) => self.take(message).map(|()| true),
            Poll::Ready(Some(Err(error))) => Err(error.into()),
            Poll::Ready(None) => Err(Farewell::Lost(Closed::Peer)),
            Poll::Pending => Ok(false),
        }
    }

    fn take(&mut self, message: Message) -> Result<(), Farewell> {
        let messages = match message {
            Message::Text(text) => self.wire.decode_text(text)?,
            Message::Binary(bytes) => self.wire.decode_binary(bytes)?,
            // The answer is already queued.
            Message::Ping(_) => {
                self.pings += 1;
                return Ok(());
            }
            Message::Close(_) => return Err(Farewell::Answer),
            Message::Pong(_) | Message::Frame(_) => return Ok(()),
        };
        self.shared.0.receive(messages);
        Ok(())
    }

    /// Does what the clock asks for, and sets the timer for the next time.
    fn keep_time(&mut self, cx: &mut Context<'_>, now: Instant) -> Result<bool, Farewell> {
        self.shared.0.handle_timeout(now);
        match self.liveness.check(now) {
            Verdict::Fine => {}
            Verdict::Ping => {
                // A socket that is not ready has more to say already than a ping.
                if self.socket.poll_ready_unpin(cx)?.is_ready() {
                    let ping = Message::Ping(Bytes::new());
                    self.socket.start_send_unpin(ping)?;
                }
                return Ok(true);
            }
            Verdict::Lost(why) => return Err(Farewell::Lost(why)),
        }
        let next = self.liveness.next_timeout();
        let next = self
            .shared
            .0
            .next_timeout()
            .map_or(next, |core| core.min(next));
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
}

/// The driver's end of a session. However the driver goes, also by a panic or with its runtime,
/// the handler learns that nothing will come any more.
#[derive(Debug)]
struct Line(Arc<Shared>);

impl Drop for Line {
    fn drop(&mut self) {
        self.0.end(Closed::Peer);
    }
}

impl From<Error> for Farewell {
    /// What a failing socket means.
    fn from(error: Error) -> Self {
        match error {
            Error::Capacity(_) => TOO_BIG,
            Error::Utf8(_) => NOT_UTF8,
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                Self::Lost(Closed::Peer)
            }
            Error::Protocol(_) => BROKEN_PROTOCOL,
            _ => Self::Lost(Closed::Peer),
        }
    }
}
