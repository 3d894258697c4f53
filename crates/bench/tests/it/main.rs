//! The program, run against a server in this process.

mod scenarios;
mod support;
mod tcp;
