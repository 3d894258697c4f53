//! Publishers that wait for their RECEIPTs. Nobody needs to listen.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use serde::Serialize;
use stomp::{ClientEvent, Text};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::sending::Sending;
use crate::bench::{Bench, Clock};
use crate::cli::positive;
use crate::client::Client;
use crate::measure::{
    Latency, LatencySummary, Meter, Outcome, ServerUse, outcome, per_second, rounded,
};
use crate::places::Places;
use crate::stamp::Stamp;

/// Who sends how much.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Receipts {
    /// Publishers, each with a room of its own
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = publishers)]
    pub(crate) publishers: usize,

    /// Messages that one publisher has sent without having the RECEIPT yet
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = positive)]
    window: usize,

    #[command(flatten)]
    #[serde(flatten)]
    sending: Sending,
}

#[derive(Serialize)]
struct Results {
    /// That have their RECEIPT.
    messages: u64,
    seconds: f64,
    messages_per_second: f64,
    /// From SEND to RECEIPT.
    receipt_us: LatencySummary,
    server: Option<ServerUse>,
    cpu_us_per_message: Option<f64>,
}

struct Publisher {
    id: u16,
    client: Client,
    sent: u32,
}

/// What all publishers share.
#[derive(Debug)]
struct Desk {
    places: Places,
    clock: Clock,
    window: usize,
    patience: Duration,
    latency: Latency,
}

/// # Errors
///
/// Where a session cannot be opened or ends, or a RECEIPT does not come.
pub(super) async fn run(receipts: &Receipts, bench: &Bench) -> anyhow::Result<Outcome> {
    ensure!(bench.target.floor.is_none(), "a floor gives no receipts");
    let desk = Arc::new(Desk {
        places: receipts.sending.places(bench.run)?,
        clock: bench.clock,
        window: receipts.window,
        patience: bench.patience,
        latency: Latency::new(),
    });
    let mut all = Vec::new();
    for id in 0..receipts.publishers {
        let client = Client::open(&bench.target, bench.clock, (0, 0)).await?;
        all.push(Publisher {
            id: u16::try_from(id)?,
            client,
            sent: 0,
        });
    }
    let warmup = receipts.sending.warmup();
    if !warmup.is_zero() {
        all = send("warming up", all, warmup, &desk, bench).await?;
    }
    desk.latency.clear();
    let meter = Meter::start(bench.process)?;
    let start = bench.clock.now();
    let measured = receipts.sending.measured();
    let _ = send("sending", all, measured, &desk, bench).await?;
    let elapsed = bench.clock.now() - start;
    let server = meter.read(elapsed)?;
    let receipt_us = desk.latency.summary();
    let messages = receipt_us.count();
    let results = Results {
        messages,
        seconds: rounded(elapsed.as_secs_f64(), 3),
        messages_per_second: per_second(messages, elapsed),
        receipt_us,
        cpu_us_per_message: server.map(|used| used.micros_each(messages)),
        server,
    };
    outcome("receipts", bench, receipts, results, true)
}

async fn send(
    what: &str,
    publishers: Vec<Publisher>,
    duration: Duration,
    desk: &Arc<Desk>,
    bench: &Bench,
) -> anyhow::Result<Vec<Publisher>> {
    let until = bench.clock.now() + duration;
    let mut sending = JoinSet::new();
    for publisher in publishers {
        sending.spawn(publisher.send_until(until, Arc::clone(desk)));
    }
    bench.progress.wait(what, duration).await;
    let mut publishers = Vec::new();
    while let Some(ended) = sending.join_next().await {
        publishers.push(ended.context("a publisher broke off")??);
    }
    Ok(publishers)
}

impl Publisher {
    async fn send_until(mut self, until: Duration, desk: Arc<Desk>) -> anyhow::Result<Self> {
        let mut open = 0;
        loop {
            while open < desk.window && desk.clock.now() < until {
                self.send(&desk)?;
                open += 1;
            }
            if open == 0 {
                return Ok(self);
            }
            let event = timeout(desk.patience, self.client.next())
                .await
                .context("a RECEIPT did not come")??;
            // The receipt is called by the time at which it was asked for.
            if let ClientEvent::Receipt { id, .. } = event
                && let Ok(at) = id.parse::<u64>()
            {
                desk.latency.record(desk.clock.nanos().saturating_sub(at));
                open -= 1;
            }
        }
    }

    fn send(&mut self, desk: &Desk) -> anyhow::Result<()> {
        let at = desk.clock.nanos();
        let stamp = Stamp {
            publisher: self.id,
            number: self.sent,
            at,
        };
        self.sent = self.sent.wrapping_add(1);
        let mut request = desk.places.message(usize::from(self.id), stamp);
        request.receipt = Some(Text::from(at.to_string()));
        self.client.send(request)
    }
}

fn publishers(text: &str) -> Result<usize, String> {
    positive(text).and_then(|count| match count {
        1..=60_000 => Ok(count),
        _ => Err("must be at most 60000".to_owned()),
    })
}
