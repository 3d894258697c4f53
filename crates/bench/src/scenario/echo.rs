//! One client that sends to itself, one message at a time.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use serde::Serialize;
use stomp::ClientEvent;
use tokio::time::timeout;

use crate::bench::Bench;
use crate::cli::positive;
use crate::client::Client;
use crate::measure::{
    Latency, LatencySummary, Meter, Outcome, Sequence, ServerUse, Take, Tally, outcome,
};
use crate::places::{PlaceArgs, Places};
use crate::stamp::{PROBE, Stamp};

/// What an echo is made of.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Echo {
    /// Messages that are measured
    #[arg(long, value_name = "COUNT", default_value_t = 10_000, value_parser = positive)]
    messages: usize,

    /// Messages before them that are not, so that both sides are warm
    #[arg(long, value_name = "COUNT", default_value_t = 1_000)]
    warmup: usize,

    /// Bytes of a body; in a chat room, of its text
    #[arg(long, value_name = "BYTES", default_value_t = 64)]
    size: usize,

    #[command(flatten)]
    #[serde(flatten)]
    place: PlaceArgs,
}

#[derive(Serialize)]
struct Results {
    #[serde(flatten)]
    tally: Tally,
    /// From SEND to the MESSAGE that comes of it.
    latency_us: LatencySummary,
    server: Option<ServerUse>,
    cpu_us_per_message: Option<f64>,
}

/// # Errors
///
/// Where the server cannot be reached or ends the session.
pub(super) async fn run(echo: &Echo, bench: &Bench) -> anyhow::Result<Outcome> {
    let places = Places::new(&echo.place, echo.size, bench.run)?;
    let client = Client::open(&bench.target, bench.clock, (0, 0)).await?;
    let mut caller = Caller {
        client,
        places,
        bench,
        heard: Sequence::default(),
        tally: Tally::default(),
        sent: 0,
    };
    let topic = caller.places.topic(0);
    timeout(bench.patience, caller.client.subscribe_now(topic))
        .await
        .context("no RECEIPT came for SUBSCRIBE: if the server sends none, say --no-receipts")??;
    caller.reach().await?;
    let bar = bench
        .progress
        .begin("echo", (echo.warmup + echo.messages) as u64);
    let latency = Latency::new();
    for _ in 0..echo.warmup {
        caller.call().await?;
        bar.inc(1);
    }
    let meter = Meter::start(bench.process)?;
    let start = bench.clock.now();
    for _ in 0..echo.messages {
        if let Some(nanos) = caller.call().await? {
            latency.record(nanos);
        }
        bar.inc(1);
    }
    let elapsed = bench.clock.now() - start;
    let server = meter.read(elapsed)?;
    let tally = Tally {
        lost: caller.heard.lost(u64::from(caller.sent)),
        ..caller.tally
    };
    let results = Results {
        tally,
        latency_us: latency.summary(),
        cpu_us_per_message: server.map(|used| used.micros_each(echo.messages as u64)),
        server,
    };
    outcome("echo", bench, echo, results, tally.is_whole())
}

struct Caller<'a> {
    client: Client,
    places: Places,
    bench: &'a Bench,
    heard: Sequence,
    tally: Tally,
    sent: u32,
}

impl Caller<'_> {
    /// Sends probes until one comes back: only then is the subscription known to be live with a
    /// server that sends no receipts.
    async fn reach(&mut self) -> anyhow::Result<()> {
        let patience = tokio::time::sleep(self.bench.patience);
        tokio::pin!(patience);
        loop {
            self.send(PROBE)?;
            let again = tokio::time::sleep(Duration::from_millis(100));
            tokio::pin!(again);
            loop {
                tokio::select! {
                    stamp = next_stamp(&mut self.client, &self.places) => {
                        if stamp?.is_probe() {
                            return Ok(());
                        }
                    }
                    () = &mut again => break,
                    () = &mut patience => bail!("no message came back from {}", self.places.topic(0)),
                }
            }
        }
    }

    /// One message there and back: nanoseconds, or nothing where it was lost.
    async fn call(&mut self) -> anyhow::Result<Option<u64>> {
        let number = self.sent;
        ensure!(number < PROBE, "too many messages");
        self.sent = number + 1;
        self.send(number)?;
        let answer = async {
            loop {
                let stamp = next_stamp(&mut self.client, &self.places).await?;
                if stamp.is_probe() {
                    continue;
                }
                match self.heard.take(u64::from(stamp.number)) {
                    Take::Double => self.tally.doubled += 1,
                    Take::Late => {
                        self.tally.deliveries += 1;
                        self.tally.out_of_order += 1;
                    }
                    Take::Fresh => self.tally.deliveries += 1,
                }
                if stamp.number == number {
                    return anyhow::Ok(self.bench.clock.nanos().saturating_sub(stamp.at));
                }
            }
        };
        match timeout(self.bench.patience, answer).await {
            Ok(nanos) => nanos.map(Some),
            Err(_) => Ok(None),
        }
    }

    fn send(&mut self, number: u32) -> anyhow::Result<()> {
        let at = self.bench.clock.nanos();
        let stamp = Stamp {
            publisher: 0,
            number,
            at,
        };
        self.client.echo(&self.places, 0, stamp)
    }
}

/// The next message of this run.
async fn next_stamp(client: &mut Client, places: &Places) -> anyhow::Result<Stamp> {
    loop {
        if let ClientEvent::Message { body, .. } = client.next().await?
            && let Some(stamp) = Stamp::find(places.run(), &body)
        {
            return Ok(stamp);
        }
    }
}
