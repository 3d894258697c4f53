//! Sockets that connect and say nothing.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio::time::timeout;

use crate::bench::{Bench, nanos};
use crate::cli::positive;
use crate::crowd::Crowd;
use crate::link::Link;
use crate::measure::{Latency, LatencySummary, Meter, Outcome, ServerUse, outcome};

/// How many, and for how long.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Silent {
    /// Sockets that are opened; over WebSocket they shake hands, and then say nothing
    #[arg(long, value_name = "COUNT", default_value_t = 1_000, value_parser = positive)]
    pub(crate) clients: usize,

    /// Seconds within which the server should be rid of them
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,

    /// Sockets that are being opened at a time
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = positive)]
    concurrency: usize,
}

#[derive(Serialize)]
struct Results {
    closed: usize,
    /// Sockets that the server kept.
    kept: usize,
    /// From the open connection to its end, of those that were closed.
    closed_after_us: LatencySummary,
    /// How the server put it, in one case.
    such_as: Option<String>,
    server: Option<ServerUse>,
}

/// # Errors
///
/// Where a socket cannot be opened.
pub(super) async fn run(silent: &Silent, bench: &Bench) -> anyhow::Result<Outcome> {
    let meter = Meter::start(bench.process)?;
    let start = bench.clock.now();
    let wait = Duration::from_secs(silent.wait);
    let (after, gone) = (Arc::new(Latency::new()), Arc::new(AtomicUsize::new(0)));
    let mut crowd = Crowd::new(silent.concurrency, bench.patience);
    for _ in 0..silent.clients {
        let (target, clock) = (Arc::clone(&bench.target), bench.clock);
        let (after, gone) = (Arc::clone(&after), Arc::clone(&gone));
        crowd.join(|pass| async move {
            let permit = pass.admit().await?;
            let mut link = Link::open(&target).await?;
            let open = clock.now();
            drop(permit);
            pass.ready();
            let end = async {
                loop {
                    // What it says meanwhile, an open frame or a beat, makes no difference.
                    if let Err(error) = poll_fn(|cx| link.poll_read(cx)).await {
                        return error;
                    }
                }
            };
            let Ok(error) = timeout(wait, end).await else {
                return Ok(None);
            };
            after.record(nanos(clock.now() - open));
            gone.fetch_add(1, Ordering::Relaxed);
            Ok(Some(format!("{error:#}")))
        });
    }
    let bar = bench.progress.begin("silence", silent.clients as u64);
    crowd.ready(&bar).await?;
    let told = crowd.dismiss().await?;
    let elapsed = bench.clock.now() - start;
    let server = meter.read(elapsed)?;
    let closed = gone.load(Ordering::Relaxed);
    let results = Results {
        closed,
        kept: silent.clients - closed,
        closed_after_us: after.summary(),
        such_as: told.into_iter().flatten().next(),
        server,
    };
    outcome("silent", bench, silent, results, closed == silent.clients)
}
