//! One client of a storm: it follows a room, is cut off, and comes back.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use bytes::Bytes;
use stomp::{ClientEvent, Headers, Text};
use tokio::time::sleep;

use super::ground::Ground;
use crate::client::{Client, is_subscribed};
use crate::crowd::Pass;
use crate::measure::{Sequence, Take, Tally};
use crate::peer::Target;
use crate::stamp::Stamp;

/// Between two attempts to come back.
const RETRY: Duration = Duration::from_millis(100);

/// What a client knows and has to say after the storm.
#[derive(Debug)]
pub(super) struct Guest {
    ground: Arc<Ground>,
    target: Arc<Target>,
    pub(super) room: usize,
    /// How long after the cut it begins to come back.
    back_after: Duration,
    /// How far it has read the log, where there is one.
    since: Option<Text>,
    pub(super) heard: Sequence,
    /// Without what was lost, which it cannot know.
    pub(super) tally: Tally,
    is_live: bool,
    /// Why it is not there at the end, if it is not.
    pub(super) ended: Option<anyhow::Error>,
}

impl Guest {
    /// A client that will come back so long after the cut. `since` is where to begin in a log of
    /// which it has not read anything.
    pub(super) fn new(
        ground: Arc<Ground>,
        target: Arc<Target>,
        room: usize,
        back_after: Duration,
        since: Option<Text>,
    ) -> Self {
        Self {
            ground,
            target,
            room,
            back_after,
            since,
            heard: Sequence::default(),
            tally: Tally::default(),
            is_live: false,
            ended: None,
        }
    }

    /// Lives through the storm.
    ///
    /// # Errors
    ///
    /// Where it cannot come in the first place. How it ends later is told by `ended`.
    pub(super) async fn run(mut self, pass: Pass) -> anyhow::Result<Self> {
        let (cut, dismissed) = (self.ground.is_cut(), pass.dismissed());
        let permit = pass.admit().await?;
        let mut client = Client::open(&self.target, self.ground.clock, (0, 0)).await?;
        client
            .subscribe_now(self.ground.places.topic(self.room))
            .await?;
        drop(permit);
        pass.ready();
        let thrown_out = tokio::select! {
            () = cut => None,
            Err(error) = self.listen(&mut client) => Some(error),
        };
        drop(client);
        self.ended = match thrown_out {
            None => tokio::select! {
                () = dismissed => None,
                error = self.come_back() => Some(error),
            },
            before => before,
        };
        if !self.is_live && self.ended.is_none() {
            self.ended = Some(anyhow!("it was not live again in time"));
        }
        Ok(self)
    }

    async fn listen(&mut self, client: &mut Client) -> anyhow::Result<Infallible> {
        loop {
            if let ClientEvent::Message { headers, body, .. } = client.next().await? {
                self.take(&headers, &body);
            }
        }
    }

    /// Comes back as often as it takes to be live, and tells how it ended after that.
    async fn come_back(&mut self) -> anyhow::Error {
        sleep(self.back_after).await;
        let begun = self.ground.clock.now();
        loop {
            let Err(error) = self.follow(begun).await;
            if self.is_live {
                return error;
            }
            self.ground.retry();
            sleep(RETRY).await;
        }
    }

    /// One attempt. It is live once it is subscribed, and has all that was sent to its room before
    /// it asked; without a log, once it has anything that was sent after.
    async fn follow(&mut self, begun: Duration) -> anyhow::Result<Infallible> {
        let mut client = Client::open(&self.target, self.ground.clock, (0, 0)).await?;
        let mut headers = Headers::new();
        if let Some(since) = &self.since {
            headers.push(Text::from_static("x-since"), since.clone());
        }
        let goal = self.ground.sent_into(self.room);
        client.subscribe(self.ground.places.topic(self.room), headers)?;
        let mut subscribed = !self.target.receipts;
        let mut heard_later = false;
        loop {
            match client.next().await? {
                event if is_subscribed(&event) => subscribed = true,
                ClientEvent::Message { headers, body, .. } => {
                    let number = self.take(&headers, &body);
                    heard_later |= number.is_some_and(|number| number >= goal);
                }
                _ => {}
            }
            if !self.is_live && subscribed && (heard_later || self.heard.is_complete(goal)) {
                self.is_live = true;
                self.ground.alive(begun);
            }
        }
    }

    /// Counts a message, and gives its number back where it is one of this run.
    fn take(&mut self, headers: &Headers, body: &Bytes) -> Option<u64> {
        if let Some(offset) = headers.get("x-offset") {
            self.since = Some(Text::from(offset.to_owned()));
        }
        let number = u64::from(Stamp::find(self.ground.places.run(), body)?.number);
        match self.heard.take(number) {
            Take::Double => {
                self.tally.doubled += 1;
                return Some(number);
            }
            Take::Late => self.tally.out_of_order += 1,
            Take::Fresh => {}
        }
        self.tally.deliveries += 1;
        self.ground.arrive();
        Some(number)
    }
}
