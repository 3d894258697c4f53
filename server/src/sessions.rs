//! Counting sessions, so that the server can stop without losing one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::watch;

use crate::rooms::ConnectionId;

/// All sessions of the server; clones share the count.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    next: Arc<AtomicU64>,
    live: Arc<()>,
    stop: watch::Sender<bool>,
}

impl Sessions {
    pub(crate) fn new() -> Self {
        Self {
            next: Arc::default(),
            live: Arc::default(),
            stop: watch::Sender::new(false),
        }
    }

    /// Counts a session in; nothing where the server is stopping.
    pub(crate) fn enter(&self) -> Option<Guard> {
        let stop = self.stop.subscribe();
        let stopping = *stop.borrow();
        let connection = ConnectionId(self.next.fetch_add(1, Ordering::Relaxed));
        (!stopping).then(|| Guard {
            connection,
            stop,
            _live: Arc::downgrade(&self.live),
        })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        Arc::weak_count(&self.live)
    }

    /// Asks every session to end, and waits until all have, at most for `patience`. Gives back
    /// how many were left.
    pub(crate) async fn stop(&self, patience: Duration) -> usize {
        self.stop.send_replace(true);
        let _ = tokio::time::timeout(patience, self.stop.closed()).await;
        self.count()
    }
}

/// One session, counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    connection: ConnectionId,
    stop: watch::Receiver<bool>,
    _live: Weak<()>,
}

impl Guard {
    pub(crate) fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// Resolves when the server wants the session to end.
    pub(crate) fn stopping(&self) -> impl Future<Output = ()> + use<> {
        let mut stop = self.stop.clone();
        async move {
            // An error would mean that the server is gone, which is a reason to end as well.
            let _ = stop.wait_for(|stopping| *stopping).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stopping_waits_for_every_session_and_lets_no_other_in() {
        let sessions = Sessions::new();
        let guard = sessions.enter().unwrap();
        let stopping = guard.stopping();
        assert_eq!(sessions.count(), 1);
        let session = tokio::spawn(async move {
            stopping.await;
            drop(guard);
        });
        assert_eq!(sessions.stop(Duration::from_secs(60)).await, 0);
        assert!(sessions.enter().is_none());
        session.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn patience_has_an_end() {
        let sessions = Sessions::new();
        let _stuck = sessions.enter().unwrap();
        assert_eq!(sessions.stop(Duration::from_secs(10)).await, 1);
    }
}
