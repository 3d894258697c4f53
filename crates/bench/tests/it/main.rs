//! The program, run against a server in this process.

mod floors;
mod hard_days;
mod scenarios;
mod sockjs;
mod support;
mod tcp;
