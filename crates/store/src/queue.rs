//! What waits for the writer.

use chat::{Room, RoomId, Seq};
use tokio::sync::mpsc;

use crate::answer::Reply;
use crate::batch::NewRoom;
use crate::{Appended, Entry};

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

/// The jobs that are queued, a batch at a time.
#[derive(Debug)]
pub(crate) struct Queue {
    jobs: mpsc::Receiver<Job>,
    /// Jobs in one batch, at most.
    most: usize,
    /// Jobs in the last one.
    last: usize,
}

impl Queue {
    pub(crate) fn new(jobs: mpsc::Receiver<Job>, most: usize) -> Self {
        Self {
            jobs,
            most,
            last: 0,
        }
    }

    /// Fills `batch`, which is empty, with what is queued; it stays so once there will be no more.
    ///
    /// Who is alone is not kept waiting. But where the last batch was shared, those who were in it
    /// are about to say the next thing, one after another as they hear of the first. A sync of the
    /// disk costs the same for all of them as for the first one, who would have it alone; so
    /// a batch that is smaller waits for them, a little at a time, for as long as `wait` says so.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it has taken nothing.
    pub(crate) async fn next(&mut self, batch: &mut Vec<Job>, mut wait: impl FnMut() -> bool) {
        self.jobs.recv_many(batch, self.most).await;
        let mut waits = true;
        while waits && (1..self.last).contains(&batch.len()) {
            waits = wait();
            while batch.len() < self.most
                && let Ok(job) = self.jobs.try_recv()
            {
                batch.push(job);
            }
        }
        self.last = batch.len();
    }

    /// Takes no more; what is queued is still there.
    pub(crate) fn close(&mut self) {
        self.jobs.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 3;

    /// A queue, and what puts jobs into it.
    fn queue() -> (impl Fn(usize), Queue) {
        let (jobs, queue) = mpsc::channel(16);
        let put = move |count| (0..count).for_each(|_| jobs.try_send(Job::Close).unwrap());
        (put, Queue::new(queue, MOST))
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
