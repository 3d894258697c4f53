//! Time for machines that take it as an argument.

use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chat::Timestamp;
use tokio::time::{Sleep, sleep_until};

/// A steady clock that starts at zero when the server does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub(crate) fn now(self) -> Duration {
        self.0.elapsed()
    }

    /// Resolves when this clock shows `at`; never where there is nothing to wait for.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub(crate) async fn until(self, at: Option<Duration>) {
        match at {
            Some(at) => sleep_until((self.0 + at).into()).await,
            None => std::future::pending().await,
        }
    }
}

/// Deadlines at least so far away are moved to the next [`TICK`], so that thousands of idle sessions
/// wake the runtime together and not one by one. A heart-beat that is so far away is sent half a
/// second or more before it is due, so that it keeps its promise.
const FAR: Duration = Duration::from_secs(5);

/// What far deadlines are rounded up to.
const TICK: Duration = Duration::from_millis(250);

/// The one timer of a session.
///
/// A session's deadline moves with every octet, nearly always to later. So the alarm is left as it
/// is then: it goes off at the earlier moment, whoever waits finds nothing to do, and sets it
/// again. A busy session thus touches the timers of the runtime a few times per heart-beat, not
/// once per message.
#[derive(Debug)]
pub(crate) struct Alarm {
    clock: Clock,
    sleep: Pin<Box<Sleep>>,
    armed: Option<Duration>,
}

impl Alarm {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            sleep: Box::pin(sleep_until(clock.0.into())),
            armed: None,
        }
    }

    /// Makes it go off at this moment at the latest, or a [`TICK`] later where that is far away.
    pub(crate) fn set(&mut self, at: Option<Duration>) {
        if let Some(at) = at.map(|at| self.shared_tick(at))
            && self.armed.is_none_or(|armed| at < armed)
        {
            self.sleep.as_mut().reset((self.clock.0 + at).into());
            self.armed = Some(at);
        }
    }

    fn shared_tick(&self, at: Duration) -> Duration {
        if at < self.clock.now() + FAR {
            return at;
        }
        let ticks = at.as_millis().div_ceil(TICK.as_millis());
        u32::try_from(ticks).map_or(at, |ticks| TICK * ticks)
    }

    /// Resolves when it goes off, which may be before the moment last set; never where none was.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub(crate) async fn ring(&mut self) {
        if self.armed.is_none() {
            std::future::pending::<()>().await;
        }
        self.sleep.as_mut().await;
        self.armed = None;
    }
}

/// What the calendar says.
pub(crate) fn today() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    fn clock() -> Clock {
        Clock(tokio::time::Instant::now().into_std())
    }

    #[tokio::test(start_paused = true)]
    async fn an_alarm_is_never_late() {
        let start = tokio::time::Instant::now();
        let mut alarm = Alarm::new(clock());
        alarm.set(seconds(10));
        alarm.set(seconds(4));
        alarm.set(seconds(20));
        alarm.ring().await;
        assert_eq!(start.elapsed().as_secs(), 4);
        alarm.set(seconds(20));
        alarm.ring().await;
        assert_eq!(start.elapsed().as_secs(), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn far_deadlines_share_their_ticks() {
        let start = tokio::time::Instant::now();
        let mut alarm = Alarm::new(clock());
        for (at, rings) in [(4_999, 4_999), (10_010, 10_250)] {
            alarm.set(Some(Duration::from_millis(at)));
            alarm.ring().await;
            assert_eq!(start.elapsed().as_millis(), rings);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_alarm_that_is_not_set_is_silent() {
        let mut alarm = Alarm::new(clock());
        alarm.set(None);
        let rang = tokio::time::timeout(Duration::from_secs(1_000), alarm.ring()).await;
        assert!(rang.is_err());
    }
}
