//! Whether the peer is there to take what a session says: pure, with `now` passed in.
//!
//! A WebSocket carries its session from the first byte to the last, and watches the peer by
//! itself. On the HTTP transports the peer comes with one request after the other to fetch what
//! waits, and this machine tells when it stays away for too long.
//!
//! ```text
//!            attend                     leave
//! (Absent) ──────────▶ (Present) ─────────────────▶ (Absent)
//!    │ disconnect_delay     │ send_timeout, with something to take
//!    ▼                      ▼
//!  Closed::Peer           Closed::Slow
//! ```

use std::time::Duration;

use tokio::time::Instant;

use crate::{Closed, Options};

/// Bytes of a response for which a peer that has to fetch it over a thin line gets one millisecond
/// more until it has to be back. A full response of 128 KiB makes 16 seconds: what we have written
/// may still wait in buffers on the way when we take it for delivered.
const BYTES_PER_MILLISECOND: usize = 8;

#[derive(Debug)]
pub(super) struct Attendance {
    state: State,
    disconnect_delay: Duration,
    send_timeout: Duration,
    response_time: Option<Duration>,
}

#[derive(Debug)]
enum State {
    /// One connection is there as long as the session.
    Lasting,
    /// A request waits for what we say.
    Present {
        /// Since when there is something of which nothing is taken.
        stuck: Option<Instant>,
        /// When it has been there for long enough.
        enough: Option<Instant>,
    },
    /// No request waits. One has to come before `until`.
    Absent { until: Instant },
}

impl Attendance {
    pub(super) fn new(options: &Options, lasting: bool, now: Instant) -> Self {
        Self {
            state: if lasting {
                State::Lasting
            } else {
                State::Absent {
                    until: now + options.disconnect_delay,
                }
            },
            disconnect_delay: options.disconnect_delay,
            send_timeout: options.send_timeout,
            response_time: options.response_time,
        }
    }

    pub(super) fn is_lasting(&self) -> bool {
        matches!(self.state, State::Lasting)
    }

    /// Whether what is due now can go out.
    pub(super) fn is_present(&self) -> bool {
        !matches!(self.state, State::Absent { .. })
    }

    /// A request comes to fetch; whether it may, as there is only ever one.
    pub(super) fn attend(&mut self, now: Instant) -> bool {
        let may = !self.is_present();
        if may {
            self.state = State::Present {
                stuck: None,
                enough: self.response_time.map(|time| now + time),
            };
        }
        may
    }

    /// When the request should leave, if it is there and should ever.
    pub(super) fn enough(&self) -> Option<Instant> {
        match self.state {
            State::Present { enough, .. } => enough,
            State::Lasting | State::Absent { .. } => None,
        }
    }

    /// The request leaves with a response of so many bytes.
    pub(super) fn leave(&mut self, bytes: usize, now: Instant) {
        if let State::Present { .. } = self.state {
            let travel = Duration::from_millis((bytes / BYTES_PER_MILLISECOND) as u64);
            self.state = State::Absent {
                until: now + self.disconnect_delay + travel,
            };
        }
    }

    /// There is something to take.
    pub(super) fn offer(&mut self, now: Instant) {
        if let State::Present { stuck, .. } = &mut self.state {
            stuck.get_or_insert(now);
        }
    }

    /// Something was taken.
    pub(super) fn taken(&mut self) {
        if let State::Present { stuck, .. } = &mut self.state {
            *stuck = None;
        }
    }

    /// Whether something waits that was offered.
    pub(super) fn is_stuck(&self) -> bool {
        matches!(self.state, State::Present { stuck: Some(_), .. })
    }

    /// Why the peer is lost, if it is.
    pub(super) fn lost(&self, now: Instant) -> Option<Closed> {
        if self.next_timeout()? > now {
            None
        } else if self.is_present() {
            Some(Closed::Slow)
        } else {
            Some(Closed::Peer)
        }
    }

    /// When the peer will be lost.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Lasting => None,
            State::Present { stuck, .. } => Some(stuck? + self.send_timeout),
            State::Absent { until } => Some(until),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn absent() -> (Attendance, Instant) {
        let now = Instant::now();
        (Attendance::new(&Options::default(), false, now), now)
    }

    #[test]
    fn a_peer_that_stays_away_for_5_seconds_has_left() {
        let (mut attendance, start) = absent();
        assert_eq!(attendance.next_timeout(), Some(start + 5 * SECOND));
        assert!(attendance.attend(start));
        assert_eq!(attendance.lost(start + 3600 * SECOND), None);
        attendance.leave(0, start + 10 * SECOND);
        assert_eq!(attendance.lost(start + 14 * SECOND), None);
        assert_eq!(attendance.lost(start + 15 * SECOND), Some(Closed::Peer));
    }

    #[test]
    fn there_is_only_one_request_at_a_time() {
        let (mut attendance, start) = absent();
        assert!(attendance.attend(start));
        assert!(!attendance.attend(start));
        attendance.leave(0, start);
        assert!(attendance.attend(start));
    }

    #[test]
    fn a_request_has_been_there_for_long_enough_after_25_seconds() {
        let (mut attendance, start) = absent();
        assert_eq!(attendance.enough(), None);
        attendance.attend(start + SECOND);
        assert_eq!(attendance.enough(), Some(start + 26 * SECOND));
        attendance.leave(0, start);
        assert_eq!(attendance.enough(), None);
    }

    #[test]
    fn a_long_response_gives_a_thin_line_more_time() {
        let (mut attendance, start) = absent();
        attendance.attend(start);
        attendance.leave(128 * 1024, start);
        let late = Duration::from_millis(128 * 1024 / 8);
        assert_eq!(attendance.next_timeout(), Some(start + 5 * SECOND + late));
    }

    #[test]
    fn a_request_that_takes_nothing_of_what_is_there_is_too_slow() {
        let (mut attendance, start) = absent();
        attendance.attend(start);
        attendance.offer(start);
        attendance.offer(start + 9 * SECOND);
        assert!(attendance.is_stuck());
        assert_eq!(attendance.lost(start + 9 * SECOND), None);
        assert_eq!(attendance.lost(start + 10 * SECOND), Some(Closed::Slow));
        attendance.taken();
        assert_eq!(attendance.next_timeout(), None);
        attendance.offer(start + 20 * SECOND);
        assert_eq!(attendance.next_timeout(), Some(start + 30 * SECOND));
    }

    #[test]
    fn one_connection_for_the_whole_session_is_not_watched_here() {
        let now = Instant::now();
        let mut attendance = Attendance::new(&Options::default(), true, now);
        assert!(attendance.is_present());
        attendance.offer(now);
        attendance.leave(0, now);
        assert_eq!(attendance.next_timeout(), None);
        assert_eq!(attendance.lost(now + 3600 * SECOND), None);
    }
}
