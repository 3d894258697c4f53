//! The body of a response that says what a session has to say.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::{Line, format::Format};
use crate::session::{Refused, Said};

/// The one request of a session that may fetch. Dropped before it is done, it means that the peer
/// has hung up.
#[derive(Debug)]
pub(super) struct Receiver {
    line: Arc<Line>,
    done: bool,
}

impl Receiver {
    pub(super) fn attach(line: Arc<Line>, answers: Option<u32>) -> Result<Self, Refused> {
        line.shared.attach(answers)?;
        Ok(Self { line, done: false })
    }

    /// What the session says next; messages together until they reach `room` bytes.
    ///
    /// # Cancel safety
    /// Nothing is taken by a call that does not return.
    pub(super) async fn next(&mut self, room: usize) -> Said {
        let (said, _) = poll_fn(|cx| self.line.shared.poll_said(cx, room)).await;
        said
    }

    /// All is said that this request has room for.
    fn finish(&mut self, bytes: usize) {
        if !self.done {
            self.done = true;
            self.line.shared.leave(bytes);
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if !self.done {
            self.line.shared.interrupt();
        }
    }
}

/// Frame after frame, until so many bytes are said or enough time has passed.
pub(super) fn stream(format: Format, receiver: Receiver, limit: usize) -> Body {
    Body::new(Frames {
        prelude: format.prelude(),
        rest: Rest::Stream {
            format,
            receiver,
            said: 0,
            limit,
        },
    })
}

/// One frame. The receiver is done once the frame is on its way.
pub(super) fn single(format: &Format, said: &Said, receiver: Option<Receiver>) -> Body {
    Body::new(Frames {
        prelude: format.prelude(),
        rest: Rest::Single {
            frame: format.encode(said),
            receiver,
        },
    })
}

/// It is polled as the connection has room, so there is no queue between session and connection.
#[derive(Debug)]
struct Frames {
    prelude: Option<Bytes>,
    rest: Rest,
}

#[derive(Debug)]
enum Rest {
    Stream {
        format: Format,
        receiver: Receiver,
        said: usize,
        limit: usize,
    },
    Single {
        frame: Bytes,
        receiver: Option<Receiver>,
    },
    End,
}

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(prelude) = self.prelude.take() {
            return Poll::Ready(Some(Ok(Frame::data(prelude))));
        }
        let bytes = match &mut self.rest {
            Rest::End => return Poll::Ready(None),
            Rest::Single { frame, receiver } => {
                let frame = std::mem::take(frame);
                if let Some(receiver) = receiver {
                    receiver.finish(frame.len());
                }
                self.rest = Rest::End;
                frame
            }
            Rest::Stream {
                format,
                receiver,
                said,
                limit,
            } => {
                let room = *limit - *said;
                let (next, enough) = ready!(receiver.line.shared.poll_said(cx, room));
                let frame = format.encode(&next);
                *said += frame.len();
                if enough || *said >= *limit || matches!(next, Said::Over(_)) {
                    receiver.finish(*said);
                    self.rest = Rest::End;
                }
                frame
            }
        };
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.prelude.is_none() && matches!(self.rest, Rest::End)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.rest {
            Rest::Single { frame, .. } if self.prelude.is_none() => {
                SizeHint::with_exact(frame.len() as u64)
            }
            Rest::Single { .. } | Rest::Stream { .. } => SizeHint::default(),
            Rest::End => SizeHint::with_exact(0),
        }
    }
}
