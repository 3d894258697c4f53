//! Sessions that do nothing but beat their hearts.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::ensure;
use bytes::Bytes;
use clap::Args;
use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval_at, sleep};

use crate::bench::{Bench, Clock, nanos};
use crate::cli::positive;
use crate::client::Client;
use crate::crowd::{Crowd, Pass};
use crate::link::Link;
use crate::measure::{Meter, Outcome, ServerUse, outcome, rounded};
use crate::peer::Target;
use crate::places::topic;

/// How many sessions, and what they do.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Idle {
    /// Sessions
    #[arg(long, value_name = "COUNT", default_value_t = 10_000, value_parser = positive)]
    pub(crate) clients: usize,

    /// Milliseconds between heart-beats, in both directions; 0 for none
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 10_000)]
    heartbeat: u32,

    /// Seconds for which the sessions are watched
    #[arg(long, value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..))]
    hold: u64,

    /// Seconds over which the sessions are opened, so that not all hearts beat at once
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    over: u64,

    /// Seconds between the last session and the measurement
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    settle: u64,

    /// Sessions that are being opened at a time
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = positive)]
    concurrency: usize,

    /// What each subscribes to; the braces stand for its number, from 0; empty for nothing
    #[arg(long, value_name = "TEMPLATE", default_value = "/topic/bench.{n}")]
    destination: String,
}

#[derive(Serialize)]
struct Results {
    /// Milliseconds between beats that were agreed on: ours, the server's; 0 for never.
    beat_every_ms: [u32; 2],
    beats_sent: u64,
    beats_received: u64,
    /// The longest time for which one session heard nothing.
    longest_silence_ms: f64,
    /// Sessions that ended before they were sent home.
    sessions_lost: usize,
    server: Option<ServerUse>,
    /// CPU time for each beat, of whichever direction.
    cpu_us_per_beat: Option<f64>,
    /// What all sessions together occupy at the end, divided by their number.
    rss_bytes_per_session: Option<f64>,
}

/// What all sessions count together while they are watched.
#[derive(Debug, Default)]
struct Beats {
    sent: AtomicU64,
    received: AtomicU64,
    longest_silence: AtomicU64,
}

/// One session's place among the others.
#[derive(Clone, Debug)]
struct Seat {
    target: Arc<Target>,
    clock: Clock,
    beats: Arc<Beats>,
    heartbeat: u32,
    destination: Option<String>,
    /// How long after the start it is opened.
    after: Duration,
    /// What part of the interval passes before its first beat. Real clients are as little in step
    /// with the server's timers.
    phase: f64,
}

/// How a session was left.
#[derive(Debug)]
struct Left {
    beat_every: [u32; 2],
    lost: Option<anyhow::Error>,
}

