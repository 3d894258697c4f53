//! Requests over one connection that is kept open, one at a time.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use anyhow::anyhow;
use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;

use super::http::{Answers, Part};
use super::{READ_BUFFER, hint};

/// One request after the other. The connection is opened with the first of them, and again where
/// the server closed it in between.
pub(super) struct Exchange {
    address: SocketAddr,
    connection: Connection,
    /// What of the request is not written yet.
    request: Bytes,
    /// A request was made that is not answered to its end.
    is_busy: bool,
    answers: Answers,
}

enum Connection {
    Closed,
    Opening(Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>),
    Open(TcpStream),
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("address", &self.address)
            .field("is_busy", &self.is_busy)
            .finish_non_exhaustive()
    }
}

impl Exchange {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            connection: Connection::Closed,
            request: Bytes::new(),
            is_busy: false,
            answers: Answers::default(),
        }
    }

    /// Whether a request is still to be answered.
    pub(super) fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// Makes a request, once the one before is answered. It leaves while `poll` is called.
    pub(super) fn ask(&mut self, request: Bytes) {
        debug_assert!(!self.is_busy, "one request at a time");
        self.request = request;
        self.is_busy = true;
    }

    /// What comes of the answer; pending while nothing is asked.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<anyhow::Result<Part>> {
        loop {
            if let Some(part) = self.answers.next()? {
                if part == Part::End {
                    self.is_busy = false;
                    if self.answers.is_last() {
                        self.connection = Connection::Closed;
                    }
                }
                return Poll::Ready(Ok(part));
            }
            let stream = match &mut self.connection {
                Connection::Closed if !self.is_busy => return Poll::Pending,
                Connection::Closed => {
                    let opening = Box::pin(TcpStream::connect(self.address));
                    self.connection = Connection::Opening(opening);
                    continue;
                }
                Connection::Opening(opening) => {
                    let stream = ready!(opening.as_mut().poll(cx)).map_err(|error| {
                        anyhow!(
                            "cannot connect to {}: {error}{}",
                            self.address,
                            hint(&error)
                        )
                    })?;
                    stream.set_nodelay(true)?;
                    self.connection = Connection::Open(stream);
                    self.answers = Answers::default();
                    continue;
                }
                Connection::Open(stream) => stream,
            };
            // An answer may come before the request has left, so writing does not hold up reading.
            while !self.request.is_empty() {
                match Pin::new(&mut *stream).poll_write(cx, &self.request) {
                    Poll::Ready(written) => self.request.advance(written?),
                    Poll::Pending => break,
                }
            }
            // A buffer of the thread's stack: thousands of sessions that wait need none.
            let mut buffer = [0; READ_BUFFER];
            let mut buffer = ReadBuf::new(&mut buffer);
            let read = ready!(Pin::new(stream).poll_read(cx, &mut buffer));
            match (read, buffer.filled()) {
                // Nobody waits for anything on this connection, so it may go.
                (Err(_), _) | (Ok(()), []) if !self.is_busy => self.connection = Connection::Closed,
                (Err(error), _) => return Poll::Ready(Err(error.into())),
                (Ok(()), []) => {
                    return Poll::Ready(Err(anyhow!(
                        "the server closed the connection before it answered"
                    )));
                }
                (Ok(()), octets) => self.answers.push(octets),
            }
        }
    }
}
