//! The program, run against a server in this process.

mod floors;
mod scenarios;
mod sockjs;
mod support;
mod tcp;
