//! A subscriber that reads far slower than its room talks.

use std::sync::Mutex;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use tokio::io::AsyncReadExt as _;
use tokio::time::{MissedTickBehavior, interval};

use super::talk::{Noticed, TalkArgs, noticed};
use crate::bench::Bench;
use crate::cli::positive;
use crate::client::Client;
use crate::measure::{Outcome, outcome};

/// How often it reads in a second.
const READS: u32 = 8;

/// How slowly it reads, and what the room talks.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Slow {
    /// Bytes that the slow subscriber reads per second
    #[arg(long, value_name = "BYTES", default_value_t = 1_024, value_parser = positive)]
    reads: usize,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) talk: TalkArgs,
}

#[derive(Serialize)]
struct Results {
    #[serde(flatten)]
    noticed: Noticed,
    /// Octets that the slow one took, whatever they said.
    slow_bytes: usize,
    /// How its connection ended, if it did.
    slow_ended: Option<String>,
}

/// What the slow one has to say.
#[derive(Debug, Default)]
struct Told {
    bytes: usize,
    ended: Option<String>,
}

/// # Errors
///
/// Where the clients cannot connect, or the room is not reached.
pub(super) async fn run(slow: &Slow, bench: &Bench) -> anyhow::Result<Outcome> {
    let told = Mutex::new(Told::default());
    let noticed = noticed(&slow.talk, bench, 0, async |topic| {
        let Err(error) = crawl(slow.reads, bench, topic, &told).await;
        lock(&told).ended = Some(format!("{error:#}"));
    })
    .await?;
    let told = std::mem::take(&mut *lock(&told));
    let whole = noticed.is_whole();
    let results = Results {
        noticed,
        slow_bytes: told.bytes,
        slow_ended: told.ended,
    };
    outcome("slow", bench, slow, results, whole)
}

/// Subscribes, and reads no more than so many octets a second until the server hangs up.
async fn crawl(
    reads: usize,
    bench: &Bench,
    topic: String,
    told: &Mutex<Told>,
) -> anyhow::Result<std::convert::Infallible> {
    let mut client = Client::open(&bench.target, bench.clock, (0, 0)).await?;
    client.subscribe_now(topic).await?;
    let stream = client.into_link().into_stream();
    let mut stream = stream.context("a slow reader needs one socket: ws:// or tcp://")?;
    let mut buffer = vec![0; reads.div_ceil(READS as usize)];
    let mut ticks = interval(Duration::from_secs(1) / READS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match stream.read(&mut buffer).await? {
            0 => anyhow::bail!("the server closed the connection"),
            read => lock(told).bytes += read,
        }
    }
}

fn lock(told: &Mutex<Told>) -> std::sync::MutexGuard<'_, Told> {
    told.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
