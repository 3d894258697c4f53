//! The whole server, in this process and as a program of its own.

mod api;
mod chat;
mod durability;
mod refusals;
mod support;
