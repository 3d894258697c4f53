use std::time::Duration;

use crate::{Headers, Limits, Text, Tolerance};

/// How a [`Client`](crate::Client) behaves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientOptions {
    /// The `host` of CONNECT: the name that the connection was opened to. The specification asks
    /// for it; the servers known to us do without.
    pub host: Option<Text>,
    /// Milliseconds between the beats we can send, and between those we want; 0 for never. The
    /// default promises none, because browsers hold back the timers of hidden pages and a promise
    /// that is not kept costs the connection, and wants one every 10 s.
    pub heartbeat: (u32, u32),
    /// How late the server's beats may be.
    pub tolerance: Tolerance,
    /// What the server may ask us to hold.
    pub limits: Limits,
    /// More headers for CONNECT: `login`, `passcode`, a token.
    pub headers: Headers,
    /// How long to wait for CONNECTED, and for the RECEIPT of DISCONNECT; 10 s by default.
    pub reply_timeout: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            host: None,
            heartbeat: (0, 10_000),
            tolerance: Tolerance::PROMPT,
            limits: Limits::default(),
            headers: Headers::new(),
            reply_timeout: Duration::from_secs(10),
        }
    }
}
