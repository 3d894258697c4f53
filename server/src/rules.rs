//! What clients may do, and how much of it.

/// The operator's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Whether patterns such as `/topic/**` may be subscribed to.
    pub(crate) wildcards: bool,
    /// Messages of one subscription that may wait for their ACK.
    pub(crate) max_unacked: usize,
    /// Rooms that one session may be present in: as many as it may follow.
    pub(crate) max_places: usize,
    pub(crate) pending: Pending,
    /// Lines of a room that a subscription gets where it does not say from where on.
    pub(crate) room_history: u64,
    /// How often a session may subscribe or unsubscribe.
    pub(crate) subscribing: Rate,
    /// Whether a client may make a queue shared that the operator has not declared.
    pub(crate) clients_share_queues: bool,
}

/// So many a second in the long run, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) per_second: u32,
    pub(crate) burst: u32,
}

/// How much of one client may be on its way to the log before its socket is read no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    /// Frames, those that wait behind a message among them.
    pub(crate) frames: usize,
    /// Bytes of messages' bodies.
    pub(crate) bytes: usize,
}
