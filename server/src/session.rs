//! One client: a link, a STOMP machine and a broker inbox, driven by one loop.

mod address;
mod answer;
mod follow;
mod identity;
mod refuse;
mod send;
mod subscribe;
mod unacked;

use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;

use std::collections::HashMap;

use broker::{Delivery, Inbox, Outcome};
use bytes::Bytes;
use futures_util::FutureExt as _;
use stomp::{Closed, Output, ServerEvent, Text};
use tracing::debug;

use self::follow::Follows;
use self::identity::Identity;
use self::refuse::Refused;
use self::unacked::{Sent, Unacked};
use crate::clock::Alarm;
use crate::net::Link;
use crate::rooms::Speaker;
use crate::state::AppState;

/// Why a session ends, as a WebSocket close code (RFC 6455, section 7.4) with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
struct End {
    code: u16,
    reason: String,
}

impl End {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }
}

/// The parts that the frames of one client are answered with.
struct Client {
    state: AppState,
    stomp: stomp::Server,
    inbox: Inbox,
    follows: Follows,
    unacked: Unacked,
    /// Deliveries of shared queues that are settled by being written, oldest first.
    unsettled: Vec<(Text, u64)>,
    /// The addresses of the queues that `reply-to` has made, by the name it gave them.
    temporary: HashMap<Text, Text>,
    identity: Identity,
    speaker: Speaker,
    /// Whether refusals come as messages.
    soft_errors: bool,
    /// The subscription that hears them.
    errors: Option<Text>,
}

/// Serves one client until it goes, is sent away, or the server stops.
pub(crate) async fn run<L: Link>(mut socket: L, state: AppState) {
    let Some(guard) = state.sessions.enter() else {
        return socket.close(1001, "the server is going away").await;
    };
    let mut client = Client {
        stomp: stomp::Server::new(state.stomp.clone(), state.clock.now()),
        inbox: state.broker.attach(),
        follows: Follows::default(),
        unacked: Unacked::new(state.rules.max_unacked),
        unsettled: Vec::new(),
        temporary: HashMap::new(),
        identity: Identity::new(guard.connection(), state.names.clone()),
        soft_errors: false,
        errors: None,
        speaker: Speaker::new(guard.connection()),
        state,
    };
    let (transport, remote) = (socket.transport(), socket.remote());
    debug!(
        connection = guard.connection().0,
        transport,
        ?remote,
        "open"
    );
    let end = or_our_fault(client.drive(&mut socket, guard.stopping())).await;
    client.state.rooms.hang_up(&mut client.speaker);
    debug!(connection = guard.connection().0, ?end, "a session ended");
    if let Some(End { code, reason }) = end {
        socket.close(code, &reason).await;
    }
}

/// A panic, which the panic hook has put into the log, ends its own session and no other; the peer
/// learns that the fault is ours.
async fn or_our_fault(drive: impl Future<Output = Option<End>>) -> Option<End> {
    AssertUnwindSafe(drive)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Some(End::new(1011, "the server failed, and its log says why")))
}

impl Client {
    /// The loop. It ends with what to tell the peer, or with nothing where the peer is gone.
    async fn drive(
        &mut self,
        socket: &mut impl Link,
        stopping: impl Future<Output = ()>,
    ) -> Option<End> {
        let clock = self.state.clock;
        let mut alarm = Alarm::new(clock);
        tokio::pin!(stopping);
        loop {
            let deadline = loop {
                match self.stomp.poll() {
                    Output::Transmit(frame) => socket.feed(frame).await.ok()?,
                    Output::Event(event) => {
                        let replays = matches!(event, ServerEvent::Subscribe { .. });
                        self.on_event(event).await;
                        // What a subscription replays leaves the inbox before the next one adds to
                        // it, so that a client that resumes many topics at once gets all of each.
                        if replays && let ControlFlow::Break(end) = self.deliver_waiting() {
                            return Some(end);
                        }
                    }
                    Output::Wait(deadline) => break deadline,
                    Output::Closed(closed) => return Some(end_of(&closed)),
                }
            };
            socket.flush().await.ok()?;
            self.settle_written();
            alarm.set(deadline);
            let behind = self.follows.any_behind(&self.unacked);
            tokio::select! {
                biased;
                () = &mut stopping => return Some(End::new(1001, "the server is going away")),
                // What has come is read before the timer is asked, so that nobody counts as silent
                // whose beats lie unread; and the timer is asked each time, so that a flood cannot
                // put it off.
                input = socket.recv() => {
                    self.stomp.handle_input(&input?, clock.now());
                    self.stomp.handle_timeout(clock.now());
                }
                () = alarm.ring() => self.stomp.handle_timeout(clock.now()),
                deliveries = self.inbox.recv() => {
                    if let ControlFlow::Break(end) = self.deliver(deliveries) {
                        return Some(end);
                    }
                }
                // Last, so that catching up on a long log never holds up anything else.
                () = std::future::ready(()), if behind => {
                    if let Err(refused) = self.catch_up().await {
                        self.fail(refused);
                    }
                }
            }
        }
    }

