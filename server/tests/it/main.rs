//! The whole server, in this process and as a program of its own.

mod acks;
mod admin;
mod api;
mod changes;
mod chaos;
#[cfg(feature = "postgres-tests")]
mod chaos_postgres;
mod chat;
mod client;
mod crowd;
mod destinations;
mod disk;
mod durability;
#[cfg(target_os = "linux")]
mod full_disk;
mod hard_days;
mod heartbeats;
mod http;
mod keep;
mod log;
mod measure;
mod metrics;
mod openapi;
#[cfg(target_os = "linux")]
mod ownership;
mod pipelining;
mod program;
mod refusals;
mod search;
mod settings;
mod sockjs;
mod soft_errors;
mod support;
mod tcp;
mod tls;
mod websocket;
