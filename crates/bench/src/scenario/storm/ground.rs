//! What the clients and the publisher of one storm share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::bail;
use stomp::ClientEvent;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::bench::{Clock, nanos};
use crate::client::Client;
use crate::measure::Latency;
use crate::places::Places;
use crate::stamp::Stamp;

#[derive(Debug)]
pub(super) struct Ground {
    pub(super) places: Places,
    pub(super) clock: Clock,
    pub(super) live_after: Latency,
    /// For each room, how many messages were sent into it.
    sent: Vec<AtomicU32>,
    arrived: AtomicU64,
    live: AtomicUsize,
    last_live: AtomicU64,
    retries: AtomicU64,
    cut: watch::Sender<bool>,
    over: AtomicBool,
}

impl Ground {
    pub(super) fn new(places: Places, clock: Clock, rooms: usize) -> Self {
        Self {
            places,
            clock,
            live_after: Latency::new(),
            sent: (0..rooms).map(|_| AtomicU32::new(0)).collect(),
            arrived: AtomicU64::new(0),
            live: AtomicUsize::new(0),
            last_live: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            cut: watch::Sender::new(false),
            over: AtomicBool::new(false),
        }
    }

    /// Cuts everybody off, and tells when that was.
    pub(super) fn cut(&self) -> Duration {
        self.cut.send_replace(true);
        self.clock.now()
    }

    /// Resolves at the cut.
    pub(super) fn is_cut(&self) -> impl Future<Output = ()> + use<> {
        let mut cut = self.cut.subscribe();
        async move {
            // An error would mean that the storm is over, and then nobody waits for it.
            let _ = cut.wait_for(|cut| *cut).await;
        }
    }

    /// Has the publisher stop.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Messages sent so far.
    pub(super) fn sent(&self) -> u64 {
        (0..self.sent.len()).map(|room| self.sent_into(room)).sum()
    }

    /// Messages sent into a room so far.
    pub(super) fn sent_into(&self, room: usize) -> u64 {
        u64::from(self.sent[room].load(Ordering::SeqCst))
    }

    /// A client has a message that it did not have before.
    pub(super) fn arrive(&self) {
        self.arrived.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Relaxed)
    }

    /// A client is live again, having begun to come back at `since`.
    pub(super) fn alive(&self, since: Duration) {
        let now = self.clock.now();
        self.live_after.record(nanos(now - since));
        self.last_live.fetch_max(nanos(now), Ordering::SeqCst);
        self.live.fetch_add(1, Ordering::SeqCst);
    }

    /// Clients that are live again.
    pub(super) fn live(&self) -> usize {
        self.live.load(Ordering::SeqCst)
    }

    /// When the last of them was.
    pub(super) fn last_live(&self) -> Duration {
        Duration::from_nanos(self.last_live.load(Ordering::SeqCst))
    }

    pub(super) fn retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }
}

/// Sends to the rooms in turn, so many messages a second, until the ground says that it is over.
/// Each room has its own numbers, without a hole. The session is given back: a server may drop
/// what it has not looked at yet when a client hangs up.
pub(super) async fn publish(
    mut client: Client,
    ground: Arc<Ground>,
    rate: u32,
) -> anyhow::Result<Client> {
    let mut ticks = interval(Duration::from_secs(1) / rate.max(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut rooms = (0..ground.sent.len()).cycle();
    while !ground.over.load(Ordering::Relaxed) {
        tokio::select! {
            event = client.next() => match event? {
                ClientEvent::Receipt { .. } => {}
                event => bail!("the publisher was told {event:?}"),
            },
            _ = ticks.tick() => {
                let Some(room) = rooms.next() else { break };
                let stamp = Stamp {
                    publisher: 0,
                    number: ground.sent[room].fetch_add(1, Ordering::SeqCst),
                    at: ground.clock.nanos(),
                };
                client.publish(&ground.places, room, stamp)?;
            }
        }
    }
    client.flush().await?;
    Ok(client)
}
