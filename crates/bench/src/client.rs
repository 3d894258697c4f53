//! A STOMP session over a link.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use anyhow::bail;
use stomp::{ClientEvent, Closed, Headers, Heartbeat, Output, SendRequest, SubscribeRequest, Text};
use tokio::time::{Sleep, sleep_until};

use crate::bench::Clock;
use crate::floor::Wire;
use crate::link::Link;
use crate::peer::Target;
use crate::places::Places;
use crate::stamp::Stamp;

/// The receipt that confirms a subscription.
const SUBSCRIBED: &str = "subscribed";

/// Seconds until what was refused may be tried again.
const X_RETRY: &str = "x-retry";

/// What a floor does not say, being no STOMP server.
const CONNECTED: &[u8] = b"CONNECTED\nversion:1.2\n\n\0";

/// What a floor answers to whoever comes in.
const RECEIPT: &[u8] = b"RECEIPT\nreceipt-id:subscribed\n\n\0";

/// An open session.
#[derive(Debug)]
pub(crate) struct Client {
    link: Link,
    stomp: stomp::Client,
    clock: Clock,
    /// Set to what is due next when it rings, since most deadlines move away before.
    timer: Option<(Duration, Pin<Box<Sleep>>)>,
    receipts: bool,
    /// Where the server is a floor.
    floor: Option<Wire>,
    heartbeat: (u32, u32),
}

impl Client {
    /// Connects, and waits for CONNECTED. `heartbeat` is in milliseconds: what we can send and
    /// what we want, 0 for never.
    pub(crate) async fn open(
        target: &Target,
        clock: Clock,
        heartbeat: (u32, u32),
    ) -> anyhow::Result<Self> {
        let link = Link::open(target).await?;
        Self::over(link, target, clock, heartbeat).await
    }

    /// The same over a link that is open already.
    pub(crate) async fn over(
        link: Link,
        target: &Target,
        clock: Clock,
        heartbeat: (u32, u32),
    ) -> anyhow::Result<Self> {
        let options = target.options(heartbeat);
        let mut client = Self {
            link,
            stomp: stomp::Client::new(options, clock.now()),
            clock,
            timer: None,
            receipts: target.receipts,
            floor: target.floor,
            heartbeat: (0, 0),
        };
        if client.floor.is_some() {
            // Its CONNECT stays here.
            let _ = client.stomp.poll();
            client.stomp.handle_input(CONNECTED, clock.now());
        }
        match client.next().await? {
            ClientEvent::Connected { headers, .. } => {
                client.heartbeat = headers
                    .get("heart-beat")
                    .and_then(Heartbeat::parse)
                    .unwrap_or_default();
                Ok(client)
            }
            event => bail!("expected CONNECTED, got {event:?}"),
        }
    }

    /// What the server's `heart-beat` says: milliseconds between beats that it can send, and that
    /// it wants.
    pub(crate) fn heartbeat(&self) -> (u32, u32) {
        self.heartbeat
    }

    /// Queues a SUBSCRIBE, with a receipt where this server sends them.
    pub(crate) fn subscribe(
        &mut self,
        destination: String,
        headers: Headers,
    ) -> anyhow::Result<()> {
        self.subscribe_as(Text::from_static("sub-0"), destination, headers)
    }

    /// The same with an id, for who has several.
    pub(crate) fn subscribe_as(
        &mut self,
        id: Text,
        destination: String,
        headers: Headers,
    ) -> anyhow::Result<()> {
        if let Some(wire) = self.floor {
            self.link.queue(wire.join(&destination, RECEIPT));
            return Ok(());
        }
        let request = SubscribeRequest {
            headers,
            receipt: self.receipts.then(|| Text::from_static(SUBSCRIBED)),
            ..SubscribeRequest::new(id, destination)
        };
        Ok(self.stomp.subscribe(request, self.clock.now())?)
    }

    /// Subscribes to a destination on which nothing moves yet, and waits until it is done; with a
    /// server that sends no receipts, until it is asked for. What comes before is dropped.
    pub(crate) async fn subscribe_now(&mut self, destination: String) -> anyhow::Result<()> {
        self.subscribe(destination, Headers::new())?;
        if !self.receipts {
            return self.flush().await;
        }
        while !is_subscribed(&self.next().await?) {}
        Ok(())
    }

    /// Queues an UNSUBSCRIBE.
    pub(crate) fn unsubscribe(&mut self, id: Text, receipt: Text) -> anyhow::Result<()> {
        let now = self.clock.now();
        Ok(self.stomp.unsubscribe(id, Some(receipt), now)?)
    }

