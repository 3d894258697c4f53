//! What the server answers, octet by octet, to the clients that are out there and to those that
//! break the rules.

mod acks;
mod clients;
mod connecting;
mod faults;
mod receipts;
mod room;
#[path = "../support/mod.rs"]
mod support;
mod transactions;
