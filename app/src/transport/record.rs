//! What worked on this device before.

use std::{fmt, time::Duration};

use super::Transport;

/// The transport that worked, and when that was found out.
///
/// It is kept as text: the transport's name, a space, and milliseconds since the start of 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    pub transport: Transport,
    /// Since the start of 1970.
    pub found: Duration,
}

impl Record {
    /// How long a record is believed. Then the best transport is tried again, and whoever still
    /// is in a network without WebSocket waits for it once.
    pub const LIFE: Duration = Duration::from_secs(24 * 60 * 60);

    /// Reads a record; `None` for what is none, whoever wrote it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, millis) = text.split_once(' ')?;
        Some(Self {
            transport: Transport::named(name)?,
            found: Duration::from_millis(millis.parse().ok()?),
        })
    }

    /// Whether it is still to be believed at `date`. One from the future is not: somebody set the
    /// clock, and it might never age.
    #[must_use]
    pub fn holds(&self, date: Duration) -> bool {
        date.checked_sub(self.found)
            .is_some_and(|age| age < Self::LIFE)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.transport.name(), self.found.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUND: Duration = Duration::from_millis(1_795_000_000_123);

    #[test]
    fn what_is_kept_is_read_back() {
        for transport in Transport::ALL {
            let record = Record {
                transport,
                found: FOUND,
            };
            assert_eq!(Record::parse(&record.to_string()), Some(record));
        }
    }

    #[test]
    fn what_is_no_record_is_ignored() {
        for text in [
            "",
            "xhr",
            "xhr ",
            " 1",
            "xhr -1",
            "xhr 1.5",
            "xhr 99999999999999999999",
            "telepathy 1",
            "xhr  1",
        ] {
            assert_eq!(Record::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_record_holds_for_a_day() {
        let record = Record {
            transport: Transport::Polling,
            found: FOUND,
        };
        let instant = Duration::from_millis(1);
        assert!(record.holds(FOUND));
        assert!(record.holds(FOUND + Record::LIFE - instant));
        assert!(!record.holds(FOUND + Record::LIFE));
        assert!(!record.holds(FOUND - instant));
    }
}
