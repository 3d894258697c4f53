//! The task that keeps the index.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use chat::{RoomId, RoomMessage, Seq};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::link::{Link, Progress};
use crate::error::reason;
use crate::{Range, ReadError, Span, Store};

/// How many lines are read at a time.
const PAGE: u32 = 256;

/// How many lines go into one transaction of the index where so many are to be read. Each leaves a
/// list of its own for every word, and those are merged again and again: the longer they are from
/// the beginning, the less often.
const MOST: usize = 32 * PAGE as usize;

/// How many bytes they may have in all, give or take a page.
const MOST_BYTES: usize = 1024 * 1024;

/// How often news is looked at. To look for each line by itself costs as much as to log it, and
/// nobody minds that a search finds it half a second later.
const GATHER: Duration = Duration::from_millis(500);

/// It rests as long as it worked, so that it takes half of one processor at the most; and while more
/// is being said so many times as long, a sixteenth: who talks goes before who searches. What is said
/// in a flood, of more than about two thousand messages a second, is found after it.
const BUSY: u32 = 15;

/// How often to look for what other servers have written, where there may be others.
const LOOK_AROUND: Duration = Duration::from_secs(5);

/// How long to wait after something failed.
const RETRY: Duration = Duration::from_secs(2);

/// Follows the log and puts into the index what is said. Dropped or killed at any moment, the next
/// one goes on where it was.
#[derive(Debug)]
pub struct Indexer {
    store: Store,
    link: Link,
    /// The rooms in which something has just been said.
    news: BTreeSet<RoomId>,
    /// When those were asked for.
    asked: Option<Instant>,
    /// The other rooms to look at.
    behind: VecDeque<RoomId>,
    /// Whether the next one is one of those, if there are both.
    behind_next: bool,
    failing: bool,
}

/// Why a step was not done.
enum StepError {
    Log(ReadError),
    Index(sqlx::Error),
}

impl Indexer {
    pub(super) fn new(store: Store, link: Link) -> Self {
        Self {
            store,
            link,
            news: BTreeSet::new(),
            asked: None,
            behind: VecDeque::new(),
            behind_next: false,
            failing: false,
        }
    }

    /// Works until the log is closed.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it has indexed some of the log, and the next indexer goes on there.
    pub async fn run(mut self) {
        if self.look_around().await {
            while self.work_off().await && !self.store.is_closed() {
                if !self.wait().await {
                    break;
                }
            }
        }
        self.link.close().await;
    }

    /// Everything that is in the log now is in the index when this returns; for tools and tests.
    pub async fn catch_up(&mut self) {
        let _ = self.look_around().await && self.work_off().await;
    }

    /// Waits for news, and a little longer for more. `false` where the log is closed.
    async fn wait(&mut self) -> bool {
        let rung = self.store.bell().wait();
        let rung = if self.store.is_shared() {
            // The bell rings for what this server writes.
            timeout(LOOK_AROUND, rung).await.is_ok()
        } else {
            rung.await;
            true
        };
        if !rung {
            return self.look_around().await;
        }
        if let Some(asked) = self.asked.filter(|_| !self.store.is_closed()) {
            sleep_until(asked + GATHER).await;
        }
        true
    }

    /// Finds out which rooms to look at. `false` where the log is closed.
    async fn look_around(&mut self) -> bool {
        loop {
            match self.behind().await {
                Ok(behind) => {
                    self.behind = behind;
                    return true;
                }
                Err(error) => {
                    if !self.failed(error).await {
                        return false;
                    }
                }
            }
        }
    }

    /// The rooms that were not read to their end, or that have let something go since.
    async fn behind(&mut self) -> Result<VecDeque<RoomId>, StepError> {
        let spans = self.store.spans().await?;
        let mut read = self.link.read().await?;
        let mut behind = VecDeque::new();
        for Span {
            room, first, head, ..
        } in &spans
        {
            let (from, seq) = read.remove(room.as_str()).unwrap_or((Seq(1), Seq::ZERO));
            if seq > *head {
                return self.start_over().await;
            }
            if from < *first || seq < *head {
                behind.push_back(room.clone());
            }
        }
        if read.values().any(|(_, seq)| *seq > Seq::ZERO) {
            // It has read rooms that do not exist.
            return self.start_over().await;
        }
        Ok(behind)
    }

    /// An older log was put into the place of the one that the index has followed: a backup was
    /// restored. Forgets everything, and gives back all rooms.
    async fn start_over(&mut self) -> Result<VecDeque<RoomId>, StepError> {
        tracing::warn!("the search index is newer than the log: it is made anew");
        self.link.clear().await?;
        let spans = self.store.spans().await?;
        Ok(spans.into_iter().map(|span| span.room).collect())
    }

