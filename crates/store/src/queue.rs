//! What waits for the writer.

use std::sync::Arc;

use chat::{Room, RoomId, Seq};
use tokio::sync::mpsc;

use crate::answer::Reply;
use crate::batch::NewRoom;
use crate::gather::Gather;
use crate::{Appended, Entry, WriteError};

/// Something to write, and where to say what became of it.
#[derive(Debug)]
pub(crate) enum Job {
    Append(Entry, Reply<Appended>),
    /// All of them or none.
    AppendAll(Vec<Entry>, Reply<()>),
    Create(NewRoom, Reply<(Room, bool)>),
    /// Remove what stands before this place.
    Forget(RoomId, Seq, Reply<()>),
    /// Take no more jobs, finish those that are queued, and end.
    Close,
}

/// Where jobs are queued.
#[derive(Debug)]
pub(crate) struct Jobs {
    jobs: mpsc::Sender<Job>,
    gather: Arc<Gather>,
}

/// The jobs that are queued, a batch at a time.
#[derive(Debug)]
pub(crate) struct Queue {
    jobs: mpsc::Receiver<Job>,
    gather: Arc<Gather>,
    /// Jobs in one batch, at most.
    most: usize,
    /// Jobs in the last one.
    last: usize,
    /// Jobs that came while it was written.
    others: usize,
    /// Whether it was written without all who were expected. Messages that come on and on, whoever has
    /// been answered, are no reason to expect all of them again with every batch.
    late: bool,
}

/// Both ends of a queue that holds `size` jobs and gives out at most `most` in one batch.
pub(crate) fn queue(size: usize, most: usize) -> (Jobs, Queue) {
    let (sender, receiver) = mpsc::channel(size);
    let gather = Arc::<Gather>::default();
    let jobs = Jobs {
        jobs: sender,
        gather: Arc::clone(&gather),
    };
    let queue = Queue {
        jobs: receiver,
        gather,
        most,
        last: 0,
        others: 0,
        late: false,
    };
    (jobs, queue)
}

impl Jobs {
    /// Queues a job; waits while the queue is full.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it has queued nothing.
    pub(crate) async fn put(&self, job: Job) -> Result<(), WriteError> {
        let put = self.jobs.send(job).await;
        put.map_err(|_| WriteError::Closed)?;
        let queued = self.jobs.max_capacity() - self.jobs.capacity();
        self.gather.see(queued);
        Ok(())
    }

    /// Whether it takes no more.
    pub(crate) fn is_closed(&self) -> bool {
        self.jobs.is_closed()
    }
}

impl Queue {
    /// Fills `batch`, which is empty, with what is queued; it stays so once there will be no more.
    ///
    /// Who is alone is not kept waiting. But where the last batch was shared, those who were in it
    /// are about to say the next thing, one after another as they hear of the first. A sync of the
    /// disk costs the same for all of them as for the first one, who would have it alone; so
    /// a batch that is smaller waits for them, and for as many as [came meanwhile](Self::look):
    /// `wait` parks this thread, which is unparked once all are queued, and says whether to wait on.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it has taken nothing.
    pub(crate) async fn next(&mut self, batch: &mut Vec<Job>, mut wait: impl FnMut() -> bool) {
        self.jobs.recv_many(batch, self.most).await;
        let expected = if self.late {
            self.last.max(self.others)
        } else {
            self.last + self.others
        };
        let expected = expected.min(self.most).min(self.jobs.max_capacity());
        let mut waits = true;
        while waits && (1..expected).contains(&batch.len()) {
            self.gather.want(expected - batch.len());
            if !self.take(batch) {
                waits = wait();
                self.take(batch);
            }
        }
        self.gather.want_nothing();
        self.late = batch.len() < expected;
        self.last = batch.len();
        self.others = 0;
    }

    /// Looks who has come meanwhile. To be done before the last batch is answered: whoever is there by
    /// then was not in it, and shall share a batch with those who were.
    pub(crate) fn look(&mut self) {
        self.others = self.jobs.len();
    }

    /// Takes what is queued now, and says whether that was anything.
    fn take(&mut self, batch: &mut Vec<Job>) -> bool {
        let before = batch.len();
        while batch.len() < self.most
            && let Ok(job) = self.jobs.try_recv()
        {
            batch.push(job);
        }
        batch.len() > before
    }

