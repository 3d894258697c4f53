//! How long a room keeps what was said.

use std::time::Duration;

use chat::{Seq, Timestamp};

use crate::{Range, ReadError, Span, Store, WriteError};

/// How much of each room is kept; where both are set, what either of them lets go goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Messages younger than that.
    pub time: Option<Duration>,
    /// So many of the newest messages. Comings, goings and changes are counted, as `seq` counts them.
    pub messages: Option<u64>,
}

/// Why not everything could be let go that was to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SweepError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// How many messages are removed with one batch of the writer, which takes it about a millisecond,
/// so that nobody who speaks meanwhile waits for more.
const CHUNK: u64 = 256;

impl Keep {
    /// Whether everything is kept.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// What comes before it is let go for there being too much; not beyond the end.
    fn by_count(&self, span: &Span) -> Seq {
        let most = self.messages.unwrap_or(u64::MAX);
        Seq(span.head.0.saturating_sub(most).saturating_add(1)).max(span.first)
    }

    /// What was taken before then is let go for being old.
    fn by_time(&self, now: Timestamp) -> Option<Timestamp> {
        let millis = u64::try_from(self.time?.as_millis()).unwrap_or(u64::MAX);
        Some(Timestamp::from_millis(now.millis().saturating_sub(millis)))
    }
}

impl Store {
    /// Lets go what is not to be kept, a little at a time between what is being said. Gives back
    /// how many messages went.
    ///
    /// Places are never given again, and a room whose last message goes goes on counting.
    ///
    /// # Errors
    ///
    /// [`SweepError`]; what has gone until then has gone.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it has let go some of it.
    pub async fn sweep(&self, keep: Keep, now: Timestamp) -> Result<u64, SweepError> {
        if keep.is_everything() {
            return Ok(0);
        }
        let mut gone = 0;
        for span in self.spans().await? {
            gone += self.sweep_room(keep, now, span).await?;
        }
        Ok(gone)
    }

    async fn sweep_room(&self, keep: Keep, now: Timestamp, span: Span) -> Result<u64, SweepError> {
        let by_count = keep.by_count(&span);
        let too_old = keep.by_time(now);
        let mut first = span.first;
        let mut old = too_old.is_some_and(|then| span.since.is_some_and(|since| since < then));
        while first < by_count || old {
            let mut below = by_count.min(Seq(first.0.saturating_add(CHUNK)));
            if let Some(then) = too_old
                && old
            {
                let after = Range::After(Seq(first.0 - 1));
                let limit = u32::try_from(CHUNK).unwrap_or(Self::MAX_PAGE);
                let page = self.page(&span.room, after, limit).await?;
                let young = page.iter().find(|line| line.created_at >= then);
                old = young.is_none() && !page.is_empty();
                let aged = young.map_or_else(
                    || page.last().map_or(first, |line| line.seq.next()),
                    |line| line.seq,
                );
                below = below.max(aged);
            }
            if below > first {
                self.forget(&span.room, below).await?;
                first = below;
            }
        }
        Ok(first.0 - span.first.0)
    }
}

#[cfg(test)]
mod tests {
    use chat::RoomId;

    use super::*;

    #[test]
    fn the_newest_are_kept_and_places_are_not_beyond_the_end() {
        let span = |first, head| Span {
            room: RoomId::lobby(),
            first: Seq(first),
            head: Seq(head),
            since: None,
        };
        let keep = |messages| Keep {
            messages: Some(messages),
            ..Keep::default()
        };
        assert_eq!(keep(3).by_count(&span(1, 10)), Seq(8));
        assert_eq!(keep(10).by_count(&span(1, 10)), Seq(1));
        assert_eq!(keep(11).by_count(&span(1, 10)), Seq(1));
        assert_eq!(keep(0).by_count(&span(1, 10)), Seq(11));
        assert_eq!(keep(5).by_count(&span(9, 10)), Seq(9));
        assert_eq!(keep(u64::MAX).by_count(&span(1, 0)), Seq(1));
        assert_eq!(Keep::default().by_count(&span(4, 9)), Seq(4));
    }
}
