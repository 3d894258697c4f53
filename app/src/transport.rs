//! The ways in which a conversation can travel, and everything about them that needs no browser.
//!
//! # Layout
//!
//! - `choice`: which one to try, and for how long.
//! - `record`: what worked on this device before.
//! - `download`: the frames in the answers of a SockJS session over HTTP.
//! - `upload`: what waits to be posted to one.

mod choice;
mod download;
mod record;
mod upload;

pub use self::{
    choice::{Choice, Next},
    download::{Download, Fault, Said},
    record::Record,
    upload::{Full, Upload},
};

/// A transport, by what it takes of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// One connection both ways.
    WebSocket,
    /// An answer that does not end, and a request for what is said. For networks that know
    /// nothing but HTTP.
    Streaming,
    /// An answer for each thing that is heard. For networks that pass on only whole answers.
    Polling,
}

impl Transport {
    /// All of them, the best first.
    pub const ALL: [Self; 3] = [Self::WebSocket, Self::Streaming, Self::Polling];

    /// Its name in the addresses of SockJS.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Streaming => "xhr_streaming",
            Self::Polling => "xhr",
        }
    }

    /// The transport of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}
