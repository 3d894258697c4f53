//! One client: it follows all rooms and says what it has to say, and comes back however often it
//! is cut off.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use stomp::{ClientEvent, Headers, ProtocolError, Text};

use super::line::Line;
use super::outbox::Outbox;
use super::scene::Scene;
use crate::client::{Client, Refused, is_subscribed};
use crate::peer::Target;

/// Between two attempts to come back.
const RETRY: Duration = Duration::from_millis(20);

/// What a client knows, and has to say in the end.
#[derive(Debug)]
pub(super) struct Guest {
    scene: Arc<Scene>,
    target: Arc<Target>,
    pub(super) number: usize,
    pub(super) outbox: Outbox,
    /// What it has read of each room.
    pub(super) logs: Vec<Vec<Line>>,
    /// How often it connected and was let in.
    pub(super) sessions: u64,
    /// How often it was put off by an ERROR with `x-retry`.
    pub(super) refused: u64,
    /// What the server did wrong, if it did; the client goes home with it.
    pub(super) fault: Option<anyhow::Error>,
}

/// A line came that should not have come.
#[derive(Debug)]
struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl Guest {
    pub(super) fn new(scene: Arc<Scene>, target: Arc<Target>, number: usize) -> Self {
        let count = scene.script.each.get(number).copied().unwrap_or_default();
        Self {
            outbox: Outbox::new(count, scene.window),
            logs: vec![Vec::new(); scene.script.rooms.len()],
            scene,
            target,
            number,
            sessions: 0,
            refused: 0,
            fault: None,
        }
    }

    /// Stays until the scene ends, or the server does something wrong.
    pub(super) async fn run(mut self) -> Self {
        let scene = Arc::clone(&self.scene);
        let mut ended = std::pin::pin!(scene.ended());
        loop {
            let error = tokio::select! {
                () = &mut ended => return self,
                Err(error) = self.session() => error,
            };
            let put_off = error.downcast_ref().and_then(Refused::retry_after);
            if let Some(after) = put_off.filter(|_| scene.may_put_off) {
                self.refused += 1;
                tokio::select! {
                    () = &mut ended => return self,
                    () = tokio::time::sleep(after) => continue,
                }
            }
            if error.is::<Fault>() || error.is::<Refused>() || error.is::<ProtocolError>() {
                self.fault = Some(error.context(format!("client {}", self.number)));
                return self;
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// One connection, until it breaks.
    async fn session(&mut self) -> anyhow::Result<Infallible> {
        let scene = Arc::clone(&self.scene);
        let mut client = Client::open(&self.target, scene.clock, (0, 0)).await?;
        self.sessions += 1;
        for (room, id) in scene.script.rooms.iter().enumerate() {
            let mut headers = Headers::new();
            headers.push(
                Text::from_static("x-since"),
                Text::from(self.last(room).to_string()),
            );
            let subscription = Text::from(format!("room-{room}"));
            client.subscribe_as(subscription, format!("/topic/chat/room/{id}"), headers)?;
        }
        self.outbox.rewind();
        let mut standing = 0;
        loop {
            // Nothing is said before all subscriptions stand.
            if standing == scene.script.rooms.len() {
                while let Some(number) = self.outbox.pop() {
                    client.send(scene.script.request(self.number, number)?)?;
                }
            }
            match client.next().await? {
                event if is_subscribed(&event) => standing += 1,
                ClientEvent::Receipt { id, .. } => {
                    let confirmed = self.outbox.confirm(&id);
                    confirmed.map_err(|error| Fault(error.to_string()))?;
                    scene.confirm();
                }
                ClientEvent::Message {
                    subscription, body, ..
                } => {
                    let taken = self.take(&subscription, &body);
                    taken.map_err(|error| Fault(format!("{error:#}")))?;
                    scene.arrive();
                }
                event => return Err(Fault(format!("not asked for: {event:?}")).into()),
            }
        }
    }

    /// The place of the newest line that it has read.
    fn last(&self, room: usize) -> u64 {
        let newest = self.logs.get(room).and_then(|log| log.last());
        newest.map_or(0, |line| line.seq)
    }

    /// Adds a line to what it has read, where it is the next.
    fn take(&mut self, subscription: &str, body: &Bytes) -> anyhow::Result<()> {
        let room: usize = subscription
            .strip_prefix("room-")
            .and_then(|room| room.parse().ok())
            .with_context(|| format!("a MESSAGE for {subscription}"))?;
        let line: Line = serde_json::from_slice(body).context("a line that cannot be read")?;
        let (seq, last) = (line.seq, self.last(room));
        anyhow::ensure!(
            seq > last,
            "line {seq} of room {room} after {last}: a double"
        );
        anyhow::ensure!(
            seq == last + 1,
            "line {seq} of room {room} after {last}: a hole"
        );
        let log = self.logs.get_mut(room).context("a room of nobody's")?;
        log.push(line);
        Ok(())
    }
}
