use std::time::Duration;

use super::transactions::Transactions;
use crate::{Closed, Heartbeat, Version};

/// How far a session has come.
#[derive(Debug)]
pub(super) enum State {
    Fresh {
        deadline: Duration,
    },
    Greeting {
        version: Version,
        theirs: (u32, u32),
    },
    Connected {
        version: Version,
        heartbeat: Heartbeat,
        transactions: Transactions,
    },
    Closed(Closed),
}

impl State {
    /// The version agreed on.
    pub(super) fn version(&self) -> Option<Version> {
        match *self {
            Self::Greeting { version, .. } | Self::Connected { version, .. } => Some(version),
            Self::Fresh { .. } | Self::Closed(_) => None,
        }
    }

    /// The octets that its transactions hold.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::Connected { transactions, .. } => transactions.octets(),
            Self::Fresh { .. } | Self::Greeting { .. } | Self::Closed(_) => 0,
        }
    }

    /// When the next beat is due.
    pub(super) fn beat_at(&self) -> Option<Duration> {
        match self {
            Self::Connected { heartbeat, .. } => heartbeat.send_at(),
            Self::Fresh { .. } | Self::Greeting { .. } | Self::Closed(_) => None,
        }
    }

    /// When something is to be done even if nothing comes.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match self {
            Self::Fresh { deadline } => Some(*deadline),
            Self::Connected { heartbeat, .. } => heartbeat.deadline(),
            Self::Greeting { .. } | Self::Closed(_) => None,
        }
    }
}
