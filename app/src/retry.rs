//! When to try again after the link was lost.

use std::time::Duration;

/// Counts tries and says how long to wait before the next.
///
/// Waits double from [`BASE`](Self::BASE) to [`CAP`](Self::CAP) with full jitter: a server that
/// restarts is not met by everybody at the same moment. After [`TRIES`](Self::TRIES) in a row it
/// gives up until somebody [re-arms](Self::rearm) it. A link that breaks soon after it stood
/// still counts as a try, so that a server that accepts and closes is not asked for ever.
///
/// It has no clock: `now` is the time since any fixed start.
#[derive(Debug, Default)]
pub struct Retry {
    tries: u32,
    linked_at: Option<Duration>,
}

/// What to do about a lost link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try again after this long; it will be the `attempt`th try of [`Retry::TRIES`].
    Wait { delay: Duration, attempt: u32 },
    /// All tries are used up.
    Stop,
}

impl Retry {
    /// The longest first wait.
    pub const BASE: Duration = Duration::from_secs(1);
    /// The longest wait of all.
    pub const CAP: Duration = Duration::from_secs(16);
    /// How often to try in a row, as in the original page.
    pub const TRIES: u32 = 5;
    /// A link that lived this long was a good one, and the next loss starts the count anew.
    pub const PROVEN: Duration = Duration::from_secs(30);

    /// The link stands.
    pub fn linked(&mut self, now: Duration) {
        self.linked_at = Some(now);
    }

    /// The link was lost, or a try did not lead to one. `random` is uniform in `0.0..1.0`.
    pub fn lost(&mut self, now: Duration, random: f64) -> Next {
        if let Some(since) = self.linked_at.take()
            && now.saturating_sub(since) >= Self::PROVEN
        {
            self.tries = 0;
        }
        if self.tries == Self::TRIES {
            return Next::Stop;
        }
        let ceiling = (Self::BASE * 2_u32.pow(self.tries)).min(Self::CAP);
        self.tries += 1;
        Next::Wait {
            delay: ceiling.mul_f64(random.clamp(0.0, 1.0)),
            attempt: self.tries,
        }
    }

    /// Somebody pressed the button, the network came back or the page came to the front: the
    /// count starts anew.
    pub fn rearm(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(1_000);

    fn delays(retry: &mut Retry, random: f64) -> Vec<u64> {
        std::iter::from_fn(|| match retry.lost(START, random) {
            Next::Wait { delay, .. } => Some(delay.as_millis() as u64),
            Next::Stop => None,
        })
        .collect()
    }

    #[test]
    fn five_tries_with_doubling_ceilings() {
        assert_eq!(
            delays(&mut Retry::default(), 1.0),
            [1_000, 2_000, 4_000, 8_000, 16_000]
        );
    }

    #[test]
    fn jitter_covers_the_whole_wait() {
        assert_eq!(delays(&mut Retry::default(), 0.0), [0; 5]);
        assert_eq!(
            delays(&mut Retry::default(), 0.5),
            [500, 1_000, 2_000, 4_000, 8_000]
        );
    }

    #[test]
    fn a_short_link_does_not_earn_new_tries() {
        let mut retry = Retry::default();
        for _ in 0..Retry::TRIES {
            retry.linked(START);
            let soon = START + Retry::PROVEN - Duration::from_millis(1);
            assert!(matches!(retry.lost(soon, 0.5), Next::Wait { .. }));
        }
        retry.linked(START);
        assert_eq!(retry.lost(START, 0.5), Next::Stop);
    }

    #[test]
    fn a_proven_link_does() {
        let mut retry = Retry::default();
        delays(&mut retry, 1.0);
        retry.linked(START);
        assert_eq!(
            retry.lost(START + Retry::PROVEN, 1.0),
            Next::Wait {
                delay: Retry::BASE,
                attempt: 1
            }
        );
    }

    #[test]
    fn rearming_starts_anew() {
        let mut retry = Retry::default();
        delays(&mut retry, 1.0);
        assert_eq!(retry.lost(START, 1.0), Next::Stop);
        retry.rearm();
        assert_eq!(delays(&mut retry, 1.0).len(), 5);
    }
}
