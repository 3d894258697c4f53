//! The flags, and what `--help` says of them.

use clap::{Args, Parser, Subcommand};

use crate::chaos::Chaos;
use crate::compare::Round;
use crate::floor::Floor;
use crate::peer::Peer;
use crate::report::Report;
use crate::scenario::{
    Churn, Connect, Echo, Fanout, Gap, Idle, Receipts, Rooms, Silent, Slow, Storm,
};

/// Puts load on a STOMP server over WebSocket, SockJS or TCP and counts what arrives.
///
/// Each run prints one JSON object on one line to stdout; everything else goes to stderr. Names in
/// it carry their units: _us microseconds, _ms milliseconds, _kib 1,024 bytes. "cpu" is user and
/// system time of the process that --pid names, "percent" is of one core.
///
/// The exit code is 0 when all went well, 1 when a message was lost, doubled or out of order or a
/// session ended that should have lasted, and 2 when the run could not be made.
#[derive(Debug, Parser)]
#[command(name = "roomside-bench", version, about, long_about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Load(Scenario),
    /// Cut connections and kill a Roomside server of its own while clients talk, and prove that
    /// nothing is lost
    Chaos(Chaos),
    /// Run the least that can be done, to compare servers with: it fans out what it is told
    Floor(Floor),
    /// Have every server that was started do every work, one after the other: one round
    Round(Round),
    /// Make tables and plots of what rounds have written
    Report(Report),
}

/// The kinds of load.
#[derive(Debug, Subcommand)]
pub(crate) enum Scenario {
    /// Publishers send to rooms, and every subscriber of a room gets it
    Fanout(Order<Fanout>),
    /// One client sends to itself, one message at a time: the way there and back
    Echo(Order<Echo>),
    /// Many sessions that do nothing but beat their hearts: what they cost
    Idle(Order<Idle>),
    /// Sessions opened as fast as they come: handshake, CONNECT, SUBSCRIBE
    Connect(Order<Connect>),
    /// Publishers that wait for their RECEIPTs: of chat rooms, how many lines a second are logged
    Receipts(Order<Receipts>),
    /// One publisher and many rooms with a subscriber each: what a publish costs among so many
    Rooms(Order<Rooms>),
    /// All clients are cut off at once and come back, each asking for what it missed
    Storm(Order<Storm>),
    /// A subscriber reads far slower than the room talks: what the others notice
    Slow(Order<Slow>),
    /// Sockets that connect and say nothing: when the server is rid of them
    Silent(Order<Silent>),
    /// A client subscribes and unsubscribes as fast as it can: what the others notice
    Churn(Order<Churn>),
    /// A client comes back to a room in which very much was said: how soon it reads the first of it,
    /// and what the others notice
    Gap(Order<Gap>),
}

/// A kind of load, and what is asked for whatever the load.
#[derive(Args, Debug)]
pub(crate) struct Order<L: Args> {
    #[command(flatten)]
    pub(crate) common: Common,

    #[command(flatten)]
    pub(crate) load: L,
}

/// What every kind of load can be told.
#[derive(Args, Debug)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) peer: Peer,

    /// The process whose CPU time and memory are measured: the server's (Linux only)
    #[arg(long, value_name = "PID")]
    pub(crate) pid: Option<u32>,

    /// Say this of the run in the line that is printed, under "tags"; may be given several times
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) tags: Vec<(String, String)>,

    /// Threads that generate the load; leave the other cores to the server
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = threads)]
    pub(crate) threads: usize,

    /// Seconds without any progress after which a step is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) patience: u64,
}

impl Scenario {
    pub(crate) fn common(&self) -> &Common {
        match self {
            Self::Fanout(Order { common, .. })
            | Self::Echo(Order { common, .. })
            | Self::Idle(Order { common, .. })
            | Self::Connect(Order { common, .. })
            | Self::Receipts(Order { common, .. })
            | Self::Rooms(Order { common, .. })
            | Self::Storm(Order { common, .. })
            | Self::Slow(Order { common, .. })
            | Self::Silent(Order { common, .. })
            | Self::Churn(Order { common, .. })
            | Self::Gap(Order { common, .. }) => common,
        }
    }

    /// Sockets that are open at one time.
    pub(crate) fn sockets(&self) -> usize {
        let sessions = match self {
            Self::Fanout(order) => order.load.sockets(),
            Self::Echo(_) => 1,
            Self::Idle(order) => order.load.clients,
            Self::Connect(order) => order.load.clients,
            Self::Receipts(order) => order.load.publishers,
            Self::Rooms(order) => order.load.sessions.saturating_add(1),
            Self::Storm(order) => order.load.clients.saturating_add(1),
            Self::Slow(order) => order.load.talk.sockets().saturating_add(1),
            Self::Silent(order) => order.load.clients,
            Self::Churn(order) => order.load.talk.sockets().saturating_add(1),
            Self::Gap(order) => order.load.talk.sockets().saturating_add(1),
        };
        sessions.saturating_mul(self.common().peer.sockets_each())
    }
}

/// A count that is not zero.
pub(crate) fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(count) => Ok(count),
        Err(_) => Err("is not a whole number".to_owned()),
    }
}

fn tag(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("must be KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn threads(text: &str) -> Result<usize, String> {
    positive(text).and_then(|count| match count {
        1..=64 => Ok(count),
        _ => Err("more than 64 threads do not help".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("roomside-bench").chain(line.split(' ')))
    }

    fn load(line: &str) -> Scenario {
        let Command::Load(scenario) = parse(line).unwrap().command else {
            panic!("{line} is no load");
        };
        scenario
    }

    #[test]
    fn the_flags_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_window_and_a_rate_exclude_each_other() {
        assert!(parse("fanout tcp://localhost:1 --window 16").is_ok());
        assert!(parse("fanout tcp://localhost:1 --rate 100").is_ok());
        assert!(parse("fanout tcp://localhost:1 --rate 100 --window 16").is_err());
    }

    #[test]
    fn counts_of_nothing_are_refused() {
        for line in [
            "fanout tcp://localhost:1 --subscribers 0",
            "fanout tcp://localhost:1 --window 0",
            "idle tcp://localhost:1 --clients 0",
            "idle tcp://localhost:1 --clients 1 --threads 0",
            "echo tcp://localhost:1 --patience 0",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_fan_out_needs_a_socket_for_each_publisher_and_subscriber() {
        let line = "fanout tcp://localhost:1 --rooms 3 --subscribers 5 --publishers 2";
        assert_eq!(load(line).sockets(), 17);
        assert_eq!(load(&line.replace("tcp", "http")).sockets(), 34);
    }
}
