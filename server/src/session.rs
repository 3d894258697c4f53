//! One client: a link, a STOMP machine and a broker inbox, driven by one loop.

mod address;
mod answer;
mod answers;
mod bucket;
mod deliver;
mod end;
mod follow;
mod identity;
mod peer;
mod refuse;
mod send;
mod subscribe;
mod unacked;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use broker::Inbox;
use bytes::Bytes;
use futures_util::FutureExt as _;
use stomp::{BEAT, Closed, Output, Text, Version};
use tracing::debug;

use self::answers::{Answers, Due, Owed};
use self::bucket::Bucket;
use self::end::{End, end_of, part};
use self::follow::Follows;
use self::identity::Identity;
use self::peer::{Heard, Peer};
use self::unacked::Unacked;
use crate::net::Link;
use crate::rooms::{ConnectionId, Speaker};
use crate::state::AppState;

/// Messages that one client publishes before others get their turn. Thousands may come at once, and
/// are published faster than anybody wakes: without a turn, whoever is to take them out of an inbox
/// would be too slow. An inbox holds this many of a usual length several times.
const PUBLISHED_AT_ONCE: usize = 100;

/// The parts that the frames of one client are answered with.
struct Client {
    state: Arc<AppState>,
    stomp: stomp::Server,
    /// The version that was agreed on.
    version: Version,
    /// How many frames of ours the machine has not handed out yet. Whatever else it hands out it
    /// has made itself, but for its beats.
    said: usize,
    /// Frames that come after all that the machine had to say.
    last_words: Vec<Bytes>,
    /// When the machine has something to do by itself.
    deadline: Option<Duration>,
    answers: Answers,
    /// How often it may subscribe.
    subscribing: Bucket,
    /// Whether it was read no further for what is pending.
    full: bool,
    /// Messages that were published since others had their turn.
    published: usize,
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
///
/// The client is boxed, and what happens at the end too: futures hold twice what is moved into
/// them, and there are as many of these as there are sessions.
pub(crate) async fn run<L: Link>(mut socket: L, state: Arc<AppState>) {
    let Some(guard) = state.sessions.enter() else {
        return Box::pin(socket.close(1001, "the server is going away")).await;
    };
    let mut client = Client::new(state, guard.connection());
    let (transport, remote) = (socket.transport(), socket.remote());
    let _counted = client.state.metrics.session(transport);
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
    if let Some(end) = end {
        if end.is_parting() {
            Box::pin(part(&mut socket, guard.stopping())).await;
        }
        Box::pin(socket.close(end.code, &end.reason)).await;
    }
}

/// A panic, which the panic hook has put into the log, ends its own session and no other; the peer
/// learns that the fault is ours.
fn or_our_fault(drive: impl Future<Output = Option<End>>) -> impl Future<Output = Option<End>> {
    AssertUnwindSafe(drive).catch_unwind().map(|end| {
        end.unwrap_or_else(|_| Some(End::new(1011, "the server failed, and its log says why")))
    })
}

impl Client {
    fn new(state: Arc<AppState>, connection: ConnectionId) -> Box<Self> {
        Box::new(Self {
            stomp: stomp::Server::new(Arc::clone(&state.stomp), state.clock.now()),
            version: Version::V1_0,
            said: 0,
            last_words: Vec::new(),
            deadline: None,
            answers: Answers::new(state.rules.pending),
            subscribing: Bucket::new(state.rules.subscribing),
            full: false,
            published: 0,
            inbox: state.broker.attach(),
            follows: Follows::default(),
            unacked: Unacked::new(state.rules.max_unacked),
            unsettled: Vec::new(),
            temporary: HashMap::new(),
            identity: Identity::new(connection, state.names.clone()),
            soft_errors: false,
            errors: None,
            end: None,
            speaker: Speaker::new(connection, state.rules.max_places),
            state,
        })
    }

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
        if let Some(outlet) = link.outlet() {
            self.inbox.connect(outlet);
        }
        if link.is_text_only() {
            self.inbox.take_text_only();
        }
        let mut peer = Peer::new(link, clock);
        tokio::pin!(stopping);
        loop {
            peer.begin_turn();
            let closed = self.read(&mut peer).await;
            peer.flush().await;
            self.settle_written(&peer);
            if let Some(closed) = closed {
                if let Closed::Fault(fault) = &closed {
                    self.state.metrics.refused(fault.code());
                }
                Box::pin(self.wind_up(&mut peer)).await;
                return Some(self.end.take().unwrap_or_else(|| end_of(&closed)));
            }
            let behind = !peer.is_gone() && self.follows.any_behind(&self.unacked);
            let reached = !peer.is_gone();
            let stalled = self.answers.is_stalled();
            let deadline = self.wait_until(stalled);
            if reached && !behind && !stalled && self.is_open() {
                self.inbox.lend();
            }
            tokio::select! {
                biased;
                () = &mut stopping => {
                    self.inbox.take_back();
                    Box::pin(self.wind_up(&mut peer)).await;
                    return Some(End::new(1001, "the server is going away"));
                }
                // The timer is asked each time, so that a flood cannot put it off.
                heard = peer.hear_until(deadline, !stalled) => {
                    self.inbox.take_back();
                    match heard {
                        Heard::Said(bytes) => self.stomp.handle_input(&bytes, clock.now()),
                        Heard::Nothing => {}
                        Heard::Left => {
                            Box::pin(self.wind_up(&mut peer)).await;
                            return None;
                        }
                    }
                    self.keep_time(stalled, &mut peer).await;
                }
                due = self.answers.due(), if !self.answers.is_empty() => {
                    self.inbox.take_back();
                    Box::pin(self.on_due(due, &mut peer)).await;
                }
                deliveries = self.inbox.recv(), if reached => self.deliver(deliveries),
                () = std::future::ready(()), if behind => {}
            }
            while let Some(due) = self.answers.due_now() {
                Box::pin(self.on_due(due, &mut peer)).await;
                self.speak(&mut peer).await;
            }
            self.deliver_waiting(&peer);
            if behind
                && self.is_open()
                && let Err(refused) = Box::pin(self.catch_up(&mut peer)).await
            {
                self.fail(refused);
            }
        }
    }

