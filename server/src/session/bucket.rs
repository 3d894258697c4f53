//! How often one client may do something.

use std::time::Duration;

use crate::rules::Rate;

/// A bucket of tokens that fills by the clock. It remembers one moment: when it will be full.
#[derive(Debug)]
pub(super) struct Bucket {
    /// The time in which one token comes.
    each: Duration,
    /// The time in which it fills.
    whole: Duration,
    full_at: Duration,
}

impl Bucket {
    pub(super) fn new(rate: Rate) -> Self {
        let each = Duration::from_secs(1) / rate.per_second.max(1);
        Self {
            each,
            whole: each.saturating_mul(rate.burst.max(1)),
            full_at: Duration::ZERO,
        }
    }

    /// Takes a token, or says when there will be one.
    pub(super) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let full_at = self.full_at.max(now) + self.each;
        if full_at > now + self.whole {
            return Err(full_at.saturating_sub(self.whole));
        }
        self.full_at = full_at;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_burst_is_let_through_and_then_one_each_time_a_token_comes() {
        let mut bucket = Bucket::new(Rate {
            per_second: 10,
            burst: 3,
        });
        for _ in 0..3 {
            assert_eq!(bucket.take(at(5_000)), Ok(()));
        }
        assert_eq!(bucket.take(at(5_000)), Err(at(5_100)));
        assert_eq!(bucket.take(at(5_099)), Err(at(5_100)));
        assert_eq!(bucket.take(at(5_100)), Ok(()));
        assert_eq!(bucket.take(at(5_100)), Err(at(5_200)));
    }

    #[test]
    fn it_fills_to_the_burst_and_no_further() {
        let mut bucket = Bucket::new(Rate {
            per_second: 1_000,
            burst: 2,
        });
        for now in [at(0), at(60_000)] {
            assert_eq!(bucket.take(now), Ok(()));
            assert_eq!(bucket.take(now), Ok(()));
            assert!(bucket.take(now).is_err());
        }
    }
}
