//! Roomside's server: the app, SockJS and the JSON interface over one log of rooms.
//!
//! # Layout
//!
//! - [`config`]: what an operator can set.
//! - [`admin`]: jobs for an operator, done instead of serving.
//! - [`serve`]: from settings to a running server, and back down without losing anything.
//! - [`router`](crate::router()): the list of what is answered.
//! - `net`: what the server listens on, and what a session speaks over.
//! - `session`: one client, one loop; `session/follow` joins a room's log to its live messages.
//! - `names`: who goes by which name; `rules`: what clients may do, and how much of it.
//! - `metrics`: what operators count.
//! - `rooms`: what a SEND into a room means; `rooms/presence` knows who is in.
//! - `sweep`: letting go what is not to be kept.
//! - `web`: pages, the JSON interface, health.

pub mod admin;
pub mod config;
pub mod serve;

mod clock;
mod lock;
mod metrics;
mod names;
mod net;
mod rooms;
mod router;
mod rules;
mod session;
mod sessions;
mod state;
mod sweep;
mod web;

pub use config::Config;
pub use net::{Reloader, TlsError};
pub use router::router;
pub use serve::{Server, StartError};
pub use state::AppState;
