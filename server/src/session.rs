//! One client: a link, a STOMP machine and a broker inbox, driven by one loop.

mod follow;
mod refuse;
mod request;

use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;

use broker::{Delivery, Inbox};
use bytes::Bytes;
use futures_util::FutureExt as _;
use stomp::{Accepted, Closed, Output, ServerEvent};
use tracing::debug;

use self::follow::Follows;
use self::refuse::Refused;
use crate::net::Link;
use crate::rooms::Speaker;
use crate::state::AppState;

/// Why an answer cannot fail: the machine hands out an event only while it is open, and takes
/// nothing in before the event is answered.
const ANSWERS: &str = "an event comes from an open session";

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
    speaker: Speaker,
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
        tokio::pin!(stopping);
        loop {
            let wait = loop {
                match self.stomp.poll() {
                    Output::Transmit(frame) => socket.feed(frame).await.ok()?,
                    Output::Event(event) => self.on_event(event).await,
                    Output::Wait(deadline) => break deadline,
                    Output::Closed(closed) => return Some(end_of(&closed)),
                }
            };
            socket.flush().await.ok()?;
            let behind = self.follows.any_behind();
            tokio::select! {
                biased;
                () = &mut stopping => return Some(End::new(1001, "the server is going away")),
                () = clock.until(wait) => self.stomp.handle_timeout(clock.now()),
                input = socket.recv() => self.stomp.handle_input(&input?, clock.now()),
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

    async fn on_event(&mut self, event: ServerEvent) {
        let (receipt, answer) = match event {
            // Guests are welcome: `login` and `passcode` are accepted and, as with Spring's
            // simple broker, mean nothing.
            ServerEvent::Connect { .. } => {
                self.stomp
                    .accept(Accepted::default(), self.state.clock.now())
                    .expect(ANSWERS);
                return;
            }
            ServerEvent::Disconnect => return,
            ServerEvent::Send {
                destination,
                headers,
                body,
                receipt,
            } => (receipt, self.on_send(&destination, &headers, body).await),
            ServerEvent::Subscribe {
                id,
                destination,
                headers,
                receipt,
                ..
            } => (
                receipt,
                self.on_subscribe(&id, &destination, &headers).await,
            ),
            ServerEvent::Unsubscribe { id, receipt } => {
                self.on_unsubscribe(&id);
                (receipt, Ok(()))
            }
        };
        match (answer, receipt) {
            (Ok(()), Some(receipt)) => {
                self.stomp
                    .receipt(receipt, self.state.clock.now())
                    .expect(ANSWERS);
            }
            (Ok(()), None) => {}
            (Err(refused), receipt) => self.fail(refused.answering(receipt)),
        }
    }

    fn deliver(&mut self, deliveries: Vec<Delivery>) -> ControlFlow<End> {
        for delivery in deliveries {
            match delivery {
                Delivery::Message {
                    subscription,
                    seq,
                    encoded,
                } => {
                    if self.follows.admit(&subscription, seq) {
                        self.send_on(encoded);
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
        for frame in self
            .follows
            .catch_up(&self.inbox, &self.state.store)
            .await?
        {
            self.send_on(frame);
        }
        Ok(())
    }

    fn send_on(&mut self, frame: Bytes) {
        // A session that has ended meanwhile takes nothing more, and need not.
        let _ = self.stomp.deliver(frame, self.state.clock.now());
    }

    fn fail(&mut self, refused: Refused) {
        self.stomp.fail(refused.into(), self.state.clock.now());
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
