//! Connections: what the server listens on, and what a session speaks over.

mod certificate;
mod door;
mod link;
mod listener;
mod seats;
mod stream;
mod tcp;

pub use self::certificate::{Reloader, TlsError};
pub(crate) use self::{
    certificate::Certificate, door::Door, link::Link, listener::Listener, seats::Seats,
    tcp::Patience,
};
