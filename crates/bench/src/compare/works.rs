//! What is measured. A work is one line of a table.

use super::Who::{self, Axum, Node, RabbitMq, Room, Spring, Tcp, Topic};

/// Which table a work belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Fanout,
    Echo,
    Connect,
    Idle,
    Growth,
    Rooms,
    Receipts,
    HardDays,
}

/// One work.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    /// As it is tagged.
    pub(crate) name: String,
    /// For people.
    pub(crate) title: String,
    pub(crate) table: Table,
    pub(super) scenario: &'static str,
    args: Vec<String>,
    pub(super) who: Vec<Who>,
    /// Whether it takes places as fan-out does, which can be chat rooms.
    pub(super) is_in_rooms: bool,
    /// Whether the first round is enough.
    pub(super) once: bool,
    /// How often bare axum's CPU per delivery, and raw TCP's, it may cost at the most.
    pub(crate) goals: (Option<f64>, Option<f64>),
    /// On the axis of its plot.
    pub(crate) x: usize,
}

const EVERYBODY: [Who; 7] = Who::ALL;
const OURS: [Who; 4] = [Room, Topic, Axum, Tcp];

/// All works in their order: those that begin with a server's memory come first. Lines that were
/// logged are indexed for seconds afterwards, so what has none comes before what has many.
pub(crate) fn works(quick: bool) -> Vec<Work> {
    let mut works = sessions(quick);
    works.extend(rooms(quick));
    works.extend(echoes(quick));
    works.extend(fanouts(quick));
    works.extend(growth(quick));
    works.extend(receipts(quick));
    works.extend(hard_days(quick));
    works
}

fn sessions(quick: bool) -> Vec<Work> {
    let clients = if quick { 200 } else { 10_000 };
    let who = [Topic, Axum, Node, Spring, RabbitMq];
    // The memory of a new process, before anything else was asked of it.
    let idle = work(Table::Idle, "idle", "idle", &who)
        .titled(format!(
            "{clients} sessions with one subscription each, no heart-beats"
        ))
        .args(&format!(
            "--clients {clients} --heartbeat 0 --over 0 --settle 1 --hold 1"
        ));
    let connect = work(Table::Connect, "connect", "connect", &who)
        .titled(format!("{clients} clients, 64 at a time"))
        .args(&format!("--clients {clients}"));
    vec![idle, connect]
}

fn echoes(quick: bool) -> Vec<Work> {
    let messages = if quick { 50 } else { 2_000 };
    // The Node broker sends nothing back to whom it came from.
    let who = [Room, Topic, Axum, Spring, RabbitMq];
    let echo = work(Table::Echo, "echo", "echo", &who)
        .titled("one client, 64 B".to_owned())
        .args(&format!("--messages {messages} --warmup {}", messages / 4));
    vec![echo.in_rooms()]
}

fn fanouts(quick: bool) -> Vec<Work> {
    let mut works = Vec::new();
    for (subscribers, size) in [(100, 64), (100, 1_024), (1_000, 64), (1_000, 1_024)] {
        for window in [1, 16] {
            if quick && (subscribers, size) != (100, 64) {
                continue;
            }
            let name = format!("fanout-{subscribers}-{size}-w{window}");
            // The others cost nearly the same with either body, and time is short.
            let who = if size == 64 { &EVERYBODY[..] } else { &OURS };
            let size_told = if size == 64 { "64 B" } else { "1 KiB" };
            works.push(
                work(Table::Fanout, &name, "fanout", who)
                    .titled(format!(
                        "1 × {subscribers}, {size_told}, {window} in flight"
                    ))
                    .args(&format!(
                        "--subscribers {subscribers} --size {size} --window {window}"
                    ))
                    .args(seconds(quick))
                    .goals(match window {
                        1 => (Some(1.0), Some(1.4)),
                        _ => (Some(1.2), Some(2.0)),
                    })
                    .x(subscribers)
                    .in_rooms(),
            );
        }
    }
    let rooms = if quick { 10 } else { 100 };
    works.push(
        work(Table::Fanout, "fanout-rooms", "fanout", &EVERYBODY)
            .titled(format!("{rooms} × 10, 64 B, 1 in flight in each"))
            .args(&format!(
                "--rooms {rooms} --subscribers 10 --publishers {rooms}"
            ))
            .args(seconds(quick))
            .goals((Some(1.2), None))
            .in_rooms(),
    );
    works
}

/// What the fan-outs to 100 and to 1,000 leave out.
fn growth(quick: bool) -> Vec<Work> {
    let more = if quick { [10, 30] } else { [10, 10_000] };
    more.map(|subscribers| {
        work(
            Table::Growth,
            &format!("growth-{subscribers}"),
            "fanout",
            &OURS,
        )
        .titled(subscribers.to_string())
        .args(&format!("--subscribers {subscribers}"))
        .args(seconds(quick))
        .x(subscribers)
        .in_rooms()
    })
    .into()
}

