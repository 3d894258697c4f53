//! Roomside's pages, for the server that renders them and the browser that brings them to life.
//!
//! # Layout
//!
//! - Pages: [`shell`](fn@shell) around all of them (on the server), [`App`] with the routes,
//!   `lobby` and `room`; and, on the server alone, [`transports`] and [`search`].
//! - Their parts: `nickname`, `composer`, `log_view` with `pending`, `changing` and `scroll`, `status`,
//!   `switch`, `refusal`, `asleep`.
//! - What the parts of a room share: `visit`, and behind it, in the browser, `link`: one loop that
//!   drives a [`stomp`](https://stomp.github.io) client over a WebSocket or, where the network
//!   blocks it, over SockJS.
//! - Values without page, socket or clock: `log`, `rows`, `outbox`, `retry`, `transport`, `ime`,
//!   `calendar`, in the browser `author`, and `i18n`, all the words.
//! - What differs between server and browser, each twice with one signature: [`data`] (rooms and
//!   messages) and `host` (language, nickname, time zone, link). In the
//!   browser both ask the server through `fetch`.
//!
//! Exactly one of the features `ssr`, `hydrate` and `csr` is on. The packages `server` and
//! `frontend` choose it.

#[cfg(not(any(feature = "ssr", feature = "hydrate", feature = "csr")))]
compile_error!("choose one of the features ssr, hydrate and csr");
#[cfg(any(
    all(feature = "ssr", any(feature = "hydrate", feature = "csr")),
    all(feature = "hydrate", feature = "csr")
))]
compile_error!("ssr, hydrate and csr exclude one another: build server and frontend separately");

pub mod calendar;
pub mod changing;
pub mod composer;
pub mod data;
pub mod i18n;
pub mod ime;
pub mod lobby;
pub mod log;
pub mod log_view;
pub mod nickname;
pub mod outbox;
pub mod pages;
pub mod refusal;
pub mod retry;
pub mod room;
pub mod rows;
pub mod scroll;
pub mod status;
pub mod switch;
pub mod transport;
pub mod visit;

mod asleep;
#[cfg(any(feature = "hydrate", feature = "csr", test))]
mod author;
#[cfg(any(feature = "hydrate", feature = "csr"))]
mod fetch;
mod host;
#[cfg(any(feature = "hydrate", feature = "csr"))]
mod link;
mod pending;
mod row_view;
#[cfg(feature = "ssr")]
pub mod search;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
pub mod transports;

#[cfg(test)]
mod sample;

#[cfg(feature = "ssr")]
pub use data::{BoxFuture, NotFound, Source};
pub use data::{HISTORY, LoadError, Place};
pub use pages::App;
#[cfg(feature = "ssr")]
pub use shell::shell;