    /// Takes no more; what is queued is still there.
    pub(crate) fn close(&mut self) {
        self.jobs.close();
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    const MOST: usize = 3;

    /// No test waits for so long.
    const LONG: Duration = Duration::from_secs(60);

    /// A queue, and what puts jobs into it.
    fn queue() -> (impl Fn(usize) + Send, Queue) {
        let (jobs, queue) = super::queue(16, MOST);
        let put = move |count| {
            for _ in 0..count {
                let mut put = pin!(jobs.put(Job::Close));
                let mut context = Context::from_waker(Waker::noop());
                assert_eq!(put.as_mut().poll(&mut context), Poll::Ready(Ok(())));
            }
        };
        (put, queue)
    }

    async fn next(queue: &mut Queue, wait: impl FnMut() -> bool) -> usize {
        let mut batch = Vec::new();
        queue.next(&mut batch, wait).await;
        batch.len()
    }

    fn nobody_waits() -> bool {
        panic!("there is nobody to wait for");
    }

    #[tokio::test]
    async fn who_is_alone_is_not_kept_waiting() {
        let (put, mut queue) = queue();
        for _ in 0..3 {
            put(1);
            assert_eq!(next(&mut queue, nobody_waits).await, 1);
        }
        drop(put);
        assert_eq!(next(&mut queue, nobody_waits).await, 0);
    }

    #[tokio::test]
    async fn a_batch_waits_for_those_of_the_last_one() {
        let (put, mut queue) = queue();
        put(3);
        assert_eq!(next(&mut queue, nobody_waits).await, 3);
        // They come one by one, and the last one ends the wait.
        let mut waits = 0;
        let wait = || {
            waits += 1;
            assert!(waits <= 2);
            put(1);
            true
        };
        put(1);
        assert_eq!(next(&mut queue, wait).await, 3);
    }

    #[tokio::test]
    async fn who_came_during_a_batch_shares_one_with_those_of_it() {
        let (put, mut queue) = queue();
        put(1);
        assert_eq!(next(&mut queue, nobody_waits).await, 1);
        put(1);
        queue.look();
        // Whoever was in it says the next thing.
        let wait = || {
            put(1);
            true
        };
        assert_eq!(next(&mut queue, wait).await, 2);
        put(1);
        assert_eq!(next(&mut queue, || false).await, 1);
    }

    #[tokio::test]
    async fn those_who_never_stop_are_not_expected_with_every_batch() {
        let (put, mut queue) = queue();
        put(1);
        assert_eq!(next(&mut queue, nobody_waits).await, 1);
        put(1);
        queue.look();
        assert_eq!(next(&mut queue, || false).await, 1);
        put(1);
        queue.look();
        assert_eq!(next(&mut queue, nobody_waits).await, 1);
    }

    #[tokio::test]
    async fn who_completes_a_batch_wakes_the_writer_once() {
        let (put, mut queue) = queue();
        put(3);
        assert_eq!(next(&mut queue, nobody_waits).await, 3);
        put(1);
        let mut others = None;
        let mut put = Some(put);
        let wait = || {
            // One that is not the last wakes nobody: parked too early, it would be woken in vain.
            let put = put.take().expect("woken once");
            others = Some(thread::spawn(move || {
                put(1);
                put(1);
            }));
            let began = Instant::now();
            thread::park_timeout(LONG);
            assert!(began.elapsed() < LONG, "nobody woke the writer");
            true
        };
        assert_eq!(next(&mut queue, wait).await, 3);
        others.unwrap().join().unwrap();
    }

    #[tokio::test]
    async fn a_wait_in_vain_has_an_end_and_is_not_repeated() {
        let (put, mut queue) = queue();
        put(2);
        assert_eq!(next(&mut queue, nobody_waits).await, 2);
        let mut waits = 0;
        let wait = || {
            waits += 1;
            waits < 5
        };
        put(1);
        assert_eq!(next(&mut queue, wait).await, 1);
        assert_eq!(waits, 5);
        put(1);
        assert_eq!(next(&mut queue, nobody_waits).await, 1);
    }

    #[tokio::test]
    async fn what_comes_with_the_last_look_is_taken() {
        let (put, mut queue) = queue();
        put(3);
        assert_eq!(next(&mut queue, nobody_waits).await, 3);
        put(1);
        let wait = || {
            put(1);
            false
        };
        assert_eq!(next(&mut queue, wait).await, 2);
    }

    #[tokio::test]
    async fn a_batch_has_an_end() {
        let (put, mut queue) = queue();
        put(3);
        assert_eq!(next(&mut queue, nobody_waits).await, 3);
        put(1);
        let wait = || {
            put(4);
            true
        };
        assert_eq!(next(&mut queue, wait).await, MOST);
        assert_eq!(next(&mut queue, || false).await, 2);
    }
}