    /// `false` where the log is closed.
    async fn work_off(&mut self) -> bool {
        loop {
            let Some(room) = self.next() else {
                return true;
            };
            let begun = Instant::now();
            match self.step(&room).await {
                Ok(Step::Nothing) => {}
                Ok(step) => {
                    self.failing = false;
                    let worked = begun.elapsed();
                    let busy = self.store.bell().has_rung();
                    sleep(worked * if busy { BUSY } else { 1 }).await;
                    if let Step::More = step {
                        self.behind.push_back(room);
                    }
                }
                Err(error) => {
                    self.behind.push_back(room);
                    if !self.failed(error).await {
                        return false;
                    }
                }
            }
        }
    }

    /// The next room to look at: neither what is new nor what is old waits for all of the other.
    fn next(&mut self) -> Option<RoomId> {
        let early = self.asked.is_some_and(|asked| asked.elapsed() < GATHER);
        if self.news.is_empty() && !early {
            self.news.extend(self.store.bell().take());
            self.asked = Some(Instant::now());
        }
        self.behind_next = !self.behind_next;
        if self.behind_next {
            self.behind.pop_front().or_else(|| self.news.pop_first())
        } else {
            self.news.pop_first().or_else(|| self.behind.pop_front())
        }
    }

    async fn step(&mut self, room: &RoomId) -> Result<Step, StepError> {
        let progress = self.link.progress(room).await?;
        let span = self.store.span(room).await?;
        if progress.first < span.first {
            self.link.forget(progress, span.first).await?;
            return Ok(Step::More);
        }
        if progress.seq == span.head {
            return Ok(Step::Nothing);
        }
        let Some(lines) = self.lines(room, progress, span.head).await? else {
            self.behind = self.start_over().await?;
            return Ok(Step::Done);
        };
        let mut changed: Vec<RoomMessage> = Vec::new();
        let mut targets: Vec<Seq> = lines
            .iter()
            .filter_map(|line| Some(line.change()?.target()))
            .collect();
        targets.sort_unstable();
        targets.dedup();
        for target in targets {
            let after = Range::After(Seq(target.0.saturating_sub(1)));
            let line = self.store.page(room, after, 1).await?.pop();
            changed.extend(line.filter(|line| line.seq == target));
        }
        self.link.take(progress, &lines, &changed).await?;
        Ok(match lines.last() {
            Some(last) if last.seq < span.head => Step::More,
            _ => Step::Done,
        })
    }

    /// The next lines of a room, many where there are many. `None` where the last one that was read
    /// is another one now, or is beyond the end: then the log is not the one that the index has
    /// followed.
    async fn lines(
        &self,
        room: &RoomId,
        progress: Progress,
        head: Seq,
    ) -> Result<Option<Vec<RoomMessage>>, ReadError> {
        if progress.seq > head {
            return Ok(None);
        }
        let after = Range::After(Seq(progress.seq.0.saturating_sub(1)));
        let mut lines = self.store.page(room, after, PAGE).await?;
        // It may have been let go just now.
        if lines.first().is_some_and(|line| line.seq == progress.seq) {
            let known = lines.remove(0);
            if progress.last.is_some_and(|last| last != known.id) {
                return Ok(None);
            }
        }
        let size = |lines: &[RoomMessage]| lines.iter().map(|line| line.message.len()).sum();
        let mut bytes: usize = size(&lines);
        while lines.len() < MOST && bytes < MOST_BYTES {
            let Some(last) = lines.last().filter(|last| last.seq < head) else {
                break;
            };
            let more = self.store.page(room, Range::After(last.seq), PAGE).await?;
            if more.is_empty() {
                break;
            }
            bytes += size(&more);
            lines.extend(more);
        }
        Ok(Some(lines))
    }

    /// Says so once, and waits. `false` where the log is closed.
    async fn failed(&mut self, error: StepError) -> bool {
        let (why, is_index) = match error {
            StepError::Log(ReadError::Closed) => return false,
            StepError::Log(error) => (error.to_string(), false),
            StepError::Index(error) => (reason(&error), true),
        };
        if !std::mem::replace(&mut self.failing, true) {
            tracing::error!(error = %why, "the search index cannot be kept: trying again");
        }
        sleep(RETRY).await;
        if is_index && let Err(error) = self.link.reopen().await {
            // The next step fails over the old one, and comes back here.
            tracing::debug!(error = %reason(&error), "the search index cannot be opened");
        }
        true
    }
}

/// What became of a step.
enum Step {
    /// There was nothing to do.
    Nothing,
    Done,
    /// There is more to do in this room.
    More,
}

impl From<ReadError> for StepError {
    fn from(error: ReadError) -> Self {
        Self::Log(error)
    }
}

impl From<sqlx::Error> for StepError {
    fn from(error: sqlx::Error) -> Self {
        Self::Index(error)
    }
}
