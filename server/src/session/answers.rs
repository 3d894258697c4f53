//! What is owed to a client, in the order of its frames.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use stomp::{ServerEvent, Text};
use store::Wake;

use super::refuse::Refused;
use super::send::{Prepared, Work};
use crate::rooms::{Taken, Taking};
use crate::rules::Pending;

/// How many answers an empty queue keeps memory for, and how many may stay in it although they are
/// known, so that a client that had many messages in flight costs little once it is idle.
const KEPT: usize = 8;

/// The answers that a client waits for: RECEIPTs of what is on its way to the disk, and whatever
/// comes after these.
///
/// What a client says into rooms is logged while its next frames are read, so that a client with
/// many messages in flight shares one disk sync among them. All else waits until nothing before it
/// is open: a frame is acted on, but for that, as if it were alone.
///
/// A session is not woken to find that nothing is to be said: a line without a receipt that is on disk
/// stays here until the session runs for another reason. It is woken once such lines are many.
#[derive(Debug)]
pub(super) struct Answers {
    owed: VecDeque<Owed>,
    /// The bodies of all that is on its way.
    bytes: usize,
    limits: Pending,
    /// Until when what is due is held back, where it came too fast.
    held: Option<Duration>,
    /// Whether the client is told nothing any more.
    muted: bool,
}

/// One answer, from its frame on.
#[derive(Debug)]
pub(super) enum Owed {
    /// Lines that are being logged.
    Logging(Logging),
    /// A frame that only needs to be sent in its turn.
    Frame(Bytes),
    /// A refusal; nothing is read before it has been told.
    Refused(Refused),
    /// Something to begin with in its turn; nothing is read before that.
    Event(ServerEvent),
    /// The same, of what has been found to be allowed.
    Work(Work),
}

#[derive(Debug)]
pub(super) struct Logging {
    pub(super) taking: Taking,
    /// What is done once they are logged.
    pub(super) then: Vec<Prepared>,
    pub(super) receipt: Option<Text>,
    /// How large the frame's body was.
    pub(super) bytes: usize,
}

impl Logging {
    /// Whether something is to be said or done once the lines are logged. Where they cannot be, there
    /// always is.
    fn is_awaited(&self) -> bool {
        self.receipt.is_some() || !self.then.is_empty()
    }
}

/// What is to be done now.
#[derive(Debug)]
pub(super) enum Due {
    /// Nothing, but frames may be read again.
    Queued,
    Logged {
        taken: Taken,
        then: Vec<Prepared>,
        receipt: Option<Text>,
    },
    Frame(Bytes),
    Refused(Refused),
    Event(ServerEvent),
    Work(Work),
}

