//! One client: a link, a STOMP machine and a broker inbox, driven by one loop.

mod address;
mod answer;
mod follow;
mod identity;
mod peer;
mod refuse;
mod send;
mod subscribe;
mod unacked;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;

use broker::{Delivery, Inbox, Outcome};
use bytes::Bytes;
use futures_util::FutureExt as _;
use stomp::{Closed, Output, Text};
use tracing::debug;

use self::follow::Follows;
use self::identity::Identity;
use self::peer::{Heard, Peer};
use self::refuse::Refused;
use self::unacked::{Sent, Unacked};
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
    /// How the session ends, where an ERROR frame alone does not say it.
    end: Option<End>,
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
        end: None,
        speaker: Speaker::new(guard.connection(), state.rules.max_places),
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
    // What it held goes on to others now, and not once the peer has taken our goodbye.
    drop(client);
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
    ///
    /// A flood of one kind holds up none of the others: each time around, whatever woke it, what
    /// has come is read, what waits is sent on, and a page of the log is caught up with.
    async fn drive(
        &mut self,
        link: &mut impl Link,
        stopping: impl Future<Output = ()>,
    ) -> Option<End> {
        let clock = self.state.clock;
        let mut peer = Peer::new(link, clock);
        tokio::pin!(stopping);
        loop {
            peer.begin_turn();
            let deadline = loop {
                match self.stomp.poll() {
                    Output::Transmit(frame) => peer.tell(frame).await,
                    Output::Event(event) => {
                        // Boxed, so that an idle session is not as large as the largest thing it
                        // may ever wait for.
                        Box::pin(self.on_event(event, &mut peer)).await;
                        // What a frame brings us is sent on before the next one is read: thousands
                        // may have come at once, and what they bring, or what their subscriptions
                        // replay, must not pile up as if the peer were slow.
                        self.deliver_waiting(&peer);
                        peer.rest(&mut self.stomp).await;
                    }
                    Output::Wait(deadline) => break deadline,
                    Output::Closed(closed) => {
                        return Some(self.end.take().unwrap_or_else(|| end_of(&closed)));
                    }
                }
            };
            peer.flush().await;
            self.settle_written(&peer);
            let behind = !peer.is_gone() && self.follows.any_behind(&self.unacked);
            let reached = !peer.is_gone();
            tokio::select! {
                biased;
                () = &mut stopping => return Some(End::new(1001, "the server is going away")),
                // The timer is asked each time, so that a flood cannot put it off.
                heard = peer.hear_until(deadline) => {
                    match heard {
                        Heard::Said(bytes) => self.stomp.handle_input(&bytes, clock.now()),
                        Heard::Nothing => {}
                        Heard::Left => return None,
                    }
                    self.stomp.handle_timeout(clock.now());
                }
                deliveries = self.inbox.recv(), if reached => self.deliver(deliveries),
                () = std::future::ready(()), if behind => {}
            }
            self.deliver_waiting(&peer);
            if behind && let Err(refused) = Box::pin(self.catch_up(&mut peer)).await {
                self.fail(refused);
            }
        }
    }

    /// Nothing is taken for a peer that is gone, so that what it shares goes to others.
    fn deliver_waiting(&mut self, peer: &Peer<'_, impl Link>) {
        if !peer.is_gone() {
            let waiting = self.inbox.try_recv();
            self.deliver(waiting);
        }
    }

    fn deliver(&mut self, deliveries: Vec<Delivery>) {
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
                        return self.give_up(Refused::unacknowledged(&subscription));
                    }
                    if self.follows.admit(&subscription, place) {
                        self.send_on(&subscription, Sent { message_id, tag }, encoded);
                    }
                }
                Delivery::Parked { subscription } => self.follows.parked(&subscription),
                Delivery::Overrun { subscription } => {
                    return self.give_up(Refused::too_slow(&subscription));
                }
            }
        }
    }

    /// The peer cannot follow. It is told in an ERROR, and by Spring's close code for a session
    /// that exceeds its send limits.
    fn give_up(&mut self, refused: Refused) {
        self.end = Some(End::new(4500, refused.message()));
        self.fail(refused);
    }

    async fn catch_up(&mut self, peer: &mut Peer<'_, impl Link>) -> Result<(), Refused> {
        let page = self
            .follows
            .catch_up(&self.unacked, &mut self.inbox, &self.state.store);
        let page = peer.beating(&mut self.stomp, page).await?;
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
        let Sent { message_id, tag } = sent;
        if self.unacked.acknowledges(subscription) {
            // It is kept for long, and may be a slice of the whole message.
            let message_id = message_id.detached();
            self.unacked.sent(subscription, Sent { message_id, tag });
        } else if let Some(tag) = tag {
            self.unsettled.push((subscription.clone(), tag));
        }
        // A session that has ended meanwhile takes nothing more, and need not.
        let _ = self.stomp.deliver(frame, self.state.clock.now());
    }

    /// In `auto` mode a message counts as dealt with once it is written (STOMP 1.2, SUBSCRIBE).
    fn settle_written(&mut self, peer: &Peer<'_, impl Link>) {
        if peer.is_gone() {
            return;
        }
        for (subscription, tag) in self.unsettled.drain(..) {
            self.inbox.settle(&subscription, tag, Outcome::Done);
        }
    }
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
