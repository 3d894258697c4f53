//! One publisher: as many in flight as its window has, or so many a second.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{bail, ensure};
use stomp::ClientEvent;
use tokio::time::sleep_until;

use super::field::Field;
use crate::bench::nanos;
use crate::client::Client;
use crate::stamp::{PROBE, Stamp};

/// Messages that may wait to be written where the server does not take what is sent at a rate.
const BACKLOG: usize = 1_024;

/// How late a timer may ring before it is the sender who is late.
const LATE: Duration = Duration::from_millis(2);

#[derive(Debug)]
pub(crate) struct Publisher {
    id: u16,
    client: Client,
    field: Arc<Field>,
    /// Between two messages, where a rate is given.
    every: Option<Duration>,
    sent: u32,
}

impl Publisher {
    pub(crate) fn new(id: u16, client: Client, field: Arc<Field>, rate: Option<u32>) -> Self {
        Self {
            id,
            client,
            field,
            every: rate.map(|rate| Duration::from_secs(1) / rate.max(1)),
            sent: 0,
        }
    }

    pub(crate) fn id(&self) -> u16 {
        self.id
    }

    /// Messages sent so far.
    pub(crate) fn sent(&self) -> u64 {
        u64::from(self.sent)
    }

    /// Sends until the clock shows `until`, and gives itself back.
    pub(crate) async fn send_until(mut self, until: Duration) -> anyhow::Result<Self> {
        match self.every {
            Some(every) => self.keep_rate(every, until).await?,
            None => self.keep_window(until).await?,
        }
        self.client.flush().await?;
        Ok(self)
    }

    async fn keep_window(&mut self, until: Duration) -> anyhow::Result<()> {
        let field = Arc::clone(&self.field);
        let over = sleep_until(field.clock.moment(until));
        tokio::pin!(over);
        loop {
            // All that the window has room for goes out in one write.
            while field.begin(self.id, self.sent()) {
                self.send(field.clock.now())?;
            }
            tokio::select! {
                biased;
                () = &mut over => return Ok(()),
                () = field.landed(self.id) => {}
                event = self.client.next() => expected(&event?)?,
            }
        }
    }

    async fn keep_rate(&mut self, every: Duration, until: Duration) -> anyhow::Result<()> {
        let clock = self.field.clock;
        let mut due = clock.now();
        while due < until {
            let now = clock.now();
            if now >= due && self.client.backlog() < BACKLOG {
                self.send(if now - due > LATE { due } else { now })?;
                due += every;
                continue;
            }
            let wake = if now >= due { now + LATE } else { due };
            tokio::select! {
                event = self.client.next() => expected(&event?)?,
                () = sleep_until(clock.moment(wake)) => {}
            }
        }
        Ok(())
    }

    fn send(&mut self, at: Duration) -> anyhow::Result<()> {
        ensure!(self.sent < PROBE, "too many messages");
        let room = self.field.plan.room_of(self.id, self.sent());
        let stamp = Stamp {
            publisher: self.id,
            number: self.sent,
            at: nanos(at),
        };
        self.client.publish(&self.field.places, room, stamp)?;
        self.sent += 1;
        Ok(())
    }
}

/// A publisher asks for nothing, and so nothing should come.
fn expected(event: &ClientEvent) -> anyhow::Result<()> {
    match event {
        ClientEvent::Receipt { .. } => Ok(()),
        event => bail!("a publisher was told {event:?}"),
    }
}
