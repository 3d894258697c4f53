//! SockJS: WebSocket for browsers, with the framing that `sockjs-client` and Spring's SockJS
//! clients speak, and a raw WebSocket beside it.
//!
//! [`frame`] is pure and builds everywhere, the browser included. The feature `server` adds the
//! rest: `router` makes the routes of one endpoint for axum, and calls a handler with a
//! `Session` for every peer that connects, whatever transport it came by.
//!
//! ```
//! # #[cfg(feature = "server")] {
//! use axum::Router;
//! use sockjs::{Options, Session};
//!
//! async fn echo(mut session: Session) {
//!     while let Some(message) = session.recv().await {
//!         if session.send(message).await.is_err() {
//!             break;
//!         }
//!     }
//! }
//!
//! let app: Router = Router::new().merge(sockjs::router("/echo", Options::default(), echo));
//! # }
//! ```
//!
//! # What an endpoint answers
//!
//! | path below the prefix | answer |
//! |---|---|
//! | nothing, `/` | `Welcome to SockJS!` |
//! | `/info` | what the server can do, as JSON, for any origin |
//! | `/{server}/{session}/websocket` | a WebSocket with SockJS frames |
//! | `/websocket` | a WebSocket without frames; also for clients that never heard of SockJS |
//! | anything else | 404 |
//!
//! The HTTP transports of SockJS are not served. A client whose WebSocket is blocked tries them,
//! gets 404 and reports that all transports failed.
//!
//! # What a peer can do to us
//!
//! Every message, queue, wait and count has a limit in `Options`. A peer that breaks a limit or
//! the protocol is told why with a WebSocket close code (1002, 1007 or 1009); one that falls silent
//! or takes nothing is dropped. `Session::closed` tells which.
//!
//! # Layout
//!
//! `session` holds the handle that a handler gets and, under it, `core`, the pure machine that
//! decides what goes out when. A file of `transport` drives one kind of connection against that
//! machine. `router` reads the path, `discovery` answers the plain requests, and `registry` counts.

#![warn(missing_docs)]

pub mod frame;

#[cfg(feature = "server")]
mod discovery;
#[cfg(feature = "server")]
mod iframe;
#[cfg(feature = "server")]
mod info;
#[cfg(feature = "server")]
mod options;
#[cfg(feature = "server")]
mod origin;
#[cfg(feature = "server")]
mod registry;
#[cfg(feature = "server")]
mod reply;
#[cfg(feature = "server")]
mod resource;
#[cfg(feature = "server")]
mod router;
#[cfg(feature = "server")]
mod session;
#[cfg(feature = "server")]
mod transport;

#[cfg(feature = "server")]
pub use self::{
    info::{Info, Transport},
    options::Options,
    origin::{AllowedOrigins, PatternError},
    router::router,
    session::{Closed, SendError, Session},
};
