//! Settings that cannot be, found before anything is opened.

use store::Options;

use super::{Config, ConfigError};

/// The longest time that can be set, in seconds: what is added to a clock must not overflow it.
pub(super) const LONGEST: u64 = 365 * 24 * 60 * 60;

/// The largest frame that can be set, 1 GiB: it is held in memory, and so is twice as much, in which
/// a browser may send it.
pub(super) const LARGEST_FRAME: usize = 1 << 30;

impl Config {
    pub(super) fn check(self) -> Result<Self, ConfigError> {
        self.database()?;
        self.tls()?;
        if self.max_frame > LARGEST_FRAME {
            return Err(ConfigError::TooLarge {
                name: "max_frame",
                value: self.max_frame as u64,
                most: LARGEST_FRAME as u64,
            });
        }
        // A frame must hold the longest message; the rest must hold at least something.
        for (name, value, least) in [
            ("max_frame", self.max_frame, 32 * 1024),
            ("max_headers", self.max_headers, 8),
            ("max_subscriptions", self.max_subscriptions, 1),
            ("max_waiting", self.max_waiting, self.max_frame * 2),
            (
                "max_waiting_total",
                self.max_waiting_total,
                self.max_waiting,
            ),
            ("max_subscribe_rate", self.max_subscribe_rate as usize, 1),
            ("max_subscribe_burst", self.max_subscribe_burst as usize, 1),
            ("max_sessions", self.max_sessions, 1),
            ("max_sessions_per_address", self.max_sessions_per_address, 1),
            ("max_header_line", self.max_header_line, 256),
            ("max_unacked", self.max_unacked, 1),
            ("max_pending", self.max_pending, 1),
            ("max_pending_bytes", self.max_pending_bytes, 1),
            ("max_queue", self.max_queue, self.max_frame * 2),
        ] {
            if value < least {
                return Err(ConfigError::TooSmall { name, value, least });
            }
        }
        // What is not to be kept at all is said on a plain topic, and not in a room. Nobody connects
        // in no time.
        for (name, value) in [
            ("keep_days", self.keep_days),
            ("keep_messages", self.keep_messages),
            ("connect_timeout", Some(self.connect_timeout)),
        ] {
            if value == Some(0) {
                let (value, least) = (0, 1);
                return Err(ConfigError::TooSmall { name, value, least });
            }
        }
        for (name, value) in [
            ("connect_timeout", self.connect_timeout),
            ("leave_after", self.leave_after),
        ] {
            if value > LONGEST {
                return Err(ConfigError::TooLong { name, value });
            }
        }
        if self.max_rooms > Options::MAX_ROOMS {
            return Err(ConfigError::TooLarge {
                name: "max_rooms",
                value: self.max_rooms,
                most: Options::MAX_ROOMS,
            });
        }
        self.shared_queues()?;
        self.allowed_origins()?;
        self.broker().check()?;
        Ok(self)
    }
}