fn receipts(quick: bool) -> Vec<Work> {
    [(1, 1), (16, 1), (64, 1), (64, 16)]
        .map(|(publishers, window)| {
            let name = format!("receipts-{publishers}-w{window}");
            work(Table::Receipts, &name, "receipts", &[Room])
                .titled(format!("{publishers}, each with {window} in flight"))
                .args(&format!("--publishers {publishers} --window {window}"))
                .args(seconds(quick))
                .in_rooms()
        })
        .into()
}

fn rooms(quick: bool) -> Vec<Work> {
    let counts = if quick {
        vec![1, 100]
    } else {
        vec![1, 100, 10_000, 100_000]
    };
    let rooms = |count: usize| {
        work(
            Table::Rooms,
            &format!("rooms-{count}"),
            "rooms",
            &[Topic, Axum],
        )
        .titled(count.to_string())
        .args(&format!("--rooms {count}"))
        .args(seconds(quick))
        .x(count)
        .in_rooms()
    };
    counts.into_iter().map(rooms).collect()
}

fn hard_days(quick: bool) -> Vec<Work> {
    let talk = if quick {
        "--quiet 1 --seconds 1 --rate 100"
    } else {
        "--quiet 15 --seconds 60"
    };
    let short = if quick {
        talk
    } else {
        "--quiet 10 --seconds 10"
    };
    let clients = if quick { 50 } else { 5_000 };
    let silent = if quick { 50 } else { 1_000 };
    let day = |name: &str, title: String| {
        let scenario = match name {
            "slow" => "slow",
            "churn" => "churn",
            "silent" => "silent",
            _ => "storm",
        };
        Work {
            once: true,
            ..work(Table::HardDays, name, scenario, &[Room]).titled(title)
        }
    };
    vec![
        day(
            "slow",
            "a reader of 1 KiB/s in a room of 1 MiB/s".to_owned(),
        )
        .args(talk)
        .in_rooms(),
        day(
            "churn",
            "a client that subscribes and unsubscribes as fast as it can".to_owned(),
        )
        .args(short)
        .in_rooms(),
        day(
            "storm",
            format!("{clients} clients come back within a second, each with x-since"),
        )
        .args(&format!("--clients {clients} --quiet 1"))
        .in_rooms(),
        day(
            "silent",
            format!("{silent} sockets that connect and say nothing"),
        )
        .args(&format!("--clients {silent}")),
    ]
}

fn seconds(quick: bool) -> &'static str {
    if quick {
        "--warmup 0 --seconds 1"
    } else {
        "--warmup 1 --seconds 2"
    }
}

fn work(table: Table, name: &str, scenario: &'static str, who: &[Who]) -> Work {
    Work {
        name: name.to_owned(),
        title: name.to_owned(),
        table,
        scenario,
        args: Vec::new(),
        who: who.to_vec(),
        is_in_rooms: false,
        once: false,
        goals: (None, None),
        x: 0,
    }
}

impl Work {
    fn titled(self, title: String) -> Self {
        Self { title, ..self }
    }

    fn args(mut self, args: &str) -> Self {
        self.args.extend(args.split(' ').map(str::to_owned));
        self
    }

    fn goals(self, goals: (Option<f64>, Option<f64>)) -> Self {
        Self { goals, ..self }
    }

    fn x(self, x: usize) -> Self {
        Self { x, ..self }
    }

    fn in_rooms(self) -> Self {
        Self {
            is_in_rooms: true,
            ..self
        }
    }

    /// The flags of its load. RabbitMQ takes so long to let anybody in that fewer must do; what is
    /// told of it is per session all the same.
    pub(super) fn args_of(&self, who: Who) -> Vec<String> {
        let mut args = self.args.clone();
        if who == RabbitMq && matches!(self.table, Table::Connect | Table::Idle) {
            for arg in &mut args {
                if arg == "10000" {
                    "2000".clone_into(arg);
                }
            }
        }
        args
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_run_is_one_that_this_program_can_make() {
        for quick in [false, true] {
            for work in works(quick) {
                for who in &work.who {
                    let url = if *who == Tcp {
                        "tcp://h:1"
                    } else {
                        "ws://h:1/"
                    };
                    let line = ["roomside-bench", work.scenario, url]
                        .into_iter()
                        .chain(who.flags(work.is_in_rooms).iter().copied())
                        .map(str::to_owned)
                        .chain(work.args_of(*who));
                    if let Err(error) = Cli::try_parse_from(line) {
                        panic!("{} {}: {error}", work.name, who.name());
                    }
                }
            }
        }
    }

    #[test]
    fn no_two_works_have_the_same_name() {
        let names: Vec<_> = works(false).into_iter().map(|work| work.name).collect();
        let set: BTreeSet<_> = names.iter().collect();
        assert_eq!(set.len(), names.len());
    }
}
