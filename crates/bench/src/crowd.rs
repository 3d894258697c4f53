//! Many clients, let in a few at a time and sent home together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use tokio::sync::{Notify, Semaphore, SemaphorePermit, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How often progress is looked at.
const STEP: Duration = Duration::from_millis(100);

/// Clients that each end with a `T`, or with what went wrong.
#[derive(Debug)]
pub(crate) struct Crowd<T> {
    members: JoinSet<anyhow::Result<T>>,
    gate: Arc<Gate>,
    patience: Duration,
}

#[derive(Debug)]
struct Gate {
    places: Semaphore,
    ready: AtomicUsize,
    /// How many have to be ready for `full` to be told.
    size: AtomicUsize,
    full: Notify,
    stop: watch::Sender<bool>,
}

/// What a member of the crowd holds.
#[derive(Clone, Debug)]
pub(crate) struct Pass(Arc<Gate>);

impl<T: Send + 'static> Crowd<T> {
    /// A crowd of which `concurrency` members are let in at a time.
    pub(crate) fn new(concurrency: usize, patience: Duration) -> Self {
        Self {
            members: JoinSet::new(),
            gate: Arc::new(Gate {
                places: Semaphore::new(concurrency.min(Semaphore::MAX_PERMITS)),
                ready: AtomicUsize::new(0),
                size: AtomicUsize::new(usize::MAX),
                full: Notify::new(),
                stop: watch::Sender::new(false),
            }),
            patience,
        }
    }

    /// Adds a member, which runs at once.
    pub(crate) fn join<F>(&mut self, member: impl FnOnce(Pass) -> F)
    where
        F: Future<Output = anyhow::Result<T>> + Send + 'static,
    {
        self.members.spawn(member(Pass(Arc::clone(&self.gate))));
    }

    /// Waits until all members are ready.
    ///
    /// # Errors
    ///
    /// Where a member failed, or ended before, or nobody became ready for as long as patience
    /// lasts.
    pub(crate) async fn ready(&mut self, bar: &ProgressBar) -> anyhow::Result<()> {
        let size = self.members.len();
        self.gate.size.store(size, Ordering::SeqCst);
        let mut step = tokio::time::interval(STEP);
        let (mut last, mut moved) = (0, Instant::now());
        loop {
            let ready = self.gate.ready.load(Ordering::SeqCst);
            bar.set_position(ready as u64);
            if ready >= size {
                return Ok(());
            }
            if ready > last {
                (last, moved) = (ready, Instant::now());
            } else if moved.elapsed() > self.patience {
                bail!(
                    "{ready} of {size} clients were ready, and for {} s no other: if the server \
                     sends no RECEIPT for SUBSCRIBE, say --no-receipts",
                    self.patience.as_secs()
                );
            }
            tokio::select! {
                () = self.gate.full.notified() => {}
                _ = step.tick() => {}
                Some(ended) = self.members.join_next() => {
                    ended.context("a client broke off")??;
                    bail!("a client ended before all were ready");
                }
            }
        }
    }

    /// Sends all home, and waits for what they have to say.
    pub(crate) async fn dismiss(mut self) -> anyhow::Result<Vec<T>> {
        self.gate.stop.send_replace(true);
        let mut told = Vec::with_capacity(self.members.len());
        while let Some(ended) = self.members.join_next().await {
            told.push(ended.context("a client broke off")??);
        }
        Ok(told)
    }
}

impl Pass {
    /// Waits to be let in; the next one is when the permit is dropped.
    pub(crate) async fn admit(&self) -> anyhow::Result<SemaphorePermit<'_>> {
        Ok(self.0.places.acquire().await?)
    }

    /// Says that this member is ready.
    pub(crate) fn ready(&self) {
        let ready = self.0.ready.fetch_add(1, Ordering::SeqCst) + 1;
        if ready >= self.0.size.load(Ordering::SeqCst) {
            self.0.full.notify_one();
        }
    }

    /// Resolves when all are sent home.
    pub(crate) fn dismissed(&self) -> impl Future<Output = ()> + use<> {
        let mut stop = self.0.stop.subscribe();
        async move {
            // An error would mean that the crowd is gone, which is a reason to go as well.
            let _ = stop.wait_for(|stop| *stop).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn all_get_ready_and_go_home_together() {
        let mut crowd = Crowd::new(2, PATIENCE);
        for number in 0..10 {
            crowd.join(|pass| async move {
                let permit = pass.admit().await?;
                tokio::task::yield_now().await;
                drop(permit);
                pass.ready();
                pass.dismissed().await;
                Ok(number)
            });
        }
        crowd.ready(&ProgressBar::hidden()).await.unwrap();
        let mut told = crowd.dismiss().await.unwrap();
        told.sort_unstable();
        assert_eq!(told, (0..10).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_member_that_fails_is_heard_at_once() {
        let mut crowd = Crowd::<()>::new(2, PATIENCE);
        crowd.join(|pass| async move {
            pass.dismissed().await;
            Ok(())
        });
        crowd.join(|_| async { bail!("no way in") });
        let error = crowd.ready(&ProgressBar::hidden()).await.unwrap_err();
        assert_eq!(error.to_string(), "no way in");
    }

    #[tokio::test(start_paused = true)]
    async fn patience_has_an_end() {
        let mut crowd = Crowd::<()>::new(2, PATIENCE);
        crowd.join(|pass| async move {
            pass.dismissed().await;
            Ok(())
        });
        let error = crowd.ready(&ProgressBar::hidden()).await.unwrap_err();
        assert!(error.to_string().starts_with("0 of 1 clients"), "{error}");
    }
}
