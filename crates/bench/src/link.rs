//! One connection to the server: whole chunks of STOMP in and out, over WebSocket, TCP or a
//! fallback of SockJS.

mod exchange;
mod fallback;
mod get;
mod http;
mod lines;

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use anyhow::{Context as _, anyhow, bail};
use bytes::{Buf as _, Bytes};
use futures_util::{Sink as _, Stream as _};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use self::fallback::Fallback;
pub(crate) use self::get::get;
use crate::peer::{Target, Transport};

/// Bytes read at once. Ten thousand clients have a buffer each.
const READ_BUFFER: usize = 8 * 1024;

/// A connection. What is to be sent is queued, and goes out while the link is polled.
#[derive(Debug)]
pub(crate) struct Link {
    pipe: Pipe,
    out: VecDeque<Bytes>,
    /// Something was written that is not flushed yet.
    dirty: bool,
}

#[derive(Debug)]
enum Pipe {
    WebSocket(Box<WebSocketStream<TcpStream>>),
    Tcp {
        stream: TcpStream,
        buffer: Box<[u8]>,
    },
    Fallback(Box<Fallback>),
}

impl Pipe {
    async fn open(target: &Target) -> anyhow::Result<Self> {
        Ok(match &target.url.transport {
            Transport::Tcp => Self::Tcp {
                stream: connect(target).await?,
                buffer: vec![0; READ_BUFFER].into(),
            },
            Transport::WebSocket { .. } => {
                let stream = connect(target).await?;
                let mut request = target.url.to_string().into_client_request()?;
                if !target.subprotocols.is_empty() {
                    let value = target.subprotocols.parse().context("--subprotocols")?;
                    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, value);
                }
                let config = WebSocketConfig::default()
                    .read_buffer_size(READ_BUFFER)
                    .max_message_size(None)
                    .max_frame_size(None);
                let (socket, _) =
                    tokio_tungstenite::client_async_with_config(request, stream, Some(config))
                        .await
                        .with_context(|| format!("no WebSocket at {}", target.url))?;
                Self::WebSocket(Box::new(socket))
            }
            Transport::SockJs { path, fetch } => {
                Self::Fallback(Box::new(Fallback::open(target, path, *fetch).await?))
            }
        })
    }
}

async fn connect(target: &Target) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(target.address)
        .await
        .map_err(|error| anyhow!("cannot connect to {}: {error}{}", target.url, hint(&error)))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Link {
    /// Connects, and shakes hands where it is a WebSocket or SockJS.
    pub(crate) async fn open(target: &Target) -> anyhow::Result<Self> {
        Ok(Self {
            pipe: Pipe::open(target).await?,
            out: VecDeque::new(),
            dirty: false,
        })
    }

    /// Queues bytes: one message of a WebSocket or of SockJS.
    pub(crate) fn queue(&mut self, bytes: Bytes) {
        self.out.push_back(bytes);
    }

    /// The socket, for whoever wants no more of what it says than its octets; nothing of a
    /// fallback, which has several.
    pub(crate) fn into_stream(self) -> Option<TcpStream> {
        match self.pipe {
            Pipe::WebSocket(socket) => Some(socket.into_inner()),
            Pipe::Tcp { stream, .. } => Some(stream),
            Pipe::Fallback(_) => None,
        }
    }

    /// Messages that wait to be written.
    pub(crate) fn backlog(&self) -> usize {
        self.out.len()
    }

    /// Writes and flushes what is queued, and is ready once all of it has left.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<anyhow::Result<()>> {
        match &mut self.pipe {
            Pipe::WebSocket(socket) => {
                let mut socket = Pin::new(&mut **socket);
                while !self.out.is_empty() {
                    ready!(socket.as_mut().poll_ready(cx))?;
                    if let Some(bytes) = self.out.pop_front() {
                        socket.as_mut().start_send(message(bytes))?;
                        self.dirty = true;
                    }
                }
                if self.dirty {
                    ready!(socket.poll_flush(cx))?;
                    self.dirty = false;
                }
            }
            Pipe::Tcp { stream, .. } => {
                while let Some(bytes) = self.out.front_mut() {
                    let written = ready!(Pin::new(&mut *stream).poll_write(cx, bytes))?;
                    if written == 0 {
                        return Poll::Ready(Err(io::Error::from(io::ErrorKind::WriteZero).into()));
                    }
                    bytes.advance(written);
                    if bytes.is_empty() {
                        self.out.pop_front();
                    }
                }
            }
            Pipe::Fallback(fallback) => return fallback.poll_flush(&mut self.out, cx),
        }
        Poll::Ready(Ok(()))
    }

    /// The next bytes that came; writes what is queued meanwhile. An end of the connection is an
    /// error that says how the server put it.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<anyhow::Result<Bytes>> {
        if let Poll::Ready(Err(error)) = self.poll_flush(cx) {
            return Poll::Ready(Err(error));
        }
        match &mut self.pipe {
            Pipe::WebSocket(socket) => loop {
                let Some(message) = ready!(Pin::new(&mut **socket).poll_next(cx)?) else {
                    return Poll::Ready(Err(anyhow!("the server closed the connection")));
                };
                match message {
                    Message::Text(text) => return Poll::Ready(Ok(text.into())),
                    Message::Binary(bytes) => return Poll::Ready(Ok(bytes)),
                    Message::Close(close) => return Poll::Ready(closed(close)),
                    // tungstenite answers a ping by itself when it is read from next.
                    Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
                }
            },
            Pipe::Tcp { stream, buffer } => {
                let mut buffer = ReadBuf::new(buffer);
                ready!(Pin::new(stream).poll_read(cx, &mut buffer))?;
                match buffer.filled() {
                    [] => Poll::Ready(Err(anyhow!("the server closed the connection"))),
                    filled => Poll::Ready(Ok(Bytes::copy_from_slice(filled))),
                }
            }
            Pipe::Fallback(fallback) => fallback.poll_read(cx),
        }
    }
}

fn message(bytes: Bytes) -> Message {
    match Utf8Bytes::try_from(bytes.clone()) {
        Ok(text) => Message::Text(text),
        Err(_) => Message::Binary(bytes),
    }
}

fn closed<T>(close: Option<CloseFrame>) -> anyhow::Result<T> {
    match close {
        Some(CloseFrame { code, reason }) => {
            bail!("the server closed the connection with {code}: {reason}")
        }
        None => bail!("the server closed the connection without saying why"),
    }
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrNotAvailable => {
            "; no local port is free: wait a minute, or ask for fewer clients"
        }
        _ => "",
    }
}
