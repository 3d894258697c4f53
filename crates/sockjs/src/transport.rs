//! The kinds of connection that a session may run over, each driving the same core.

pub(crate) mod http;
pub(crate) mod websocket;
