//! A load generator for any STOMP server over WebSocket, SockJS or TCP.
//!
//! # Layout
//!
//! - `cli`: what can be asked for, with its units; `peer` is the server to be asked.
//! - `link`: one connection; `client`: a STOMP session over it.
//! - `places`: where messages go and what their bodies are; `stamp` is the part of a body that
//!   tells who sent it as what number, and when.
//! - `crowd`: many clients that are let in a few at a time.
//! - `scenario`: the five kinds of load; `bench` is what they share.
//! - `measure`: sequences, latencies, what the server used, and the line that is printed.

mod bench;
mod cli;
mod client;
mod crowd;
mod link;
mod measure;
mod peer;
mod places;
mod progress;
mod scenario;
mod stamp;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use self::bench::Bench;
use self::cli::Cli;
use self::measure::Outcome;

/// Something was lost, doubled or out of order, or a session ended that should have lasted.
const LOST: u8 = 1;

/// The run could not be made. The usage errors of clap have the same code.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(Outcome { line, whole }) => {
            if let Err(error) = writeln!(std::io::stdout(), "{line}") {
                eprintln!("roomside-bench: the result could not be written: {error}");
                return ExitCode::from(FAILED);
            }
            if whole {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(LOST)
            }
        }
        Err(error) => {
            eprintln!("roomside-bench: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<Outcome> {
    raise_open_files(cli.scenario.sockets());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cli.scenario.common().threads)
        .enable_all()
        .build()
        .context("the runtime did not start")?;
    runtime.block_on(async {
        let bench = Bench::prepare(cli.scenario.common()).await?;
        scenario::run(&cli.scenario, &bench).await
    })
}

/// Every client is an open file, and the usual limit of 1,024 is soon reached.
fn raise_open_files(sockets: usize) {
    // The rest: standard streams, the poller, `/proc`.
    let wanted = u64::try_from(sockets)
        .unwrap_or(u64::MAX)
        .saturating_add(64);
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit >= wanted => {}
        Ok(limit) => eprintln!(
            "roomside-bench: only {limit} files may be open, and {sockets} clients need {wanted}: \
             raise the hard limit (ulimit -Hn) or ask for fewer"
        ),
        Err(error) => eprintln!("roomside-bench: the limit of open files stays: {error}"),
    }
}
