//! How far a long job is, for whoever sits at a terminal.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::{Duration, Instant};

use store::dump::Carried;

/// Between two signs of life.
const PERIOD: Duration = Duration::from_millis(200);

/// A line that is written over itself; nothing where no terminal is. Dropped, it is wiped away.
pub(super) struct Progress {
    done: &'static str,
    /// When it was shown last, where anybody sees it.
    shown: Option<Instant>,
}

impl Progress {
    pub(super) fn start(done: &'static str) -> Self {
        Self {
            done,
            shown: stderr().is_terminal().then(Instant::now),
        }
    }

    pub(super) fn show(&mut self, carried: Carried) {
        if self.shown.is_none_or(|shown| shown.elapsed() < PERIOD) {
            return;
        }
        self.shown = Some(Instant::now());
        let Carried { rooms, messages } = carried;
        // A terminal that has gone is no reason to stop.
        let _ = write!(
            stderr(),
            "\r{}, rooms: {rooms}, messages: {messages}",
            self.done
        );
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
