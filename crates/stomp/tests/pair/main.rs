//! A client and a server that talk to each other.

mod conversation;
mod faults;
mod heartbeats;
mod link;
mod requests;
mod waiting;
