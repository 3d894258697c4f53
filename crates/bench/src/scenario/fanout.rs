//! Publishers send to rooms, and every subscriber of a room gets it.

mod field;
mod plan;
mod publisher;
mod subscriber;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;
use tokio::task::JoinSet;

pub(super) use self::field::Field;
pub(super) use self::plan::Plan;
pub(super) use self::publisher::Publisher;
use self::subscriber::Left;
pub(super) use self::subscriber::subscribe;
use crate::bench::Bench;
use crate::cli::positive;
use crate::client::Client;
use crate::crowd::Crowd;
use crate::measure::{
    LatencySummary, Meter, Outcome, ServerUse, Tally, outcome, per_second, rounded,
};
use crate::places::{PlaceArgs, Places};

/// How often rooms are asked whether they are reached, and deliveries whether all are there.
const STEP: Duration = Duration::from_millis(50);

/// Who sends how much to whom.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Fanout {
    /// Rooms
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = positive)]
    rooms: usize,

    /// Subscribers of each room
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = positive)]
    subscribers: usize,

    /// Publishers in all; each has its own rooms in turn, or several share a room
    #[arg(long, value_name = "COUNT", default_value_t = 1,
          value_parser = clap::value_parser!(u16).range(1..=60_000))]
    publishers: u16,

    /// Messages that one publisher has in flight: it sends the next when all subscribers have the
    /// one so many before
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = positive)]
    window: usize,

    /// Messages that one publisher sends per second, whatever has arrived, in place of a window.
    /// Latency then counts from the moment at which a message was due
    #[arg(long, value_name = "PER_SECOND", conflicts_with = "window")]
    rate: Option<u32>,

    /// Seconds of sending that are measured
    #[arg(long, value_name = "SECONDS", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,

    /// Seconds of sending before them that are not
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    warmup: u64,

    /// Bytes of a body; in a chat room, of its text
    #[arg(long, value_name = "BYTES", default_value_t = 64)]
    size: usize,

    /// Clients that connect at a time
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = positive)]
    concurrency: usize,

    #[command(flatten)]
    #[serde(flatten)]
    place: PlaceArgs,
}

impl Fanout {
    /// Sockets that are open at one time. Whoever sends probes has gone before publishers come.
    pub(crate) fn sockets(&self) -> usize {
        self.rooms
            .saturating_mul(self.subscribers)
            .saturating_add(usize::from(self.publishers))
    }
}

#[derive(Serialize)]
struct Results {
    /// In all, warm-up included, as in the tally.
    messages: u64,
    #[serde(flatten)]
    tally: Tally,
    /// Subscribers whose session ended.
    sessions_lost: usize,
    /// What was measured: everything below is about these.
    measured_messages: u64,
    measured_deliveries: u64,
    seconds: f64,
    messages_per_second: f64,
    deliveries_per_second: f64,
    /// From SEND to MESSAGE, of each delivery.
    latency_us: LatencySummary,
    server: Option<ServerUse>,
    /// The same number as CPU seconds per million deliveries.
    cpu_us_per_delivery: Option<f64>,
}

