//! Connections: what the server listens on, and what a session speaks over.

mod certificate;
mod direct;
mod door;
mod http;
mod link;
mod listener;
mod seats;
mod socket;
mod stream;
mod tcp;

pub use self::certificate::{Reloader, TlsError};
pub(crate) use self::{
    certificate::Certificate, door::Door, http::serve, link::Link, listener::Listener,
    seats::Seats, tcp::Patience,
};
