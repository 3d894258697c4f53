//! A client comes back to a room in which very much was said meanwhile.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use serde::Serialize;
use stomp::{ClientEvent, Headers, Text};
use tokio::time::timeout;

use super::talk::{Noticed, TalkArgs, noticed};
use crate::bench::Bench;
use crate::client::Client;
use crate::measure::{
    Latency, LatencySummary, Outcome, Sequence, Take, Tally, outcome, per_second,
};
use crate::places::Places;
use crate::stamp::Stamp;

/// The room that is filled.
const FULL: usize = 1;

/// Who fills it. In the same room, publisher 0 talks.
const FILLER: u16 = 1;

/// Messages that are sent with one RECEIPT, and how many may wait for theirs.
const BATCH: u32 = 256;
const WINDOW: u32 = 8 * BATCH;

/// How much was missed, and what is talked meanwhile.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Gap {
    /// Messages that were missed
    #[arg(long, value_name = "COUNT", default_value_t = 100_000,
          value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    messages: u32,

    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) talk: TalkArgs,
}

#[derive(Serialize)]
struct Results {
    /// How fast the room was filled by one session.
    filled_per_second: f64,
    /// While another room talks.
    other_room: Beside,
    /// While the room itself talks.
    same_room: Beside,
}

/// One client after the other catches up, while a room talks.
#[derive(Serialize)]
struct Beside {
    #[serde(flatten)]
    noticed: Noticed,
    /// Clients that have read everything.
    catch_ups: u64,
    /// From SUBSCRIBE to the first message.
    first_us: LatencySummary,
    /// From SUBSCRIBE to the last one that was missed.
    last_us: LatencySummary,
    /// While they did.
    read_per_second: f64,
    /// What they read.
    read: Tally,
    /// How the one ended that did not come to its end.
    failed: Option<String>,
}

/// What was read.
#[derive(Debug)]
struct Book {
    first: Latency,
    last: Latency,
    page: Mutex<Page>,
}

#[derive(Debug, Default)]
struct Page {
    tally: Tally,
    catch_ups: u64,
    time: Duration,
    failed: Option<String>,
}

/// # Errors
///
/// Where the clients cannot connect, a room is not reached, or it cannot be filled.
pub(super) async fn run(gap: &Gap, bench: &Bench) -> anyhow::Result<Outcome> {
    ensure!(
        gap.talk.place.chat,
        "a plain topic has no log to catch up from: say --chat"
    );
    let places = gap.talk.places(bench, 0)?;
    let start = bench.clock.now();
    fill(gap.messages, &places, bench).await?;
    let elapsed = bench.clock.now() - start;
    let results = Results {
        filled_per_second: per_second(gap.messages.into(), elapsed),
        other_room: beside(gap, 0, &places, bench).await?,
        same_room: beside(gap, FULL, &places, bench).await?,
    };
    let whole = results.other_room.is_whole() && results.same_room.is_whole();
    outcome("gap", bench, gap, results, whole)
}

impl Beside {
    fn is_whole(&self) -> bool {
        let read = self.read.is_whole() && self.failed.is_none() && self.catch_ups > 0;
        read && self.noticed.is_whole()
    }
}

async fn fill(messages: u32, places: &Places, bench: &Bench) -> anyhow::Result<()> {
    let mut client = Client::open(&bench.target, bench.clock, (0, 0)).await?;
    let bar = bench.progress.begin("filling", messages.into());
    let (mut sent, mut confirmed) = (0, 0);
    while confirmed < messages {
        while sent < messages && sent - confirmed < WINDOW {
            let stamp = Stamp {
                publisher: FILLER,
                number: sent,
                at: bench.clock.nanos(),
            };
            let mut request = places.message(FULL, stamp);
            sent += 1;
            if sent.is_multiple_of(BATCH) || sent == messages {
                request.receipt = Some(Text::from(sent.to_string()));
            }
            client.send(request)?;
        }
        let event = timeout(bench.patience, client.next())
            .await
            .context("a RECEIPT did not come")??;
        if let ClientEvent::Receipt { id, .. } = event {
            confirmed = id.parse().unwrap_or(confirmed);
            bar.set_position(confirmed.into());
        }
    }
    Ok(())
}

async fn beside(gap: &Gap, room: usize, places: &Places, bench: &Bench) -> anyhow::Result<Beside> {
    let book = Book {
        first: Latency::new(),
        last: Latency::new(),
        page: Mutex::default(),
    };
    let noticed = noticed(&gap.talk, bench, room, async |_| {
        let failed = loop {
            if let Err(error) = catch_up(gap.messages, places, bench, &book).await {
                break error;
            }
        };
        book.page().failed = Some(format!("{failed:#}"));
    })
    .await?;
    let page = std::mem::take(&mut *book.page());
    Ok(Beside {
        noticed,
        catch_ups: page.catch_ups,
        first_us: book.first.summary(),
        last_us: book.last.summary(),
        read_per_second: per_second(page.tally.deliveries, page.time),
        read: page.tally,
        failed: page.failed,
    })
}

/// One client: it has nothing of the room yet, and reads until it has what was missed.
async fn catch_up(
    messages: u32,
    places: &Places,
    bench: &Bench,
    book: &Book,
) -> anyhow::Result<()> {
    let mut client = Client::open(&bench.target, bench.clock, (0, 0)).await?;
    let mut headers = Headers::new();
    headers.push(Text::from_static("x-since"), Text::from_static("0"));
    let begun = bench.clock.nanos();
    client.subscribe(places.topic(FULL), headers)?;
    let (mut heard, mut tally, mut place) = (Sequence::default(), Tally::default(), 0);
    while place < u64::from(messages) {
        let event = timeout(bench.patience, client.next())
            .await
            .context("no more messages come")??;
        let ClientEvent::Message { headers, body, .. } = event else {
            continue;
        };
        if place == 0 {
            book.first.record(bench.clock.nanos().saturating_sub(begun));
        }
        let offset = headers.get("x-offset").and_then(|it| it.parse().ok());
        place = offset.context("a message has no x-offset")?;
        let Some(stamp) = Stamp::find(places.run(), &body).filter(|it| it.publisher == FILLER)
        else {
            continue;
        };
        match heard.take(stamp.number.into()) {
            Take::Fresh => tally.deliveries += 1,
            Take::Late => {
                tally.deliveries += 1;
                tally.out_of_order += 1;
            }
            Take::Double => tally.doubled += 1,
        }
    }
    let took = bench.clock.nanos().saturating_sub(begun);
    book.last.record(took);
    tally.lost = heard.lost(messages.into());
    let mut page = book.page();
    page.tally += tally;
    page.catch_ups += 1;
    page.time += Duration::from_nanos(took);
    Ok(())
}

impl Book {
    fn page(&self) -> MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
