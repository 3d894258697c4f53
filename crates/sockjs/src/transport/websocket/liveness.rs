//! Whether the peer is still there, and whether it takes what we send: pure, with `now` passed in.

use std::time::Duration;

use tokio::time::Instant;

use crate::{Closed, Options};

#[derive(Debug)]
pub(super) struct Liveness {
    ping_interval: Duration,
    pong_timeout: Duration,
    send_timeout: Duration,
    /// When a byte last came, or when we last chose not to read.
    heard: Instant,
    pinged: Instant,
    /// Since when something waits of which nothing is taken.
    stuck: Option<Instant>,
}

/// What the clock asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Fine,
    /// A ping is due.
    Ping,
    /// The peer is lost.
    Lost(Closed),
}

impl Liveness {
    pub(super) fn new(options: &Options, now: Instant) -> Self {
        Self {
            ping_interval: options.ping_interval,
            pong_timeout: options.pong_timeout,
            send_timeout: options.send_timeout,
            heard: now,
            pinged: now,
            stuck: None,
        }
    }

    /// Something came, or we do not listen and cannot know.
    pub(super) fn heard(&mut self, now: Instant) {
        self.heard = now;
    }

    /// Something waits for the peer; `progress` if it has taken some of it since the last call.
    pub(super) fn waits(&mut self, progress: bool, now: Instant) {
        if progress || self.stuck.is_none() {
            self.stuck = Some(now);
        }
    }

    /// Nothing waits any more.
    pub(super) fn taken(&mut self) {
        self.stuck = None;
    }

    /// Looks at the clock. A ping that is due counts as sent.
    pub(super) fn check(&mut self, now: Instant) -> Verdict {
        if self
            .stuck
            .is_some_and(|since| since + self.send_timeout <= now)
        {
            Verdict::Lost(Closed::Slow)
        } else if self.heard + self.pong_timeout <= now && self.has_been_asked(now) {
            Verdict::Lost(Closed::Silent)
        } else if self.next_ping() <= now {
            self.pinged = now;
            Verdict::Ping
        } else {
            Verdict::Fine
        }
    }

    /// When to look again at the latest.
    pub(super) fn next_timeout(&self) -> Instant {
        let lost = (self.heard + self.pong_timeout).max(self.pinged + self.to_answer());
        let heard = self.next_ping().min(lost);
        match self.stuck {
            Some(since) => heard.min(since + self.send_timeout),
            None => heard,
        }
    }

    /// Whether a ping has waited for its answer. Nobody is lost for having been silent while a
    /// handler was busy and nobody asked.
    fn has_been_asked(&self, now: Instant) -> bool {
        self.pinged > self.heard && self.pinged + self.to_answer() <= now
    }

    /// What a ping leaves of the time in which something has to come.
    fn to_answer(&self) -> Duration {
        self.pong_timeout.saturating_sub(self.ping_interval)
    }

    fn next_ping(&self) -> Instant {
        self.heard.max(self.pinged) + self.ping_interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn started() -> (Liveness, Instant) {
        let now = Instant::now();
        (Liveness::new(&Options::default(), now), now)
    }

    #[test]
    fn silence_is_answered_with_a_ping_and_then_with_the_end() {
        let (mut liveness, start) = started();
        assert_eq!(liveness.next_timeout(), start + 20 * SECOND);
        assert_eq!(liveness.check(start + 19 * SECOND), Verdict::Fine);
        assert_eq!(liveness.check(start + 20 * SECOND), Verdict::Ping);
        assert_eq!(liveness.check(start + 20 * SECOND), Verdict::Fine);
        assert_eq!(liveness.check(start + 39 * SECOND), Verdict::Fine);
        assert_eq!(
            liveness.check(start + 40 * SECOND),
            Verdict::Lost(Closed::Silent)
        );
    }

    #[test]
    fn who_was_not_asked_is_not_lost() {
        let (mut liveness, start) = started();
        let late = start + 3600 * SECOND;
        assert_eq!(liveness.check(late), Verdict::Ping);
        assert_eq!(liveness.check(late + 19 * SECOND), Verdict::Fine);
        assert_eq!(
            liveness.check(late + 20 * SECOND),
            Verdict::Lost(Closed::Silent)
        );
    }

    #[test]
    fn anything_heard_starts_the_silence_anew() {
        let (mut liveness, start) = started();
        liveness.heard(start + 39 * SECOND);
        assert_eq!(liveness.check(start + 58 * SECOND), Verdict::Fine);
        assert_eq!(liveness.check(start + 59 * SECOND), Verdict::Ping);
        assert_eq!(
            liveness.check(start + 79 * SECOND),
            Verdict::Lost(Closed::Silent)
        );
    }

    #[test]
    fn a_peer_may_be_slow_as_long_as_it_takes_something() {
        let (mut liveness, start) = started();
        liveness.waits(false, start);
        liveness.heard(start + 9 * SECOND);
        liveness.waits(false, start + 9 * SECOND);
        assert_eq!(liveness.next_timeout(), start + 10 * SECOND);
        liveness.waits(true, start + 9 * SECOND);
        assert_eq!(liveness.check(start + 18 * SECOND), Verdict::Fine);
        assert_eq!(
            liveness.check(start + 19 * SECOND),
            Verdict::Lost(Closed::Slow)
        );
        liveness.taken();
        assert_eq!(liveness.check(start + 19 * SECOND), Verdict::Fine);
    }
}