    fn deliver_waiting(&mut self) -> ControlFlow<End> {
        let waiting = self.inbox.try_recv();
        self.deliver(waiting)
    }

    fn deliver(&mut self, deliveries: Vec<Delivery>) -> ControlFlow<End> {
        for delivery in deliveries {
            match delivery {
                Delivery::Message {
                    subscription,
                    place,
                    message_id,
                    tag,
                    encoded,
                } => {
                    if tag.is_none() && self.unacked.room(&subscription) == 0 {
                        if self.follows.hold(&subscription) {
                            continue;
                        }
                        return ControlFlow::Break(unacknowledged(&subscription));
                    }
                    if self.follows.admit(&subscription, place) {
                        self.send_on(&subscription, Sent { message_id, tag }, encoded);
                    }
                }
                Delivery::Parked { subscription } => self.follows.parked(&subscription),
                Delivery::Overrun { subscription } => {
                    // Spring's code for a session that exceeds its send limits.
                    let reason = format!("too slow for subscription {subscription}");
                    return ControlFlow::Break(End::new(4500, reason));
                }
            }
        }
        ControlFlow::Continue(())
    }

    async fn catch_up(&mut self) -> Result<(), Refused> {
        let page = self
            .follows
            .catch_up(&self.unacked, &mut self.inbox, &self.state.store)
            .await?;
        for (id, frame) in page.frames {
            let sent = Sent {
                message_id: Text::from(id.to_string()),
                tag: None,
            };
            self.send_on(&page.subscription, sent, frame);
        }
        Ok(())
    }

    fn send_on(&mut self, subscription: &Text, sent: Sent, frame: Bytes) {
        if self.unacked.acknowledges(subscription) {
            self.unacked.sent(subscription, sent);
        } else if let Some(tag) = sent.tag {
            self.unsettled.push((subscription.clone(), tag));
        }
        // A session that has ended meanwhile takes nothing more, and need not.
        let _ = self.stomp.deliver(frame, self.state.clock.now());
    }

    /// In `auto` mode a message counts as dealt with once it is written (STOMP 1.2, SUBSCRIBE).
    fn settle_written(&mut self) {
        for (subscription, tag) in self.unsettled.drain(..) {
            self.inbox.settle(&subscription, tag, Outcome::Done);
        }
    }
}

fn unacknowledged(subscription: &Text) -> End {
    let reason = format!("too many messages of subscription {subscription} wait for their ACK");
    End::new(4500, reason)
}

/// The close code for how the STOMP machine ended. An ERROR frame has gone out before 1002.
fn end_of(closed: &Closed) -> End {
    match closed {
        Closed::Clean => End::new(1000, "goodbye"),
        Closed::Error => End::new(1002, "refused, see the ERROR frame"),
        Closed::Fault(fault) => End::new(1002, fault.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_the_session_with_1011() {
        let end = or_our_fault(async { panic!("a test panics on purpose") }).await;
        assert_eq!(end.map(|end| end.code), Some(1011));
        assert_eq!(or_our_fault(async { None }).await, None);
    }
}
