//! All clients are cut off at once and come back, each asking for what it missed.

mod client;
mod ground;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use stomp::Text;

use self::client::Guest;
use self::ground::{Ground, publish};
use crate::bench::Bench;
use crate::cli::positive;
use crate::client::Client;
use crate::crowd::Crowd;
use crate::measure::{LatencySummary, Meter, Outcome, ServerUse, Tally, outcome, rounded};
use crate::places::{PlaceArgs, Places};

/// How often it is looked whether all are live again.
const STEP: Duration = Duration::from_millis(10);

/// Who is cut off, and from what.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Storm {
    /// Clients; all are cut off at the same moment
    #[arg(long, value_name = "COUNT", default_value_t = 5_000, value_parser = positive)]
    pub(crate) clients: usize,

    /// Rooms that the clients are spread over
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = positive)]
    rooms: usize,

    /// Messages sent per second in all, to the rooms in turn, before, during and after
    #[arg(long, value_name = "PER_SECOND", default_value_t = 50,
          value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,

    /// Milliseconds within which all clients begin to come back
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 1_000)]
    within: u64,

    /// Seconds of quiet operation before and after
    #[arg(long, value_name = "SECONDS", default_value_t = 3)]
    quiet: u64,

    /// Bytes of a body; in a chat room, of its text
    #[arg(long, value_name = "BYTES", default_value_t = 64)]
    size: usize,

    /// Clients that connect at a time before the storm; in it there is no such limit
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = positive)]
    concurrency: usize,

    #[command(flatten)]
    #[serde(flatten)]
    place: PlaceArgs,
}

#[derive(Serialize)]
struct Results {
    messages: u64,
    #[serde(flatten)]
    tally: Tally,
    /// Clients that were never live again.
    clients_lost: usize,
    /// Connections that were refused or broke, and were tried again.
    retries: u64,
    /// From the cut until every client had all that was sent before it subscribed again.
    all_live_after_ms: f64,
    /// The same for each client, from the moment at which it began to come back.
    live_after_us: LatencySummary,
    server: Option<ServerUse>,
    cpu_us_per_client: Option<f64>,
}

/// # Errors
///
/// Where the clients cannot connect in the first place.
pub(super) async fn run(storm: &Storm, bench: &Bench) -> anyhow::Result<Outcome> {
    let places = Places::new(&storm.place, storm.size, bench.run)?;
    let ground = Arc::new(Ground::new(places, bench.clock, storm.rooms));
    let mut crowd = Crowd::new(storm.concurrency, bench.patience);
    for number in 0..storm.clients {
        let guest = Guest::new(
            Arc::clone(&ground),
            Arc::clone(&bench.target),
            number % storm.rooms,
            Duration::from_millis(storm.within).mul_f64(part(number, storm.clients)),
            // The log of a chat room begins with the run; other destinations cannot be asked.
            storm.place.chat.then(|| Text::from_static("0")),
        );
        crowd.join(|pass| guest.run(pass));
    }
    let bar = bench.progress.begin("connecting", storm.clients as u64);
    crowd.ready(&bar).await?;

    let publisher = Client::open(&bench.target, bench.clock, (0, 0)).await?;
    let publisher = tokio::spawn(publish(publisher, Arc::clone(&ground), storm.rate));
    let quiet = Duration::from_secs(storm.quiet);
    bench.progress.wait("quiet", quiet).await;

    let meter = Meter::start(bench.process)?;
    let cut = ground.cut();
    let back = all_back(storm, bench, &ground).await;
    let server = meter.read(back.saturating_sub(cut))?;
    bench.progress.wait("quiet", quiet).await;
    ground.end();
    let publisher = publisher.await.context("the publisher broke off")??;
    settle(storm, bench, &ground).await;
    drop(publisher);

    let left = crowd.dismiss().await?;
    let (tally, clients_lost) = count(&left, &ground);
    let results = Results {
        messages: ground.sent(),
        tally,
        clients_lost,
        retries: ground.retries(),
        all_live_after_ms: rounded(back.saturating_sub(cut).as_secs_f64() * 1e3, 1),
        live_after_us: ground.live_after.summary(),
        cpu_us_per_client: server.map(|used| used.micros_each(storm.clients as u64)),
        server,
    };
    let whole = tally.is_whole() && clients_lost == 0;
    outcome("storm", bench, storm, results, whole)
}

/// Waits until all are live again or nobody else becomes so, and tells when the last one was.
async fn all_back(storm: &Storm, bench: &Bench, ground: &Ground) -> Duration {
    let bar = bench.progress.begin("coming back", storm.clients as u64);
    let begun = bench.clock.now() + Duration::from_millis(storm.within);
    loop {
        let live = ground.live();
        bar.set_position(live as u64);
        let last = ground.last_live();
        let waited = bench.clock.now().saturating_sub(last.max(begun));
        if live >= storm.clients || waited > bench.patience {
            return last;
        }
        tokio::time::sleep(STEP).await;
    }
}

/// Waits until everything that was sent has arrived, or nothing more does.
async fn settle(storm: &Storm, bench: &Bench, ground: &Ground) {
    let expected: u64 = (0..storm.clients)
        .map(|number| ground.sent_into(number % storm.rooms))
        .sum();
    let (mut last, mut moved) = (0, bench.clock.now());
    loop {
        let arrived = ground.arrived();
        if arrived >= expected || bench.clock.now() - moved > bench.patience {
            return;
        }
        if arrived > last {
            (last, moved) = (arrived, bench.clock.now());
        }
        tokio::time::sleep(STEP).await;
    }
}

fn count(left: &[Guest], ground: &Ground) -> (Tally, usize) {
    let mut tally = Tally::default();
    for left in left {
        tally += left.tally;
        tally.lost += left.heard.lost(ground.sent_into(left.room));
    }
    let gone: Vec<_> = left.iter().filter_map(|left| left.ended.as_ref()).collect();
    if let Some(error) = gone.first() {
        eprintln!(
            "roomside-bench: {} clients were gone at the end, such as: {error:#}",
            gone.len()
        );
    }
    (tally, gone.len())
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn part(number: usize, of: usize) -> f64 {
    number as f64 / of as f64
}
