//! The whole server, in this process and as a program of its own.

mod acks;
mod admin;
mod api;
mod changes;
mod chat;
mod client;
mod destinations;
mod disk;
mod durability;
mod hard_days;
mod heartbeats;
mod http;
mod log;
mod measure;
mod metrics;
mod pipelining;
mod program;
mod refusals;
mod sockjs;
mod soft_errors;
mod support;
mod tcp;
mod tls;
mod websocket;
