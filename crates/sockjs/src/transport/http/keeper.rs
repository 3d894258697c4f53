//! The timer of a session whose peer comes to fetch.

use std::{future::poll_fn, pin::pin, sync::Arc, time::Duration};

use tokio::time::sleep;

use super::Line;
use crate::{Closed, registry::Name};

/// Keeps a session until it is over, and its name until its last words need not be repeated any
/// more. However the keeper goes, also by a panic or with its runtime, both end with it.
#[derive(Debug)]
pub(crate) struct Keeper {
    line: Arc<Line>,
    /// Dropped after the session has ended.
    _name: Name<Line>,
    disconnect_delay: Duration,
}

impl Keeper {
    pub(crate) fn new(line: Arc<Line>, name: Name<Line>, disconnect_delay: Duration) -> Self {
        Self {
            line,
            _name: name,
            disconnect_delay,
        }
    }

    pub(crate) async fn run(self) {
        {
            let mut timer = pin!(sleep(self.disconnect_delay));
            let why = poll_fn(|cx| self.line.shared.poll_kept(cx, timer.as_mut())).await;
            tracing::debug!(?why, "HTTP session ends");
        }
        if self.line.shared.has_last_words() {
            sleep(self.disconnect_delay).await;
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.line.shared.end(Closed::Peer);
    }
}
