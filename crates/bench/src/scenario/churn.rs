//! A client that subscribes and unsubscribes as fast as it can.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::ensure;
use clap::Args;
use serde::Serialize;
use stomp::{ClientEvent, Headers, Text};

use super::talk::{Noticed, TalkArgs, noticed};
use crate::bench::Bench;
use crate::cli::positive;
use crate::client::Client;
use crate::measure::{Outcome, outcome};

/// The receipt that confirms an UNSUBSCRIBE.
const GONE: &str = "gone";

/// How hard it churns, and what the room talks.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Churn {
    /// Subscriptions that may be on their way at a time, each with its end right behind it
    #[arg(long, value_name = "COUNT", default_value_t = 256, value_parser = positive)]
    window: usize,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) talk: TalkArgs,
}

#[derive(Serialize)]
struct Results {
    #[serde(flatten)]
    noticed: Noticed,
    /// Subscriptions that were made and ended.
    churned: u64,
    /// How its session ended, if it did.
    churn_ended: Option<String>,
}

/// # Errors
///
/// Where the clients cannot connect, or the room is not reached, or the server is a floor, which
/// nobody leaves.
pub(super) async fn run(churn: &Churn, bench: &Bench) -> anyhow::Result<Outcome> {
    ensure!(
        bench.target.floor.is_none(),
        "nobody can unsubscribe from a floor"
    );
    let (churned, ended) = (AtomicU64::new(0), Mutex::new(None));
    let noticed = noticed(&churn.talk, bench, 0, async |topic| {
        let Err(error) = whirl(churn.window, bench, &topic, &churned).await;
        if let Ok(mut ended) = ended.lock() {
            *ended = Some(format!("{error:#}"));
        }
    })
    .await?;
    let whole = noticed.is_whole();
    let results = Results {
        noticed,
        churned: churned.load(Ordering::Relaxed),
        churn_ended: ended.into_inner().ok().flatten(),
    };
    outcome("churn", bench, churn, results, whole)
}

/// Subscribes to the room that talks and unsubscribes, until the server hangs up.
async fn whirl(
    window: usize,
    bench: &Bench,
    topic: &str,
    churned: &AtomicU64,
) -> anyhow::Result<std::convert::Infallible> {
    let mut client = Client::open(&bench.target, bench.clock, (0, 0)).await?;
    let mut on_the_way = 0;
    loop {
        while on_the_way < window {
            let id = Text::from_static("churn");
            client.subscribe_as(id.clone(), topic.to_owned(), Headers::new())?;
            client.unsubscribe(id, Text::from_static(GONE))?;
            on_the_way += 1;
        }
        if matches!(client.next().await?, ClientEvent::Receipt { id, .. } if id == GONE) {
            on_the_way -= 1;
            churned.fetch_add(1, Ordering::Relaxed);
        }
    }
}