/// # Errors
///
/// Where the clients cannot connect, or a room is not reached.
pub(super) async fn run(fanout: &Fanout, bench: &Bench) -> anyhow::Result<Outcome> {
    let plan = Plan::new(fanout.rooms, fanout.publishers, fanout.subscribers);
    let places = Places::new(&fanout.place, fanout.size, bench.run)?;
    let window = fanout.rate.is_none().then_some(fanout.window);
    let field = Arc::new(Field::new(plan, places, bench.clock, window));

    let mut crowd = Crowd::new(fanout.concurrency, bench.patience);
    for room in 0..fanout.rooms {
        for _ in 0..fanout.subscribers {
            let (field, target) = (Arc::clone(&field), Arc::clone(&bench.target));
            crowd.join(|pass| subscribe(field, target, room, pass));
        }
    }
    let bar = bench.progress.begin("connecting", plan.receivers());
    crowd.ready(&bar).await?;
    reach(&field, bench).await?;

    let mut publishers = Vec::new();
    for id in 0..fanout.publishers {
        let client = Client::open(&bench.target, bench.clock, (0, 0)).await?;
        publishers.push(Publisher::new(id, client, Arc::clone(&field), fanout.rate));
    }
    if fanout.warmup > 0 {
        publishers = send("warming up", publishers, fanout.warmup, &field, bench).await?;
    }
    let warm = field.arrived();
    let warm_messages: u64 = publishers.iter().map(Publisher::sent).sum();
    field.latency.clear();
    let meter = Meter::start(bench.process)?;
    let start = bench.clock.now();
    let publishers = send("sending", publishers, fanout.seconds, &field, bench).await?;
    let elapsed = field.last_arrival().saturating_sub(start);
    let server = meter.read(elapsed)?;

    let sent: Vec<u64> = publishers.iter().map(Publisher::sent).collect();
    let left = crowd.dismiss().await?;
    let (tally, sessions_lost) = count(&left, &plan, &sent);
    let deliveries = field.arrived() - warm;
    let messages = sent.iter().sum::<u64>();
    let measured = messages - warm_messages;
    let results = Results {
        messages,
        tally,
        sessions_lost,
        measured_messages: measured,
        measured_deliveries: deliveries,
        seconds: rounded(elapsed.as_secs_f64(), 3),
        messages_per_second: per_second(measured, elapsed),
        deliveries_per_second: per_second(deliveries, elapsed),
        latency_us: field.latency.summary(),
        cpu_us_per_delivery: server.map(|used| used.micros_each(deliveries)),
        server,
    };
    let whole = tally.is_whole() && sessions_lost == 0;
    outcome("fanout", bench, fanout, results, whole)
}

/// Sends probes until every subscriber has heard one of its room: only then is it known to be
/// live with a server that sends no receipts.
pub(super) async fn reach(field: &Field, bench: &Bench) -> anyhow::Result<()> {
    let mut client = Client::open(&bench.target, bench.clock, (0, 0)).await?;
    let bar = bench.progress.begin("reaching", field.plan.receivers());
    let (mut last, mut moved) = (u64::MAX, bench.clock.now());
    loop {
        let deaf = field.deaf();
        bar.set_position(field.plan.receivers() - deaf);
        if deaf == 0 {
            return Ok(());
        }
        if deaf < last {
            (last, moved) = (deaf, bench.clock.now());
        } else if bench.clock.now() - moved > bench.patience {
            bail!("{deaf} subscribers hear nothing of what is sent to their rooms");
        }
        for room in field.deaf_rooms() {
            client.publish(&field.places, room, field.probe())?;
        }
        if let Ok(error) = tokio::time::timeout(STEP * 4, client.until_end()).await {
            return Err(error.context("the session that sends probes ended"));
        }
    }
}

/// Has all publishers send for so many seconds, and waits until everything has arrived or nothing
/// more does.
pub(super) async fn send(
    what: &str,
    publishers: Vec<Publisher>,
    seconds: u64,
    field: &Arc<Field>,
    bench: &Bench,
) -> anyhow::Result<Vec<Publisher>> {
    let until = bench.clock.now() + Duration::from_secs(seconds);
    let mut sending = JoinSet::new();
    for publisher in publishers {
        sending.spawn(publisher.send_until(until));
    }
    bench
        .progress
        .wait(what, Duration::from_secs(seconds))
        .await;
    let mut publishers = Vec::new();
    while let Some(ended) = sending.join_next().await {
        publishers.push(ended.context("a publisher broke off")??);
    }
    publishers.sort_unstable_by_key(Publisher::id);
    let expected = publishers
        .iter()
        .map(|publisher| publisher.sent() * field.plan.subscribers())
        .sum();
    while field.arrived() < expected {
        let silent = bench
            .clock
            .now()
            .saturating_sub(field.last_arrival().max(until));
        if silent > bench.patience {
            break;
        }
        tokio::time::sleep(STEP / 10).await;
    }
    Ok(publishers)
}

pub(super) fn count(left: &[Left], plan: &Plan, sent: &[u64]) -> (Tally, usize) {
    let mut tally = Tally::default();
    for left in left {
        tally += left.tally;
        for publisher in plan.publishers_of(left.room) {
            let sent = plan.sent_into(left.room, publisher, sent[usize::from(publisher)]);
            tally.lost += left.lost(publisher, sent);
        }
    }
    let ended: Vec<_> = left.iter().filter_map(|left| left.ended.as_ref()).collect();
    if let Some(error) = ended.first() {
        eprintln!(
            "roomside-bench: {} subscribers ended, such as: {error:#}",
            ended.len()
        );
    }
    (tally, ended.len())
}
