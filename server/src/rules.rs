//! What clients may do with plain topics and queues.

/// The operator's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Whether patterns such as `/topic/**` may be subscribed to.
    pub(crate) wildcards: bool,
    /// Messages of one subscription that may wait for their ACK.
    pub(crate) max_unacked: usize,
    /// Rooms that one session may be present in: as many as it may follow.
    pub(crate) max_places: usize,
}
