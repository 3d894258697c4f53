//! The writer's answer, and whom it wakes.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::{Appended, WriteError};

/// Which answers wake a task that waits for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    Always,
    /// Only a refusal. Success is found by whoever asks again.
    IfRefused,
}

/// Where to say what became of something. Nobody need be listening there. Dropped before anything
/// was said, it says [`WriteError::Closed`].
#[derive(Debug)]
pub(crate) struct Reply<T>(Option<Arc<Slot<T>>>);

/// What is queued for the log; resolves once it is on disk.
///
/// Dropped, it changes nothing: it is stored all the same.
#[derive(Debug)]
#[must_use = "only the answer says that it is on disk"]
pub struct Pending<T = Appended>(Arc<Slot<T>>);

/// What both ends share.
#[derive(Debug)]
struct Slot<T>(Mutex<State<T>>);

#[derive(Debug)]
enum State<T> {
    /// Whom to wake, once somebody has asked, and by what.
    Open(Option<(Waker, Wake)>),
    Answered(Result<T, WriteError>),
}

/// Both ends of one answer.
pub(crate) fn answer<T>() -> (Reply<T>, Pending<T>) {
    let slot = Arc::new(Slot(Mutex::new(State::Open(None))));
    (Reply(Some(Arc::clone(&slot))), Pending(slot))
}

impl<T> Reply<T> {
    pub(crate) fn send(mut self, answer: Result<T, WriteError>) {
        if let Some(slot) = self.0.take() {
            slot.put(answer);
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(slot) = self.0.take() {
            slot.put(Err(WriteError::Closed));
        }
    }
}

impl<T> Pending<T> {
    /// The answer, if there is one; else `context` is woken by it, or only by a refusal. What was
    /// asked last counts.
    ///
    /// After the answer has been taken out, there is none but [`WriteError::Closed`].
    pub fn poll_answer(
        &mut self,
        context: &mut Context<'_>,
        wake: Wake,
    ) -> Poll<Result<T, WriteError>> {
        let mut state = self.0.lock();
        match &mut *state {
            State::Open(asked) => {
                ask(asked, context, wake);
                Poll::Pending
            }
            State::Answered(answer) => {
                Poll::Ready(std::mem::replace(answer, Err(WriteError::Closed)))
            }
        }
    }

    /// Has `context` woken by a refusal, and by nothing else. Says whether there is none yet: one
    /// that has come before wakes nobody any more, and is still to be taken out.
    #[must_use = "a refusal that is there already wakes nobody"]
    pub fn hear_refusal(&mut self, context: &mut Context<'_>) -> bool {
        let mut state = self.0.lock();
        match &mut *state {
            State::Open(asked) => {
                ask(asked, context, Wake::IfRefused);
                true
            }
            State::Answered(answer) => answer.is_ok(),
        }
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, WriteError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_answer(context, Wake::Always)
    }
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, answer: Result<T, WriteError>) {
        let refused = answer.is_err();
        let before = std::mem::replace(&mut *self.lock(), State::Answered(answer));
        // Nobody is woken under the lock, since he would run into it.
        if let State::Open(Some((waker, wake))) = before
            && (refused || wake == Wake::Always)
        {
            waker.wake();
        }
    }
}

