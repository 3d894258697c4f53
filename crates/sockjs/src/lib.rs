//! SockJS: WebSockets for browsers, and HTTP where WebSockets are blocked, as `sockjs-client` and
//! Spring's SockJS clients speak it; and a raw WebSocket beside it.
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
//! The example `conformance` is a whole server.
//!
//! # What an endpoint answers
//!
//! | path below the prefix | answer |
//! |---|---|
//! | nothing, `/` | `Welcome to SockJS!` |
//! | `/info` | what the server can do, as JSON |
//! | `/iframe*.html` | the page for the iframe transports, if there is a script for it |
//! | `/sockjs-{version}.min.js` | that script, from `Options::client_scripts` |
//! | `/websocket` | a WebSocket without frames; also for clients that never heard of SockJS |
//! | `/{server}/{session}/websocket` | a WebSocket with SockJS frames |
//! | `/{server}/{session}/xhr_streaming`, `eventsource`, `htmlfile` | frames as they come, in a response that ends after `Options::response_limit` |
//! | `/{server}/{session}/xhr`, `jsonp` | the next frame |
//! | `/{server}/{session}/xhr_send`, `jsonp_send` | takes the peer's messages |
//! | anything else | 404 |
//!
//! It keeps the rules of the protocol's test suite, sockjs-protocol, but for the handshakes of
//! WebSocket drafts before RFC 6455, which no browser has sent since 2012. `Options::spring_compat`
//! is for those who rely on what Spring does differently.
//!
//! A request that fetches may say `?answers=N`: how many answers of its session have come through
//! so far. An answer that is not among them was lost, and the session ends with
//! `c[1002,"Connection interrupted"]` instead of going on without it. Clients need not count.
//!
//! # What a peer can do to us
//!
//! Every message, queue, wait and count has a limit in `Options`. A peer that breaks a limit or
//! the protocol is told why: by a WebSocket close code (1002, 1003, 1007 or 1009), or by a status
//! (403, 404, 405, 408, 413, 500 or 503) with a text. One that falls silent, takes nothing or does
//! not come back is dropped. `Session::closed` tells which.
//!
//! Pages of other sites are answered 403 unless `Options::allowed_origins` lists them. Nobody else
//! is asked who they are: that is the application's business. Whoever knows the id of an HTTP
//! session can speak in it, so the ids are for clients to choose at random, as `sockjs-client`
//! does, and not to be shown to others.
//!
//! # Behind a proxy
//!
//! A proxy has to leave `Host` as it is, must not collect a response before it hands it on, and
//! has to wait for longer than the 25 seconds that a request may be silent. All requests of one
//! session have to reach the same server; the first id of the path is there to balance by.
//!
//! nginx:
//!
//! ```text
//! location /websc {
//!     proxy_pass http://127.0.0.1:3000;
//!     proxy_http_version 1.1;
//!     proxy_set_header Host $http_host;
//!     proxy_set_header Upgrade $http_upgrade;
//!     proxy_set_header Connection $connection_upgrade;
//!     proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
//!     proxy_buffering off;
//!     proxy_read_timeout 75s;
//! }
//! # And in the block http, for WebSockets and kept connections alike:
//! map $http_upgrade $connection_upgrade { default upgrade; "" ""; }
//! ```
//!
//! The streaming responses ask nginx for `proxy_buffering off` by themselves, with
//! `X-Accel-Buffering: no`. Caddy needs no more than `reverse_proxy 127.0.0.1:3000`, as it passes
//! `Host` on and does not buffer what has no length.
//!
//! # Layout
//!
//! `session` holds the handle that a handler gets and, under it, `core`, the pure machine that
//! decides what goes out when. `transport::websocket` drives one connection against that machine,
//! `transport::http` one request after the other. `resource` reads a path, `router` hands the
//! request to whoever answers it: `discovery` and `iframe` the plain ones. `origin` says who may
//! ask, `registry` who is there, and `reply` has what many answers share.

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
    transport::websocket::{Beneath, Outlet, TryWrite, Written, write_now},
};
