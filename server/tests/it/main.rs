//! The whole server, in this process and as a program of its own.

mod acks;
mod api;
mod chat;
mod destinations;
mod durability;
mod refusals;
mod support;