    /// Queues a message for everybody in a room. It goes out with the next call of `next` or
    /// `flush`.
    pub(crate) fn publish(
        &mut self,
        places: &Places,
        room: usize,
        stamp: Stamp,
    ) -> anyhow::Result<()> {
        let Some(wire) = self.floor else {
            return self.send(places.message(room, stamp));
        };
        let delivery = places.delivery(room, stamp);
        self.link.queue(wire.tell(&places.topic(room), &delivery));
        Ok(())
    }

    /// Queues a message for a room in which nobody is but this client.
    pub(crate) fn echo(
        &mut self,
        places: &Places,
        room: usize,
        stamp: Stamp,
    ) -> anyhow::Result<()> {
        let Some(wire) = self.floor else {
            return self.send(places.message(room, stamp));
        };
        self.link.queue(wire.echo(&places.delivery(room, stamp)));
        Ok(())
    }

    /// Queues a SEND. It goes out with the next call of `next` or `flush`.
    pub(crate) fn send(&mut self, request: SendRequest) -> anyhow::Result<()> {
        Ok(self.stomp.send(request, self.clock.now())?)
    }

    /// The next thing that the server tells. Everything queued goes out meanwhile.
    ///
    /// # Errors
    ///
    /// How the session ended: what it reads in the ERROR frame, or how the link broke.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub(crate) async fn next(&mut self) -> anyhow::Result<ClientEvent> {
        loop {
            if let Some(event) = self.pump()? {
                return Ok(event);
            }
            poll_fn(|cx| {
                if let Poll::Ready(read) = self.link.poll_read(cx) {
                    self.stomp.handle_input(&read?, self.clock.now());
                    return Poll::Ready(anyhow::Ok(()));
                }
                let rang = self
                    .timer
                    .as_mut()
                    .is_some_and(|(_, timer)| timer.as_mut().poll(cx).is_ready());
                if rang {
                    self.timer = None;
                    self.stomp.handle_timeout(self.clock.now());
                    return Poll::Ready(Ok(()));
                }
                Poll::Pending
            })
            .await?;
        }
    }

    /// Stays until the session ends, deaf to what is told.
    pub(crate) async fn until_end(&mut self) -> anyhow::Error {
        loop {
            if let Err(error) = self.next().await {
                return error;
            }
        }
    }

    /// Waits until everything queued has left.
    pub(crate) async fn flush(&mut self) -> anyhow::Result<()> {
        if let Some(event) = self.pump()? {
            bail!("not expected while writing: {event:?}");
        }
        poll_fn(|cx| self.link.poll_flush(cx)).await
    }

    /// Messages that wait to be written.
    pub(crate) fn backlog(&self) -> usize {
        self.link.backlog()
    }

    /// The connection, for whoever wants to beat by his own clock from now on.
    pub(crate) fn into_link(self) -> Link {
        self.link
    }

    /// Moves what the machine says to the link, up to an event.
    fn pump(&mut self) -> anyhow::Result<Option<ClientEvent>> {
        loop {
            match self.stomp.poll() {
                Output::Transmit(bytes) => self.link.queue(bytes),
                Output::Event(ClientEvent::Error {
                    message,
                    body,
                    headers,
                    ..
                }) => {
                    let seconds = headers.get(X_RETRY).and_then(|it| it.parse().ok());
                    let refused = Refused {
                        message,
                        body: String::from_utf8_lossy(&body).into_owned(),
                        retry_after: seconds.map(Duration::from_secs),
                    };
                    return Err(refused.into());
                }
                Output::Event(event) => return Ok(Some(event)),
                Output::Wait(deadline) => {
                    self.set_timer(deadline);
                    return Ok(None);
                }
                Output::Closed(Closed::Fault(fault)) => return Err(fault.into()),
                Output::Closed(closed) => bail!("the session is over: {closed:?}"),
            }
        }
    }

    fn set_timer(&mut self, deadline: Option<Duration>) {
        let Some(deadline) = deadline else {
            self.timer = None;
            return;
        };
        match &mut self.timer {
            Some((at, _)) if *at <= deadline => {}
            timer => {
                let sleep = Box::pin(sleep_until(self.clock.moment(deadline)));
                *timer = Some((deadline, sleep));
            }
        }
    }
}

/// What an ERROR frame said.
#[derive(Debug)]
pub(crate) struct Refused {
    message: Text,
    body: String,
    retry_after: Option<Duration>,
}

impl Refused {
    /// When the same may be tried again, where `x-retry` says that it may.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server refused: {} {}", self.message, self.body)
    }
}

impl Error for Refused {}

/// Whether this confirms the subscription.
pub(crate) fn is_subscribed(event: &ClientEvent) -> bool {
    matches!(event, ClientEvent::Receipt { id, .. } if id == SUBSCRIBED)
}
