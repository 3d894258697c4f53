//! What was said, on its way to the log.

use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use store::{Pending, Wake, WriteError};
use tokio::task::JoinHandle;

use super::presence::Place;

/// A change of presence that is undone where it cannot be logged.
#[derive(Debug)]
pub(super) enum Move {
    In(Place),
    Out(Place),
}

/// Lines that have their place in the log's queue.
#[derive(Debug, Default)]
pub(super) struct Queued {
    /// Nothing where there was nothing to log.
    pub(super) pending: Option<Result<Pending<()>, WriteError>>,
    pub(super) moves: Vec<Move>,
}

/// What a client said, from being taken until it is on disk. Made by
/// [`Rooms::take`](super::Rooms::take).
///
/// Dropped, it is logged all the same, and a coming that fails is not taken back.
#[derive(Debug)]
pub(crate) struct Taking(Stage);

#[derive(Debug)]
enum Stage {
    Queueing(JoinHandle<Queued>),
    Queued(Queued),
}

/// What became of it; to be given to [`Rooms::settle`](super::Rooms::settle).
#[derive(Debug)]
pub(crate) struct Taken {
    pub(super) logged: Result<(), WriteError>,
    pub(super) moves: Vec<Move>,
}

impl Taking {
    /// Starts to queue lines. Where that has to wait, since the log's queue is full, it goes on by
    /// itself: a session that waits for its peer must not hold up others that want to come in.
    pub(super) fn start(queueing: impl Future<Output = Queued> + Send + 'static) -> Self {
        let mut queueing = Box::pin(queueing);
        let mut context = Context::from_waker(Waker::noop());
        Self(match queueing.as_mut().poll(&mut context) {
            Poll::Ready(queued) => Stage::Queued(queued),
            Poll::Pending => Stage::Queueing(tokio::spawn(queueing)),
        })
    }

    /// Whether it has its place in the log's order, so that what is said next comes after it.
    pub(crate) fn is_queued(&self) -> bool {
        matches!(self.0, Stage::Queued(_))
    }

    /// Ready once it [is queued](Self::is_queued). It waits where the log's queue is full.
    pub(crate) fn poll_queued(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Stage::Queueing(queueing) = &mut self.0 {
            let queued = ready!(Pin::new(queueing).poll(context));
            self.0 = Stage::Queued(queued.unwrap_or_else(|_| Queued {
                pending: Some(Err(WriteError::Closed)),
                moves: Vec::new(),
            }));
        }
        Poll::Ready(())
    }

    /// Has `context` woken where it cannot be logged, and only then. False where that cannot be
    /// promised: where it has failed already, or where it is not [queued](Self::is_queued) yet.
    pub(crate) fn hear_refusal(&mut self, context: &mut Context<'_>) -> bool {
        match &mut self.0 {
            Stage::Queued(Queued { pending, .. }) => match pending {
                None => true,
                Some(Ok(pending)) => pending.hear_refusal(context),
                Some(Err(_)) => false,
            },
            Stage::Queueing(_) => false,
        }
    }

    /// Ready once it is on disk or has failed, and then not to be polled again. `wake` says whether
    /// success wakes anybody.
    pub(crate) fn poll_taken(&mut self, context: &mut Context<'_>, wake: Wake) -> Poll<Taken> {
        ready!(self.poll_queued(context));
        let Stage::Queued(Queued { pending, moves }) = &mut self.0 else {
            return Poll::Pending;
        };
        let logged = match pending {
            None => Ok(()),
            Some(Ok(pending)) => ready!(pending.poll_answer(context, wake)),
            Some(Err(error)) => Err(error.clone()),
        };
        Poll::Ready(Taken {
            logged,
            moves: std::mem::take(moves),
        })
    }
}

#[cfg(test)]
impl Taking {
    /// Something that changes nothing.
    pub(crate) fn nothing() -> Self {
        Self::start(std::future::ready(Queued::default()))
    }

    /// The same, once `gate` is open.
    pub(crate) fn nothing_after(gate: tokio::sync::oneshot::Receiver<()>) -> Self {
        Self::start(async {
            let _ = gate.await;
            Queued::default()
        })
    }

    /// Lines that are in the log's queue, if they found a place there.
    pub(crate) fn of(pending: Result<Pending<()>, WriteError>) -> Self {
        Self::start(std::future::ready(Queued {
            pending: Some(pending),
            moves: Vec::new(),
        }))
    }
}

#[cfg(test)]
impl Taken {
    pub(crate) fn is_refused(&self) -> bool {
        self.logged.is_err()
    }
}