/// # Errors
///
/// Where one of the sessions cannot be opened.
pub(super) async fn run(idle: &Idle, bench: &Bench) -> anyhow::Result<Outcome> {
    let beats = Arc::new(Beats::default());
    let empty = Meter::start(bench.process)?;
    let over = Duration::from_secs(idle.over);
    // Nobody may be ready for as long as the opening is spread out.
    let mut crowd = Crowd::new(idle.concurrency, bench.patience + over);
    for number in 0..idle.clients {
        let seat = Seat {
            target: Arc::clone(&bench.target),
            clock: bench.clock,
            beats: Arc::clone(&beats),
            heartbeat: idle.heartbeat,
            destination: (!idle.destination.is_empty()).then(|| topic(&idle.destination, number)),
            after: over.mul_f64(part(number, idle.clients)),
            // Steps of the golden section leave no two neighbours in step.
            phase: (part(number, 1) * 0.618_034).fract(),
        };
        crowd.join(|pass| seat.run(pass));
    }
    let bar = bench.progress.begin("connecting", idle.clients as u64);
    crowd.ready(&bar).await?;
    bench
        .progress
        .wait("settling", Duration::from_secs(idle.settle))
        .await;

    let counted = || {
        (
            beats.sent.load(Ordering::Relaxed),
            beats.received.load(Ordering::Relaxed),
        )
    };
    let meter = Meter::start(bench.process)?;
    let (sent, received) = counted();
    beats.longest_silence.store(0, Ordering::Relaxed);
    let start = bench.clock.now();
    bench
        .progress
        .wait("watching", Duration::from_secs(idle.hold))
        .await;
    let elapsed = bench.clock.now() - start;
    let server = meter.read(elapsed)?;
    let grown = empty.read(elapsed)?;
    let (sent, received) = (counted().0 - sent, counted().1 - received);

    let left = crowd.dismiss().await?;
    let lost: Vec<_> = left.iter().filter_map(|left| left.lost.as_ref()).collect();
    if let Some(error) = lost.first() {
        eprintln!(
            "roomside-bench: {} sessions ended, such as: {error:#}",
            lost.len()
        );
    }
    let beat_every = left.first().map_or([0, 0], |left| left.beat_every);
    if idle.heartbeat > 0 && beat_every.contains(&0) {
        eprintln!("roomside-bench: the server does not beat in both directions");
    }
    let results = Results {
        beat_every_ms: beat_every,
        beats_sent: sent,
        beats_received: received,
        longest_silence_ms: silence_ms(&beats),
        sessions_lost: lost.len(),
        cpu_us_per_beat: server.map(|used| used.micros_each(sent + received)),
        rss_bytes_per_session: grown.map(|grown| grown.bytes_each(idle.clients)),
        server,
    };
    outcome("idle", bench, idle, results, lost.is_empty())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "silences stay far below 2^53 ns"
)]
fn silence_ms(beats: &Beats) -> f64 {
    rounded(
        beats.longest_silence.load(Ordering::Relaxed) as f64 / 1e6,
        1,
    )
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn part(number: usize, of: usize) -> f64 {
    number as f64 / of as f64
}

impl Seat {
    async fn run(self, pass: Pass) -> anyhow::Result<Left> {
        sleep(self.after).await;
        let permit = pass.admit().await?;
        let asked = (self.heartbeat, self.heartbeat);
        let mut client = Client::open(&self.target, self.clock, asked).await?;
        if let Some(destination) = &self.destination {
            client.subscribe_now(destination.clone()).await?;
        }
        drop(permit);
        pass.ready();
        let (server_can, server_wants) = client.heartbeat();
        let beat_every = [
            agree(self.heartbeat, server_wants),
            agree(server_can, self.heartbeat),
        ];
        let lost = tokio::select! {
            () = pass.dismissed() => None,
            ended = self.beat(client.into_link(), beat_every[0]) => ended.err(),
        };
        Ok(Left { beat_every, lost })
    }

    /// Beats every so many milliseconds, and counts what comes.
    async fn beat(&self, mut link: Link, every: u32) -> anyhow::Result<()> {
        let interval = Duration::from_millis(u64::from(every.max(1)));
        let first = tokio::time::Instant::now() + interval.mul_f64(self.phase);
        let mut ticks = interval_at(first, interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = self.clock.now();
        loop {
            tokio::select! {
                bytes = poll_fn(|cx| link.poll_read(cx)) => {
                    let bytes = bytes?;
                    ensure!(
                        bytes.iter().all(|byte| *byte == b'\n'),
                        "expected a heart-beat, got {:?}",
                        String::from_utf8_lossy(&bytes)
                    );
                    let now = self.clock.now();
                    self.beats.received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    self.beats.longest_silence.fetch_max(nanos(now - heard), Ordering::Relaxed);
                    heard = now;
                }
                _ = ticks.tick(), if every > 0 => {
                    link.queue(Bytes::from_static(stomp::BEAT));
                    self.beats.sent.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }
}

/// What one side can and the other wants (STOMP 1.2, Heart-beating): the slower of the two.
fn agree(can: u32, wants: u32) -> u32 {
    if can == 0 || wants == 0 {
        0
    } else {
        can.max(wants)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_are_agreed_on_as_the_specification_has_it() {
        assert_eq!(agree(10_000, 5_000), 10_000);
        assert_eq!(agree(5_000, 10_000), 10_000);
        assert_eq!(agree(0, 10_000), 0);
        assert_eq!(agree(10_000, 0), 0);
    }
}
