/// How much a peer may ask us to hold. Each limit is checked before memory is taken for it.
///
/// What is exactly at a limit passes, one more is refused (STOMP 1.2, Size Limits).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Octets of a whole frame, from its command to its closing NUL, both included. The default
    /// of 64 KiB is Spring's, so that whatever passed there passes here.
    pub frame: usize,
    /// Headers of one frame, repeated ones included. 64 by default: the busiest known clients
    /// send about ten.
    pub headers: usize,
    /// Octets of one line of the head without its line ending. 10 KiB by default: room for a
    /// token in a `CONNECT` header, but not for a body gone astray.
    pub header_line: usize,
    /// Transactions that a client may have open at a time. 16 by default, as RabbitMQ grants; 0
    /// for none at all.
    pub transactions: usize,
    /// Frames of one transaction. 1,000 by default, about what RabbitMQ grants.
    pub transaction_frames: usize,
    /// Octets of all open transactions of a session together: their names, and of each frame the
    /// body and the headers, each header counted with 64 octets more, which is what keeping it
    /// takes. 1 MiB by default: a thousand frames of usual size.
    pub transaction_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame: 64 * 1024,
            headers: 64,
            header_line: 10 * 1024,
            transactions: 16,
            transaction_frames: 1_000,
            transaction_bytes: 1024 * 1024,
        }
    }
}
