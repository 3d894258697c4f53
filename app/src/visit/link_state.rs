//! What the page knows of the link.

/// How the link is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    Connecting,
    Connected,
    /// The `attempt`th try comes in so many seconds.
    Waiting {
        attempt: u32,
        seconds: u64,
    },
    /// No further try comes by itself.
    Stopped {
        /// The server said no.
        refused: bool,
    },
}

impl LinkState {
    /// The word in `data-state`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Waiting { .. } => "waiting",
            Self::Stopped { .. } => "stopped",
        }
    }
}
