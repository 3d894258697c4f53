//! What others say, on its way to this client.

use broker::{Delivery, Outcome};
use bytes::Bytes;
use stomp::Text;

use super::Client;
use super::end::End;
use super::peer::Peer;
use super::refuse::Refused;
use super::unacked::Sent;
use crate::net::Link;

impl Client {
    /// Nothing is taken for a peer that is gone, so that what it shares goes to others.
    pub(super) fn deliver_waiting(&mut self, peer: &Peer<'_, impl Link>) {
        if !peer.is_gone() && self.is_open() {
            let waiting = self.inbox.try_recv();
            self.deliver(waiting);
        }
    }

    pub(super) fn deliver(&mut self, deliveries: Vec<Delivery>) {
        let mut sent = 0;
        let mut refused = None;
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
                        refused = Some(Refused::unacknowledged(&subscription));
                        break;
                    }
                    if self.follows.admit(&subscription, place) {
                        self.send_on(&subscription, Sent { message_id, tag }, encoded);
                        sent += 1;
                    }
                }
                Delivery::Parked { subscription } => self.follows.parked(&subscription),
                Delivery::Overrun { subscription } => {
                    refused = Some(Refused::too_slow(&subscription));
                    break;
                }
            }
        }
        if sent > 0 {
            self.state.metrics.sent_live.inc_by(sent);
        }
        if let Some(refused) = refused {
            self.give_up(refused);
        }
    }

    /// The peer cannot follow. It is told in an ERROR, and by Spring's close code for a session
    /// that exceeds its send limits.
    pub(super) fn give_up(&mut self, refused: Refused) {
        self.state.metrics.too_slow.inc();
        self.end = Some(End::new(4500, refused.message()));
        self.fail(refused);
    }

    pub(super) async fn catch_up(&mut self, peer: &mut Peer<'_, impl Link>) -> Result<(), Refused> {
        let page = self
            .follows
            .catch_up(&self.unacked, &mut self.inbox, &self.state.store);
        let page = peer.beating(&mut self.stomp, page).await?;
        self.state
            .metrics
            .sent_from_log
            .inc_by(page.frames.len() as u64);
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
        if self.stomp.deliver(frame, self.state.clock.now()).is_ok() {
            self.said += 1;
        }
    }

    /// In `auto` mode a message counts as dealt with once it is written (STOMP 1.2, SUBSCRIBE).
    pub(super) fn settle_written(&mut self, peer: &Peer<'_, impl Link>) {
        if peer.is_gone() {
            return;
        }
        for (subscription, tag) in self.unsettled.drain(..) {
            self.inbox.settle(&subscription, tag, Outcome::Done);
        }
    }
}
