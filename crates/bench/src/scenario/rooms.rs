//! One publisher, and rooms in numbers: each has one subscriber, and a few sessions have them all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use serde::Serialize;
use stomp::{ClientEvent, Headers, Text};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::sending::Sending;
use crate::bench::{Bench, Clock, nanos};
use crate::cli::positive;
use crate::client::{Client, is_subscribed};
use crate::crowd::{Crowd, Pass};
use crate::measure::{
    Latency, LatencySummary, Meter, Outcome, ServerUse, outcome, per_second, rounded,
};
use crate::peer::Target;
use crate::places::Places;
use crate::stamp::Stamp;

/// A step through the rooms that leaves neighbours out: a prime above every number of rooms.
const STEP: u64 = 1_000_003;

/// Subscriptions of a session that are on their way at a time.
const AT_ONCE: usize = 64;

/// How many rooms, and how they are spoken to.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Rooms {
    /// Rooms, each with one subscription
    #[arg(long, value_name = "COUNT", default_value_t = 10_000, value_parser = rooms)]
    rooms: usize,

    /// Sessions that share the subscriptions
    #[arg(long, value_name = "COUNT", default_value_t = 1_000, value_parser = positive)]
    pub(crate) sessions: usize,

    /// Messages in flight in all
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = positive)]
    window: usize,

    #[command(flatten)]
    #[serde(flatten)]
    sending: Sending,
}

#[derive(Serialize)]
struct Results {
    /// In all, warm-up included.
    messages: u64,
    lost: u64,
    /// What was measured.
    measured_messages: u64,
    seconds: f64,
    messages_per_second: f64,
    latency_us: LatencySummary,
    /// Until all were subscribed.
    subscribed_after_s: f64,
    server: Option<ServerUse>,
    cpu_us_per_message: Option<f64>,
}

/// What the publisher and all sessions share.
#[derive(Debug)]
struct Hotel {
    places: Places,
    clock: Clock,
    /// Messages that may still be sent.
    window: Semaphore,
    arrived: AtomicU64,
    latency: Latency,
}

/// # Errors
///
/// Where the clients cannot connect, or a session ends.
pub(super) async fn run(rooms: &Rooms, bench: &Bench) -> anyhow::Result<Outcome> {
    ensure!(
        bench.target.receipts,
        "without RECEIPTs it is not known when all rooms are subscribed to"
    );
    let hotel = Arc::new(Hotel {
        places: rooms.sending.places(bench.run)?,
        clock: bench.clock,
        window: Semaphore::new(rooms.window.min(Semaphore::MAX_PERMITS)),
        arrived: AtomicU64::new(0),
        latency: Latency::new(),
    });
    let start = bench.clock.now();
    let sessions = rooms.sessions.min(rooms.rooms);
    let mut crowd = Crowd::new(sessions, bench.patience);
    for session in 0..sessions {
        let (hotel, target) = (Arc::clone(&hotel), Arc::clone(&bench.target));
        let mine = (session..rooms.rooms).step_by(sessions);
        crowd.join(|pass| listen(hotel, target, mine, pass));
    }
    let bar = bench.progress.begin("subscribing", sessions as u64);
    crowd.ready(&bar).await?;
    let subscribed = bench.clock.now() - start;

    let mut client = Client::open(&bench.target, bench.clock, (0, 0)).await?;
    let mut sent = 0;
    let warmup = rooms.sending.warmup();
    publish(&mut client, &hotel, rooms, &mut sent, warmup, bench).await?;
    hotel.latency.clear();
    let (warm, warm_arrived) = (sent, hotel.arrived.load(Ordering::Relaxed));
    let meter = Meter::start(bench.process)?;
    let start = bench.clock.now();
    let seconds = rooms.sending.measured();
    publish(&mut client, &hotel, rooms, &mut sent, seconds, bench).await?;
    let elapsed = bench.clock.now() - start;
    let server = meter.read(elapsed)?;
    crowd.dismiss().await?;

    let arrived = hotel.arrived.load(Ordering::Relaxed);
    let measured = arrived - warm_arrived;
    let lost = u64::from(sent).saturating_sub(arrived);
    let results = Results {
        messages: sent.into(),
        lost,
        measured_messages: u64::from(sent - warm),
        seconds: rounded(elapsed.as_secs_f64(), 3),
        messages_per_second: per_second(measured, elapsed),
        latency_us: hotel.latency.summary(),
        subscribed_after_s: rounded(subscribed.as_secs_f64(), 3),
        cpu_us_per_message: server.map(|used| used.micros_each(measured)),
        server,
    };
    outcome("rooms", bench, rooms, results, lost == 0)
}

/// One session: subscribes to its rooms, and counts until it is sent home.
async fn listen(
    hotel: Arc<Hotel>,
    target: Arc<Target>,
    mine: impl Iterator<Item = usize>,
    pass: Pass,
) -> anyhow::Result<()> {
    let mut client = Client::open(&target, hotel.clock, (0, 0)).await?;
    let mut open = 0;
    for (place, room) in mine.enumerate() {
        let id = Text::from(format!("sub-{place}"));
        client.subscribe_as(id, hotel.places.topic(room), Headers::new())?;
        open += 1;
        while open >= AT_ONCE {
            open -= usize::from(is_subscribed(&client.next().await?));
        }
    }
    while open > 0 {
        open -= usize::from(is_subscribed(&client.next().await?));
    }
    pass.ready();
    let count = async {
        loop {
            let ClientEvent::Message { body, .. } = client.next().await? else {
                continue;
            };
            if let Some(stamp) = Stamp::find(hotel.places.run(), &body) {
                hotel
                    .latency
                    .record(hotel.clock.nanos().saturating_sub(stamp.at));
                hotel.arrived.fetch_add(1, Ordering::Relaxed);
                hotel.window.add_permits(1);
            }
        }
    };
    tokio::select! {
        () = pass.dismissed() => Ok(()),
        ended = count => ended,
    }
}

/// Sends to one room after another for so long, and waits until nothing is in flight.
async fn publish(
    client: &mut Client,
    hotel: &Hotel,
    rooms: &Rooms,
    sent: &mut u32,
    duration: Duration,
    bench: &Bench,
) -> anyhow::Result<()> {
    let until = hotel.clock.now() + duration;
    while hotel.clock.now() < until {
        let free = timeout(bench.patience, hotel.window.acquire());
        let Ok(permit) = free.await else {
            return Ok(());
        };
        let mut free = permit.context("the window is never closed")?;
        // All that there is room for goes out in one write.
        loop {
            free.forget();
            let stamp = Stamp {
                publisher: 0,
                number: *sent,
                at: nanos(hotel.clock.now()),
            };
            let room = (u64::from(*sent) * STEP) % rooms.rooms as u64;
            let room = usize::try_from(room).unwrap_or_default();
            client.publish(&hotel.places, room, stamp)?;
            *sent += 1;
            match hotel.window.try_acquire() {
                Ok(permit) => free = permit,
                Err(_) => break,
            }
        }
        client.flush().await?;
    }
    let all = u32::try_from(rooms.window).unwrap_or(u32::MAX);
    // What does not come in time is counted as lost by its absence.
    let _ = timeout(bench.patience, hotel.window.acquire_many(all)).await;
    Ok(())
}

fn rooms(text: &str) -> Result<usize, String> {
    positive(text).and_then(|count| match count {
        1..=1_000_000 => Ok(count),
        _ => Err("must be at most 1000000".to_owned()),
    })
}
