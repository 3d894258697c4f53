use std::time::Duration;

use crate::{Limits, Text, Tolerance};

/// How a [`Server`](crate::Server) behaves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerOptions {
    /// What a client may ask us to hold.
    pub limits: Limits,
    /// Milliseconds between the beats we can send, and between those we want; 0 for never. The
    /// default of 10 s both ways is what Spring says with a scheduler, and what its clients ask.
    pub heartbeat: (u32, u32),
    /// How late a client's beats may be.
    pub tolerance: Tolerance,
    /// How long a client may take to send CONNECT. 10 s by default, as RabbitMQ grants.
    pub connect_timeout: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            heartbeat: (10_000, 10_000),
            tolerance: Tolerance::PATIENT,
            connect_timeout: Duration::from_secs(10),
        }
    }
}

/// What CONNECTED tells a client besides version and heart-beat.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Accepted {
    /// An id of this session, for `session`.
    pub session: Option<Text>,
    /// Who the client is to us, for `user-name`, a header of Spring's.
    pub user_name: Option<Text>,
}