fn ask(asked: &mut Option<(Waker, Wake)>, context: &Context<'_>, wake: Wake) {
    match asked {
        Some((waker, last)) if waker.will_wake(context.waker()) => *last = wake,
        _ => *asked = Some((context.waker().clone(), wake)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Sleeper(AtomicUsize);

    impl std::task::Wake for Sleeper {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Sleeper {
        fn ask(self: &Arc<Self>, pending: &mut Pending<u8>, wake: Wake) -> Poll<Answer> {
            let waker = Waker::from(Arc::clone(self));
            pending.poll_answer(&mut Context::from_waker(&waker), wake)
        }

        fn hear_refusal(self: &Arc<Self>, pending: &mut Pending<u8>) -> bool {
            let waker = Waker::from(Arc::clone(self));
            pending.hear_refusal(&mut Context::from_waker(&waker))
        }

        fn woken(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    type Answer = Result<u8, WriteError>;

    const REFUSED: Answer = Err(WriteError::RoomUnknown);

    #[test]
    fn success_wakes_who_waits_for_it_and_nobody_else() {
        for (wake, woken) in [(Wake::Always, 1), (Wake::IfRefused, 0)] {
            let (sleeper, (reply, mut pending)) = (Arc::<Sleeper>::default(), answer());
            assert_eq!(sleeper.ask(&mut pending, wake), Poll::Pending);
            reply.send(Ok(1));
            assert_eq!(sleeper.woken(), woken, "{wake:?}");
            assert_eq!(sleeper.ask(&mut pending, wake), Poll::Ready(Ok(1)));
        }
    }

    #[test]
    fn a_refusal_wakes_always() {
        for wake in [Wake::Always, Wake::IfRefused] {
            let (sleeper, (reply, mut pending)) = (Arc::<Sleeper>::default(), answer());
            assert_eq!(sleeper.ask(&mut pending, wake), Poll::Pending);
            reply.send(REFUSED);
            assert_eq!(sleeper.woken(), 1, "{wake:?}");
            assert_eq!(sleeper.ask(&mut pending, wake), Poll::Ready(REFUSED));
        }
    }

    #[test]
    fn who_will_never_be_answered_is_woken() {
        for wake in [Wake::Always, Wake::IfRefused] {
            let (sleeper, (reply, mut pending)) = (Arc::<Sleeper>::default(), answer());
            assert_eq!(sleeper.ask(&mut pending, wake), Poll::Pending);
            drop(reply);
            assert_eq!(sleeper.woken(), 1, "{wake:?}");
            let closed = Poll::Ready(Err(WriteError::Closed));
            assert_eq!(sleeper.ask(&mut pending, wake), closed);
        }
    }

    #[test]
    fn what_was_asked_last_counts() {
        for (first, last, woken) in [
            (Wake::IfRefused, Wake::Always, 1),
            (Wake::Always, Wake::IfRefused, 0),
        ] {
            let (sleeper, (reply, mut pending)) = (Arc::<Sleeper>::default(), answer());
            assert_eq!(sleeper.ask(&mut pending, first), Poll::Pending);
            assert_eq!(sleeper.ask(&mut pending, last), Poll::Pending);
            reply.send(Ok(1));
            assert_eq!(sleeper.woken(), woken, "{first:?}, then {last:?}");
        }
    }

    #[test]
    fn who_asked_last_is_woken_and_nobody_else() {
        let (reply, mut pending) = answer();
        let (first, last) = (Arc::<Sleeper>::default(), Arc::<Sleeper>::default());
        assert_eq!(first.ask(&mut pending, Wake::Always), Poll::Pending);
        assert_eq!(last.ask(&mut pending, Wake::Always), Poll::Pending);
        reply.send(Ok(1));
        assert_eq!((first.woken(), last.woken()), (0, 1));
    }

    #[test]
    fn who_hears_of_refusals_leaves_the_answer_where_it_is() {
        for (said, woken) in [(Ok(1), 0), (REFUSED, 1)] {
            let (sleeper, (reply, mut pending)) = (Arc::<Sleeper>::default(), answer());
            assert!(sleeper.hear_refusal(&mut pending));
            reply.send(said.clone());
            assert_eq!(sleeper.woken(), woken, "{said:?}");
            assert_eq!(sleeper.hear_refusal(&mut pending), said.is_ok());
            let answered = sleeper.ask(&mut pending, Wake::Always);
            assert_eq!(answered, Poll::Ready(said));
        }
    }

    #[test]
    fn an_answer_is_given_once_whether_or_not_somebody_listens() {
        let (sleeper, (reply, mut pending)) = (Arc::<Sleeper>::default(), answer());
        reply.send(Ok(1));
        let closed = Poll::Ready(Err(WriteError::Closed));
        let mut ask = || sleeper.ask(&mut pending, Wake::Always);
        assert_eq!((ask(), ask()), (Poll::Ready(Ok(1)), closed));

        let (sleeper, (reply, mut pending)) = (Arc::<Sleeper>::default(), answer());
        assert_eq!(sleeper.ask(&mut pending, Wake::Always), Poll::Pending);
        drop(pending);
        reply.send(Ok(1));
    }

    #[test]
    fn an_answer_from_another_thread_is_never_missed() {
        for _ in 0..1_000 {
            let (sleeper, (reply, mut pending)) = (Arc::<Sleeper>::default(), answer());
            let writer = thread::spawn(move || reply.send(Ok(1)));
            let asked = sleeper.ask(&mut pending, Wake::Always);
            writer.join().unwrap();
            assert_eq!(asked.is_ready(), sleeper.woken() == 0);
        }
    }
}