    /// Says what is to be said, and acts on the frames that have come, until there are no more or
    /// until they have to wait. Gives back how the session has ended, if it has.
    async fn read(&mut self, peer: &mut Peer<'_, impl Link>) -> Option<Closed> {
        loop {
            self.speak(peer).await;
            if self.answers.is_stalled() {
                return None;
            }
            match self.stomp.poll() {
                Output::Transmit(frame) => {
                    if self.answers.is_muted() {
                        // There is one ERROR at most, and nothing after it.
                    } else if self.answers.is_empty() || frame == BEAT {
                        peer.tell(frame).await;
                    } else {
                        self.answers.push(Owed::Frame(frame));
                    }
                }
                Output::Event(event) => {
                    // Boxed, so that an idle session is not as large as the largest thing it
                    // may ever wait for.
                    Box::pin(self.on_event(event, peer)).await;
                    // What a frame brings us is sent on before the next one is read: thousands
                    // may have come at once, and what they bring, or what their subscriptions
                    // replay, must not pile up as if the peer were slow.
                    self.deliver_waiting(peer);
                    self.rest(peer).await;
                }
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return None;
                }
                Output::Closed(closed) => return Some(closed),
            }
        }
    }

    /// Lets others work, if this turn was long enough or much was published in it.
    async fn rest(&mut self, peer: &mut Peer<'_, impl Link>) {
        let much = self.published >= PUBLISHED_AT_ONCE;
        if peer.rest(&mut self.stomp, much).await {
            self.published = 0;
        }
    }

    /// Sends the frames of ours that the machine has, and reads nothing.
    async fn speak(&mut self, peer: &mut Peer<'_, impl Link>) {
        while self.said > 0 {
            let Output::Transmit(frame) = self.stomp.poll() else {
                // It has none: the count is wrong, and a session that goes on is the lesser evil.
                debug_assert!(false, "the machine hands out what it was given");
                self.said = 0;
                return;
            };
            if frame != BEAT {
                self.said -= 1;
            }
            peer.tell(frame).await;
        }
        for frame in self.last_words.drain(..) {
            peer.tell(frame).await;
        }
    }

    /// How long to wait at the most; counts whom it lets wait.
    fn wait_until(&mut self, stalled: bool) -> Option<Duration> {
        let full = stalled && self.answers.is_full();
        if full && !std::mem::replace(&mut self.full, full) {
            self.state.metrics.full.inc();
        }
        self.full = full;
        if !stalled {
            return self.deadline;
        }
        let moments = [self.stomp.beat_at(), self.answers.held()];
        moments.into_iter().flatten().min()
    }

    /// What is due by the clock. A peer that is not listened to is not judged.
    async fn keep_time(&mut self, stalled: bool, peer: &mut Peer<'_, impl Link>) {
        let now = self.state.clock.now();
        self.answers.release(now);
        if !stalled {
            self.stomp.handle_timeout(now);
        } else if let Some(beat) = self.stomp.beat(now) {
            peer.tell(beat).await;
        }
    }

    /// Gives the answers that are still owed, once what they tell of is on disk. What has not been
    /// begun is left undone.
    async fn wind_up(&mut self, peer: &mut Peer<'_, impl Link>) {
        self.answers.release(Duration::MAX);
        loop {
            self.speak(peer).await;
            if self.answers.is_empty() {
                return peer.flush().await;
            }
            let due = peer.beating(&mut self.stomp, self.answers.next()).await;
            if !matches!(due, Due::Event(_) | Due::Work(_)) {
                Box::pin(self.on_due(due, peer)).await;
            }
        }
    }

    /// Whether the machine has not ended.
    fn is_open(&self) -> bool {
        self.stomp.version().is_some()
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
