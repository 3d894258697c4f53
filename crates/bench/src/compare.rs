//! One round of a comparison: every work by every server that was started for it, one after the
//! other, so that what else goes on in the machine meets all of them.
//!
//! Each run is a process of this program, whose line goes to a file with three tags: `work`, `who`
//! and `round`. `report` makes tables of such files.

mod rival;
mod who;
mod works;

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use self::rival::Rival;
pub(crate) use self::who::Who;
pub(crate) use self::works::{Table, Work, works};

/// What is run, and where it goes.
#[derive(Args, Debug)]
pub(crate) struct Round {
    /// A server that runs: NAME=URL@PID, where NAME is one of roomside, axum, tcp, node, spring and
    /// rabbitmq; may be given several times
    #[arg(long = "server", value_name = "NAME=URL@PID")]
    servers: Vec<Rival>,

    /// The file to which a line is added for each run
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    out: Option<PathBuf>,

    /// The number of this round, from 1; some works are done in the first one only
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    round: u32,

    /// Small numbers and short runs: shows that everything works, and measures nothing
    #[arg(long)]
    quick: bool,

    /// Only the works of which the name contains this; may be given several times
    #[arg(long, value_name = "WORK")]
    only: Vec<String>,

    /// Print the names of the works and of who does them, and run nothing
    #[arg(long)]
    list: bool,
}

/// # Errors
///
/// Where the file cannot be written, or no work has such a name. A run that fails is told on stderr,
/// and the next one is made.
pub(crate) fn run(round: &Round) -> anyhow::Result<()> {
    let works: Vec<Work> = works(round.quick)
        .into_iter()
        .filter(|work| {
            round.only.is_empty() || round.only.iter().any(|only| work.name.contains(only))
        })
        .collect();
    ensure!(
        !works.is_empty(),
        "no work has such a name; --list names all"
    );
    if round.list {
        return list(&works);
    }
    let Some(path) = &round.out else {
        bail!("--out names the file to write to");
    };
    let mut out = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    for work in works.iter().filter(|work| round.round == 1 || !work.once) {
        for who in &work.who {
            let server = round
                .servers
                .iter()
                .find(|rival| rival.name == who.server());
            if let Some(server) = server {
                make(work, *who, server, round.round, &mut out)?;
            }
        }
    }
    Ok(())
}

fn list(works: &[Work]) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    for work in works {
        let who: Vec<_> = work.who.iter().map(|who| who.name()).collect();
        writeln!(out, "{}: {}", work.name, who.join(" "))?;
    }
    Ok(())
}

/// One run.
fn make(work: &Work, who: Who, server: &Rival, round: u32, out: &mut File) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg(work.scenario)
        .arg(&server.url)
        .args(["--pid", &server.pid.to_string()])
        .args(["--tag", &format!("work={}", work.name)])
        .args(["--tag", &format!("who={}", who.name())])
        .args(["--tag", &format!("round={round}")])
        .args(who.flags(work.is_in_rooms))
        .args(work.args_of(who))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let ended = command
        .output()
        .context("this program could not be run again")?;
    let seconds = started.elapsed().as_secs_f64();
    let remark = match ended.status.code() {
        Some(0) => "",
        Some(1) => ": something was lost",
        _ => ": no result",
    };
    eprintln!("   {seconds:5.1} s  {} {}{remark}", work.name, who.name());
    out.write_all(&ended.stdout)?;
    Ok(())
}
