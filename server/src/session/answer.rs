//! Every event of the STOMP machine gets its answer: CONNECTED, RECEIPT, ERROR, or the refusal as
//! a message.

use chat::destination::X_SOFT_ERRORS;
use stomp::{Accepted, Action, Headers, ServerEvent, Text, Version, encode};
use uuid::Uuid;

use super::Client;
use super::peer::Peer;
use super::refuse::Refused;
use super::unacked::Sent;
use crate::net::Link;

/// Why an answer cannot fail: the machine hands out an event only while it is open, and takes
/// nothing in before the event is answered.
const ANSWERS: &str = "an event comes from an open session";

impl Client {
    pub(super) async fn on_event(&mut self, event: ServerEvent, peer: &mut Peer<'_, impl Link>) {
        let nothing_to_tell = |()| Headers::new();
        let (receipt, answer) = match event {
            ServerEvent::Connect {
                login,
                passcode,
                headers,
                ..
            } => return self.on_connect(login.as_deref(), passcode.as_deref(), &headers),
            ServerEvent::Disconnect => return,
            // Alone it does no harm; in a transaction it would not be all that is done.
            ServerEvent::Action {
                action: Action::Ack(named) | Action::Nack(named),
                receipt,
            } if self.unacked.is_late(&named) => (receipt, Ok(Headers::new())),
            ServerEvent::Action { action, receipt } => {
                let done = self.on_actions(vec![action], peer).await;
                (receipt, done.map(nothing_to_tell))
            }
            ServerEvent::Commit {
                actions, receipt, ..
            } => {
                let done = self.on_actions(actions, peer).await;
                (receipt, done.map(nothing_to_tell))
            }
            ServerEvent::Subscribe {
                id,
                destination,
                ack,
                headers,
                receipt,
            } => {
                let done = self
                    .on_subscribe(&id, &destination, ack, &headers, peer)
                    .await;
                (receipt, done)
            }
            ServerEvent::Unsubscribe { id, receipt } => {
                (receipt, self.on_unsubscribe(&id, peer).map(nothing_to_tell))
            }
        };
        match (answer, receipt) {
            (Ok(headers), Some(receipt)) => {
                self.stomp
                    .receipt_with(receipt, headers, self.state.clock.now())
                    .expect(ANSWERS);
            }
            (Ok(_), None) => {}
            (Err(refused), receipt) => self.refuse(refused.answering(receipt)),
        }
    }

    fn on_connect(&mut self, login: Option<&str>, passcode: Option<&str>, headers: &Headers) {
        self.soft_errors = headers
            .get(X_SOFT_ERRORS)
            .is_some_and(|value| value.trim() == "true");
        let accepted = Accepted {
            session: None,
            user_name: self.identity.sign_in(login, passcode),
        };
        self.stomp
            .accept(accepted, self.state.clock.now())
            .expect(ANSWERS);
    }

    /// A frame that was not done ends the session, unless it asked to be told otherwise.
    fn refuse(&mut self, refused: Refused) {
        if !self.soft_errors {
            return self.fail(refused);
        }
        let id = Text::from(Uuid::now_v7().to_string());
        let mut message = refused.into_message(self.errors.as_ref(), id.clone());
        // One that is to be acknowledged is no exception (STOMP 1.2, MESSAGE).
        if let Some(subscription) = &self.errors
            && self.unacked.acknowledges(subscription)
        {
            if self.unacked.room(subscription) == 0 {
                return self.give_up(Refused::unacknowledged(&subscription.clone()));
            }
            message = message.header("ack", format!("{subscription}/{id}"));
            let (message_id, tag) = (id, None);
            self.unacked.sent(subscription, Sent { message_id, tag });
        }
        let version = self.stomp.version().unwrap_or(Version::V1_0);
        self.stomp
            .deliver(encode(&message, version), self.state.clock.now())
            .expect(ANSWERS);
    }

    pub(super) fn fail(&mut self, refused: Refused) {
        self.stomp.fail(refused.into(), self.state.clock.now());
    }
}
