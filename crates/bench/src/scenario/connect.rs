//! Sessions opened as fast as they come.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use crate::bench::{Bench, Clock, nanos};
use crate::cli::positive;
use crate::client::Client;
use crate::crowd::{Crowd, Pass};
use crate::link::Link;
use crate::measure::{
    Latency, LatencySummary, Meter, Outcome, ServerUse, outcome, per_second, rounded,
};
use crate::peer::Target;
use crate::places::topic;

/// What is opened.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Connect {
    /// Sessions, all of which stay open until the last is there
    #[arg(long, value_name = "COUNT", default_value_t = 10_000, value_parser = positive)]
    pub(crate) clients: usize,

    /// Sessions that are being opened at a time
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = positive)]
    concurrency: usize,

    /// What each subscribes to; the braces stand for its number, from 0; empty for nothing
    #[arg(long, value_name = "TEMPLATE", default_value = "/topic/bench.{n}")]
    destination: String,
}

#[derive(Serialize)]
struct Results {
    seconds: f64,
    connects_per_second: f64,
    /// TCP connection and WebSocket handshake.
    link_us: LatencySummary,
    /// The same, and from CONNECT to CONNECTED.
    connected_us: LatencySummary,
    /// The same, and from SUBSCRIBE to its RECEIPT.
    subscribed_us: LatencySummary,
    server: Option<ServerUse>,
    cpu_us_per_connect: Option<f64>,
    rss_bytes_per_session: Option<f64>,
}

/// How long each step took, for all clients.
#[derive(Debug)]
struct Steps {
    link: Latency,
    connected: Latency,
    subscribed: Latency,
}

/// # Errors
///
/// Where one of the sessions cannot be opened.
pub(super) async fn run(connect: &Connect, bench: &Bench) -> anyhow::Result<Outcome> {
    let steps = Arc::new(Steps {
        link: Latency::new(),
        connected: Latency::new(),
        subscribed: Latency::new(),
    });
    let meter = Meter::start(bench.process)?;
    let start = bench.clock.now();
    let mut crowd = Crowd::new(connect.concurrency, bench.patience);
    for number in 0..connect.clients {
        let (target, clock, steps) = (Arc::clone(&bench.target), bench.clock, Arc::clone(&steps));
        let destination =
            (!connect.destination.is_empty()).then(|| topic(&connect.destination, number));
        crowd.join(|pass| client(target, clock, destination, steps, pass));
    }
    let bar = bench.progress.begin("connecting", connect.clients as u64);
    crowd.ready(&bar).await?;
    let elapsed = bench.clock.now() - start;
    let server = meter.read(elapsed)?;
    crowd.dismiss().await?;
    let results = Results {
        seconds: rounded(elapsed.as_secs_f64(), 3),
        connects_per_second: per_second(connect.clients as u64, elapsed),
        link_us: steps.link.summary(),
        connected_us: steps.connected.summary(),
        subscribed_us: steps.subscribed.summary(),
        cpu_us_per_connect: server.map(|used| used.micros_each(connect.clients as u64)),
        rss_bytes_per_session: server.map(|used| used.bytes_each(connect.clients)),
        server,
    };
    outcome("connect", bench, connect, results, true)
}

async fn client(
    target: Arc<Target>,
    clock: Clock,
    destination: Option<String>,
    steps: Arc<Steps>,
    pass: Pass,
) -> anyhow::Result<()> {
    let permit = pass.admit().await?;
    let start = clock.now();
    let since = || nanos(clock.now() - start);
    let link = Link::open(&target).await?;
    steps.link.record(since());
    let mut client = Client::over(link, &target, clock, (0, 0)).await?;
    steps.connected.record(since());
    if let Some(destination) = destination {
        client.subscribe_now(destination).await?;
        steps.subscribed.record(since());
    }
    drop(permit);
    pass.ready();
    tokio::select! {
        () = pass.dismissed() => Ok(()),
        // Nothing is published; what is read is pings, which want an answer.
        error = client.until_end() => Err(error),
    }
}
