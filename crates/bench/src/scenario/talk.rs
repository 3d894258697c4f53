//! A room that talks at a steady rate, while something else goes on that its subscribers should
//! not notice.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval};

use super::fanout::{Field, Plan, Publisher, count, reach, send, subscribe};
use crate::bench::Bench;
use crate::cli::positive;
use crate::client::Client;
use crate::crowd::Crowd;
use crate::measure::{LatencySummary, Process, Tally};
use crate::places::{PlaceArgs, Places};

/// How often memory is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What the room talks, and to how many.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct TalkArgs {
    /// Subscribers of the room
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = positive)]
    subscribers: usize,

    /// Messages sent to the room per second
    #[arg(long, value_name = "PER_SECOND", default_value_t = 1_024,
          value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,

    /// Bytes of a body; in a chat room, of its text
    #[arg(long, value_name = "BYTES", default_value_t = 1_024)]
    size: usize,

    /// Seconds of quiet operation before
    #[arg(long, value_name = "SECONDS", default_value_t = 20,
          value_parser = clap::value_parser!(u64).range(1..))]
    quiet: u64,

    /// Seconds for which it goes on
    #[arg(long, value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,

    #[command(flatten)]
    #[serde(flatten)]
    pub(super) place: PlaceArgs,
}

impl TalkArgs {
    /// The places of a run, of which the first ones are left out.
    pub(super) fn places(&self, bench: &Bench, first: usize) -> anyhow::Result<Places> {
        Ok(Places::new(&self.place, self.size, bench.run)?.from(first))
    }

    /// Sockets that are open at one time for it.
    pub(crate) fn sockets(&self) -> usize {
        self.subscribers.saturating_add(1)
    }
}

/// What the subscribers noticed.
#[derive(Debug, Serialize)]
pub(super) struct Noticed {
    messages: u64,
    #[serde(flatten)]
    pub(super) tally: Tally,
    pub(super) sessions_lost: usize,
    /// From when a message was due to its arrival, of each delivery.
    without_us: LatencySummary,
    with_us: LatencySummary,
    /// The second 99th percentile, divided by the first.
    p99_ratio: f64,
    /// The server's memory, second by second, without and with.
    rss_kib_without: Vec<u64>,
    rss_kib_with: Vec<u64>,
}

impl Noticed {
    pub(super) fn is_whole(&self) -> bool {
        self.tally.is_whole() && self.sessions_lost == 0
    }
}

/// Has this room talk without and then with `trouble`, which is given the room's topic and told to
/// stop by being dropped; what it last said of itself is its own business.
///
/// # Errors
///
/// Where the clients cannot connect, or the room is not reached.
pub(super) async fn noticed(
    talk: &TalkArgs,
    bench: &Bench,
    room: usize,
    trouble: impl AsyncFnOnce(String),
) -> anyhow::Result<Noticed> {
    let plan = Plan::new(1, 1, talk.subscribers);
    let places = talk.places(bench, room)?;
    let topic = places.topic(0);
    let field = Arc::new(Field::new(plan, places, bench.clock, None));
    let mut crowd = Crowd::new(talk.subscribers, bench.patience);
    for _ in 0..talk.subscribers {
        let (field, target) = (Arc::clone(&field), Arc::clone(&bench.target));
        crowd.join(|pass| subscribe(field, target, 0, pass));
    }
    let bar = bench.progress.begin("connecting", plan.receivers());
    crowd.ready(&bar).await?;
    reach(&field, bench).await?;
    let client = Client::open(&bench.target, bench.clock, (0, 0)).await?;
    let publisher = Publisher::new(0, client, Arc::clone(&field), Some(talk.rate));

    // The first second is nobody's best.
    let publishers = send("warming up", vec![publisher], 1, &field, bench).await?;
    field.latency.clear();
    let (publishers, rss_without) = tokio::join!(
        send("without", publishers, talk.quiet, &field, bench),
        memory(bench.process, talk.quiet),
    );
    let without = field.latency.take();
    let publishers = publishers?;
    let with = async {
        tokio::join!(
            send("with", publishers, talk.seconds, &field, bench),
            memory(bench.process, talk.seconds),
        )
    };
    let trouble = async {
        trouble(topic).await;
        std::future::pending().await
    };
    let (publishers, rss_with) = tokio::select! {
        done = with => done,
        never = trouble => never,
    };
    let with = field.latency.take();

    let sent: Vec<u64> = publishers?.iter().map(Publisher::sent).collect();
    let left = crowd.dismiss().await?;
    let (tally, sessions_lost) = count(&left, &plan, &sent);
    Ok(Noticed {
        messages: sent.iter().sum(),
        tally,
        sessions_lost,
        without_us: without,
        with_us: with,
        p99_ratio: with.p99_ratio(&without),
        rss_kib_without: rss_without,
        rss_kib_with: rss_with,
    })
}

/// What a process occupies in each of so many seconds; nothing where none was named or it is gone.
async fn memory(process: Option<Process>, seconds: u64) -> Vec<u64> {
    let Some(process) = process else {
        return Vec::new();
    };
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = Vec::new();
    for _ in 0..seconds {
        ticks.tick().await;
        seen.extend(process.sample().ok().map(|sample| sample.rss_kib));
    }
    seen
}
