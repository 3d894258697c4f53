//! A load generator for any STOMP server over WebSocket, SockJS or TCP.
//!
//! # Layout
//!
//! - `cli`: what can be asked for, with its units; `peer` is the server to be asked.
//! - `link`: one connection; `client`: a STOMP session over it.
//! - `places`: where messages go and what their bodies are; `stamp` is the part of a body that
//!   tells who sent it as what number, and when.
//! - `crowd`: many clients that are let in a few at a time.
//! - `scenario`: the kinds of load; `bench` is what they share.
//! - `floor`: the least that can be done, to compare with.
//! - `chaos`: the proof that nothing said in a room is lost, whatever breaks.
//! - `compare`: one round of many runs by many servers; `report`: tables and plots of them.
//! - `measure`: sequences, latencies, what the server used, and the line that is printed.

mod bench;
mod chaos;
mod cli;
mod client;
mod compare;
mod crowd;
mod floor;
mod link;
mod measure;
mod peer;
mod places;
mod progress;
mod report;
mod scenario;
mod stamp;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use self::bench::Bench;
use self::cli::{Cli, Command, Scenario};
pub use self::measure::Outcome;

/// Something was lost, doubled or out of order, or a session ended that should have lasted.
const LOST: u8 = 1;

/// The run could not be made. The usage errors of clap have the same code.
const FAILED: u8 = 2;

/// Does what the arguments ask for, the first of which is the program's name. A usage error ends
/// the process.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let done = match Cli::parse_from(args).command {
        Command::Load(scenario) => load(&scenario).and_then(tell),
        Command::Chaos(chaos) => chaos::run(&chaos).and_then(tell),
        Command::Floor(floor) => floor::run(&floor).map(|()| ExitCode::SUCCESS),
        Command::Round(round) => compare::run(&round).map(|()| ExitCode::SUCCESS),
        Command::Report(report) => report::run(&report).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        eprintln!("roomside-bench: {error:#}");
        ExitCode::from(FAILED)
    })
}

/// Makes one run of `roomside-bench chaos` with these arguments, and prints nothing.
///
/// # Errors
///
/// A usage error, or why the run could not be made. That something was lost is no error, but an
/// [`Outcome`] that is not whole.
pub fn chaos(args: impl IntoIterator<Item = OsString>) -> anyhow::Result<Outcome> {
    let named = ["roomside-bench", "chaos"].map(OsString::from);
    match Cli::try_parse_from(named.into_iter().chain(args))?.command {
        Command::Chaos(chaos) => chaos::run(&chaos),
        _ => anyhow::bail!("not the arguments of chaos"),
    }
}

fn tell(outcome: Outcome) -> anyhow::Result<ExitCode> {
    let Outcome { line, whole } = outcome;
    writeln!(std::io::stdout(), "{line}").context("the result could not be written")?;
    Ok(if whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(LOST)
    })
}

fn load(scenario: &Scenario) -> anyhow::Result<Outcome> {
    raise_open_files(scenario.sockets());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(scenario.common().threads)
        .enable_all()
        .build()
        .context("the runtime did not start")?;
    runtime.block_on(async {
        let bench = Bench::prepare(scenario.common()).await?;
        scenario::run(scenario, &bench).await
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
