//! Which transport to try, and for how long.

use std::time::Duration;

use super::{Record, Transport};

/// Chooses transports, round by round.
///
/// A *round* tries one transport after the other until a link stands: first the one that the
/// [`Record`] names, then the others, the best first. A transport has failed when it breaks off,
/// when nothing is heard over it in time (a proxy may take a connection and let nothing through),
/// or when the link does not stand in time (a proxy may let the first frame through and keep the
/// rest). A round in which all fail is one lost try for [`Retry`](crate::retry::Retry).
///
/// A transport that works, but is cut short again and again, is put behind the others: a proxy
/// that ends every answer after half a minute leaves polling alone.
///
/// It has no clock: `now` is the time since any fixed start, `date` the time since 1970.
#[derive(Debug, Default)]
pub struct Choice {
    record: Option<Record>,
    /// How often in a row each transport was cut short, in the order of [`Transport::ALL`].
    cuts: [u8; Transport::ALL.len()],
    round: Round,
}

/// What to do when a transport has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try this one at once.
    Try(Transport),
    /// The round is over, or the link that stood was lost: pause, and begin another round.
    Pause,
    /// The same, but the next round leads with another transport, which deserves all tries.
    PauseAfresh,
}

#[derive(Debug)]
struct Round {
    order: [Transport; Transport::ALL.len()],
    at: usize,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Nothing was heard yet.
    Silent {
        since: Duration,
    },
    /// The other side is there, but the link does not stand yet.
    Heard {
        since: Duration,
    },
    Linked {
        since: Duration,
    },
}

/// Where in a round a transport stands; within one rank the better comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rank {
    Recorded,
    Unknown,
    CutShort,
}

impl Rank {
    const ALL: [Self; 3] = [Self::Recorded, Self::Unknown, Self::CutShort];
}

impl Choice {
    /// How long WebSocket or streaming may be silent. A network that lets neither through often
    /// does not say so.
    pub const SILENCE: Duration = Duration::from_secs(5);

    /// How long a try may take until the link stands. Polling may be silent as long, for nothing
    /// comes after it: there it is rather the network that is slow.
    pub const LINK: Duration = Duration::from_secs(10);

    /// A link that ends sooner was cut short.
    pub const SHORT: Duration = Duration::from_secs(90);

    /// So many links in a row that were cut short put a transport behind the others.
    pub const CUTS: u8 = 3;

    /// A choice that knows what worked before.
    #[must_use]
    pub fn new(record: Option<Record>) -> Self {
        Self {
            record,
            ..Self::default()
        }
    }

    /// What is to be kept for the next page.
    #[must_use]
    pub fn record(&self) -> Option<Record> {
        self.record
    }

    /// Begins a round. Returns what to try first.
    pub fn begin(&mut self, now: Duration, date: Duration) -> Transport {
        self.record = self.record.filter(|record| record.holds(date));
        let mut order = Transport::ALL;
        let mut places = order.iter_mut();
        for rank in Rank::ALL {
            for transport in Transport::ALL {
                if self.rank(transport) == rank
                    && let Some(place) = places.next()
                {
                    *place = transport;
                }
            }
        }
        self.round = Round {
            order,
            at: 0,
            stage: Stage::Silent { since: now },
        };
        self.transport()
    }

    /// What is being tried, or runs.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.round.order[self.round.at]
    }

    /// When the try has failed; `None` once the link stands.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match (self.round.stage, self.transport()) {
            (Stage::Silent { since }, Transport::WebSocket | Transport::Streaming) => {
                Some(since + Self::SILENCE)
            }
            (Stage::Silent { since }, Transport::Polling) | (Stage::Heard { since }, _) => {
                Some(since + Self::LINK)
            }
            (Stage::Linked { .. }, _) => None,
        }
    }

    /// Something was heard over this transport.
    pub fn heard(&mut self) {
        if let Stage::Silent { since } = self.round.stage {
            self.round.stage = Stage::Heard { since };
        }
    }

    /// The link stands. Returns whether the record is another because of it.
    ///
    /// Only a whole round makes a record: a fallback that is found after all better ones have
    /// failed, or WebSocket itself. What contradicts a record only erases it, and the next round
    /// finds out anew: a server that comes back while we try one transport after the other must
    /// not cost anybody WebSocket for a day.
    pub fn linked(&mut self, now: Duration, date: Duration) -> bool {
        self.round.stage = Stage::Linked { since: now };
        let before = self.record;
        let transport = self.transport();
        if before.is_some_and(|record| record.transport != transport) {
            self.record = None;
        } else if before.is_none() && self.all_better_have_failed() {
            self.record = Some(Record {
                transport,
                found: date,
            });
        }
        self.record != before
    }

    /// The transport broke off, its deadline passed, or its link was lost.
    pub fn ended(&mut self, now: Duration) -> Next {
        if let Stage::Linked { since } = self.round.stage {
            return self.lost(now.saturating_sub(since));
        }
        if self.round.at + 1 == self.round.order.len() {
            return Next::Pause;
        }
        self.round.at += 1;
        self.round.stage = Stage::Silent { since: now };
        Next::Try(self.transport())
    }

    /// The network is another: what was learned of the last one counts no more. Returns whether
    /// there was a record.
    pub fn forget(&mut self) -> bool {
        self.cuts = Default::default();
        self.record.take().is_some()
    }

    fn lost(&mut self, lived: Duration) -> Next {
        let cuts = &mut self.cuts[self.round.order[self.round.at] as usize];
        if lived >= Self::SHORT {
            *cuts = 0;
            return Next::Pause;
        }
        *cuts = cuts.saturating_add(1);
        // Behind polling there is nothing that could be better.
        if *cuts == Self::CUTS && self.transport() != Transport::Polling {
            Next::PauseAfresh
        } else {
            Next::Pause
        }
    }

    fn rank(&self, transport: Transport) -> Rank {
        let cut = self.cuts[transport as usize] >= Self::CUTS;
        if cut && transport != Transport::Polling {
            Rank::CutShort
        } else if self
            .record
            .is_some_and(|record| record.transport == transport)
        {
            Rank::Recorded
        } else {
            Rank::Unknown
        }
    }

    /// Whether every better transport was tried in this round.
    fn all_better_have_failed(&self) -> bool {
        let failed = &self.round.order[..self.round.at];
        Transport::ALL
            .iter()
            .take_while(|&&better| better != self.transport())
            .all(|better| failed.contains(better))
    }
}

impl Default for Round {
    fn default() -> Self {
        Self {
            order: Transport::ALL,
            at: 0,
            stage: Stage::Silent {
                since: Duration::ZERO,
            },
        }
    }
}

#[cfg(test)]
mod tests;