impl Answers {
    pub(super) fn new(limits: Pending) -> Self {
        Self {
            owed: VecDeque::new(),
            bytes: 0,
            limits,
            held: None,
            muted: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.owed.is_empty()
    }

    pub(super) fn push(&mut self, owed: Owed) {
        if let Owed::Logging(logging) = &owed {
            self.bytes += logging.bytes;
        }
        self.owed.push_back(owed);
    }

    /// Begins with `event`, which nothing is owed before, once the clock shows `until`; nothing is
    /// read meanwhile.
    pub(super) fn hold(&mut self, event: ServerEvent, until: Duration) {
        self.owed.push_back(Owed::Event(event));
        self.held = Some(until);
    }

    /// Until when an event is held back.
    pub(super) fn held(&self) -> Option<Duration> {
        self.held
    }

    /// Lets go what was held back until now.
    pub(super) fn release(&mut self, now: Duration) {
        self.held.take_if(|until| *until <= now);
    }

    /// Whether no frame may be read until something is answered or finds its place in the log.
    pub(super) fn is_stalled(&self) -> bool {
        match self.owed.back() {
            None => false,
            Some(Owed::Logging(last)) if !last.taking.is_queued() => true,
            Some(Owed::Logging(_) | Owed::Frame(_)) => self.is_full(),
            Some(Owed::Refused(_) | Owed::Event(_) | Owed::Work(_)) => true,
        }
    }

    /// Whether so much is pending that the client has to wait.
    pub(super) fn is_full(&self) -> bool {
        self.owed.len() >= self.limits.frames || self.bytes >= self.limits.bytes
    }

    /// The client is told nothing any more: only what is on its way to the log is waited for.
    pub(super) fn mute(&mut self) {
        self.muted = true;
        self.owed.retain(|owed| matches!(owed, Owed::Logging(_)));
    }

    pub(super) fn is_muted(&self) -> bool {
        self.muted
    }

    /// What is due next; never where nothing is owed. Where all that is owed are a few lines whose
    /// success nobody waits for, only a refusal wakes who waits here; what was logged meanwhile is
    /// due with the next call.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: an answer is taken out only by the call that returns it.
    pub(super) async fn due(&mut self) -> Due {
        poll_fn(|context| {
            let wake = self.hear_refusals(context);
            self.poll_due(context, wake)
        })
        .await
    }

    /// The same as [`due`](Self::due), but woken by everything: for who waits until nothing is owed.
    pub(super) async fn next(&mut self) -> Due {
        poll_fn(|context| self.poll_due(context, Wake::Always)).await
    }

    /// What is due now, if anything is.
    pub(super) fn due_now(&mut self) -> Option<Due> {
        let mut context = Context::from_waker(Waker::noop());
        match self.poll_due(&mut context, Wake::Always) {
            Poll::Ready(due) => Some(due),
            Poll::Pending => None,
        }
    }

    /// Whether the first answer wakes by success too. If not, then `context` is woken where any of
    /// the lines is refused, and not by the first alone.
    ///
    /// The log answers in the order of the lines. So if one of them is answered before it is asked
    /// here, then the first one, which is asked last, is answered too.
    fn hear_refusals(&mut self, context: &mut Context<'_>) -> Wake {
        let few = self.owed.len() <= KEPT && !self.is_full();
        let mut owed = self.owed.iter_mut();
        let nobody_waits = few
            && owed.all(|owed| match owed {
                Owed::Logging(line) => !line.is_awaited() && line.taking.hear_refusal(context),
                _ => false,
            });
        if nobody_waits {
            Wake::IfRefused
        } else {
            Wake::Always
        }
    }

    /// What is due; else `context` is woken by what comes first, if `wake` says so.
    fn poll_due(&mut self, context: &mut Context<'_>, wake: Wake) -> Poll<Due> {
        // The last one is what the next frame waits behind.
        if let Some(Owed::Logging(last)) = self.owed.back_mut()
            && !last.taking.is_queued()
            && last.taking.poll_queued(context).is_ready()
        {
            return Poll::Ready(Due::Queued);
        }
        if self.held.is_some() {
            return Poll::Pending;
        }
        let taken = match self.owed.front_mut() {
            Some(Owed::Logging(first)) => Some(ready!(first.taking.poll_taken(context, wake))),
            _ => None,
        };
        let first = self.owed.pop_front();
        if self.owed.len() <= KEPT && self.owed.capacity() > 2 * KEPT {
            self.owed.shrink_to(KEPT);
        }
        match (first, taken) {
            (Some(Owed::Logging(logging)), Some(taken)) => {
                self.bytes -= logging.bytes;
                Poll::Ready(Due::Logged {
                    taken,
                    then: logging.then,
                    receipt: logging.receipt,
                })
            }
            (Some(Owed::Frame(frame)), _) => Poll::Ready(Due::Frame(frame)),
            (Some(Owed::Refused(refused)), _) => Poll::Ready(Due::Refused(refused)),
            (Some(Owed::Event(event)), _) => Poll::Ready(Due::Event(event)),
            (Some(Owed::Work(work)), _) => Poll::Ready(Due::Work(work)),
            (None | Some(Owed::Logging(_)), _) => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests;
