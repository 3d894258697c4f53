use std::time::Duration;

/// How much later than promised a peer's heart-beat may come before the link counts as lost.
///
/// It is lost after `factor` × the interval + `grace` without a single octet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tolerance {
    /// Intervals without a sign of life.
    pub factor: u32,
    /// Added to that, for intervals shorter than the hiccups of a network.
    pub grace: Duration,
}

impl Tolerance {
    /// For servers: 3 × the interval, which is what Spring grants, + 1 s. Browsers hold back the
    /// timers of hidden pages, so a client that lived with Spring must live here.
    pub const PATIENT: Self = Self {
        factor: 3,
        grace: Duration::from_secs(1),
    };
    /// For clients: 2 × the interval + 1 s. A person waits for it, so a dead link is to be noticed
    /// soon; Spring's real gap between beats reaches 2 × the interval, hence not less.
    pub const PROMPT: Self = Self {
        factor: 2,
        grace: Duration::from_secs(1),
    };
}

/// The heart-beats of one session, both ways (STOMP 1.2, Heart-beating).
///
/// Any octet is a sign of life in either direction, so beats flow only on an idle link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Heartbeat {
    send_every: Option<Duration>,
    lost_after: Option<Duration>,
    last_sent: Duration,
    last_heard: Duration,
}

impl Heartbeat {
    /// What the two `heart-beat` headers agree on, from this moment on. Each is (milliseconds
    /// between beats that can be sent, milliseconds wanted), with 0 for never.
    #[must_use]
    pub fn negotiate(
        ours: (u32, u32),
        theirs: (u32, u32),
        tolerance: Tolerance,
        now: Duration,
    ) -> Self {
        Self {
            send_every: agree(ours.0, theirs.1).map(|interval| interval - early(interval)),
            lost_after: agree(theirs.0, ours.1).map(|interval| {
                interval
                    .saturating_mul(tolerance.factor)
                    .saturating_add(tolerance.grace)
            }),
            last_sent: now,
            last_heard: now,
        }
    }

    /// The two numbers of a `heart-beat` header, spaces forgiven; `None` if it is not two numbers.
    /// A number past `u32::MAX`, which is 49 days, is taken for that.
    #[must_use]
    pub fn parse(header: &str) -> Option<(u32, u32)> {
        let (can, wants) = header.split_once(',')?;
        Some((milliseconds(can)?, milliseconds(wants)?))
    }

    /// Something was sent.
    pub fn sent(&mut self, now: Duration) {
        self.last_sent = now;
    }

    /// Something was received.
    pub fn heard(&mut self, now: Duration) {
        self.last_heard = now;
    }

    /// Whether it is time to send a beat.
    #[must_use]
    pub fn is_due(&self, now: Duration) -> bool {
        self.send_at().is_some_and(|at| now >= at)
    }

    /// For how long the peer has been silent, if that is too long.
    #[must_use]
    pub fn silence(&self, now: Duration) -> Option<Duration> {
        self.lost_at()
            .filter(|at| now >= *at)
            .map(|_| now.saturating_sub(self.last_heard))
    }

    /// The earlier of the two deadlines.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        [self.send_at(), self.lost_at()].into_iter().flatten().min()
    }

    /// When the next beat is to be sent.
    pub(crate) fn send_at(&self) -> Option<Duration> {
        self.send_every
            .map(|every| self.last_sent.saturating_add(every))
    }

    fn lost_at(&self) -> Option<Duration> {
        self.lost_after
            .map(|after| self.last_heard.saturating_add(after))
    }
}

/// The slower of what one side can and the other wants; `None` if either says never.
fn agree(can: u32, wants: u32) -> Option<Duration> {
    (can != 0 && wants != 0).then(|| Duration::from_millis(u64::from(can.max(wants))))
}

/// How much before the promised moment a beat is sent, so that a late timer and the way through
/// the socket still keep the promise: a tenth of the interval, at most one second.
fn early(interval: Duration) -> Duration {
    (interval / 10).min(Duration::from_secs(1))
}

fn milliseconds(number: &str) -> Option<u32> {
    let number = number.trim();
    // `parse` alone would let a sign pass.
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| number.parse().unwrap_or(u32::MAX))
}
