//! The whole server, in this process and as a program of its own.

mod acks;
mod api;
mod chat;
mod client;
mod destinations;
mod durability;
mod heartbeats;
mod http;
mod log;
mod measure;
mod pipelining;
mod program;
mod refusals;
mod sockjs;
mod support;
mod tcp;
mod tls;
mod websocket;
