//! Every event of the STOMP machine gets its answer: CONNECTED, RECEIPT, ERROR, or the refusal as
//! a message.

use bytes::Bytes;
use chat::destination::{X_AUTHOR_KEY, X_SOFT_ERRORS};
use stomp::{Accepted, Action, Closed, Command, Frame, Headers, ServerEvent, Text, encode};
use uuid::Uuid;

use super::Client;
use super::answers::{Due, Owed};
use super::end::end_of;
use super::peer::Peer;
use super::refuse::Refused;
use super::send::is_said;
use super::unacked::Sent;
use crate::net::Link;

impl Client {
    /// Acts on an event at once, if nothing is owed to the client before it or if it can be logged
    /// with what is; else once it is its turn.
    pub(super) async fn on_event(&mut self, event: ServerEvent, peer: &mut Peer<'_, impl Link>) {
        match event {
            ServerEvent::Disconnect => {}
            event if self.answers.is_empty() || is_said(&event) => self.begin(event, peer).await,
            event => self.answers.push(Owed::Event(event)),
        }
    }

    /// Does what is due.
    pub(super) async fn on_due(&mut self, due: Due, peer: &mut Peer<'_, impl Link>) {
        match due {
            Due::Queued => {}
            Due::Logged {
                taken,
                then,
                receipt,
            } => self.on_taken(taken, then, receipt, peer).await,
            Due::Frame(frame) => self.say(frame),
            Due::Refused(refused) => self.refuse(refused),
            Due::Event(event) => self.begin(event, peer).await,
            Due::Work(work) => self.start(work, peer).await,
        }
    }

    async fn begin(&mut self, event: ServerEvent, peer: &mut Peer<'_, impl Link>) {
        match event {
            ServerEvent::Connect {
                login,
                passcode,
                headers,
                ..
            } => self.on_connect(login.as_deref(), passcode.as_deref(), &headers),
            ServerEvent::Disconnect => {}
            // Alone it does no harm; in a transaction it would not be all that is done.
            ServerEvent::Action {
                action: Action::Ack(named) | Action::Nack(named),
                receipt,
            } if self.unacked.is_late(&named) => self.answer(receipt, Ok(Headers::new())),
            ServerEvent::Action { action, receipt } => {
                self.on_actions(vec![action], receipt, peer).await;
            }
            ServerEvent::Commit {
                actions, receipt, ..
            } => self.on_actions(actions, receipt, peer).await,
            ServerEvent::Subscribe { .. } | ServerEvent::Unsubscribe { .. }
                if let Err(next) = self.subscribing.take(self.state.clock.now()) =>
            {
                self.state.metrics.hasty.inc();
                self.answers.hold(event, next);
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
                self.answer(receipt, done);
            }
            ServerEvent::Unsubscribe { id, receipt } => {
                let done = self.on_unsubscribe(&id, peer);
                self.answer(receipt, done.map(|()| Headers::new()));
            }
        }
    }

    /// Answers the frame that was read last, after those that wait for the disk.
    pub(super) fn answer(&mut self, receipt: Option<Text>, done: Result<Headers, Refused>) {
        match done {
            Err(refused) if !self.answers.is_empty() => {
                self.answers.push(Owed::Refused(refused.answering(receipt)));
            }
            done => self.give(receipt, done),
        }
    }

    /// Gives the answer that is due.
    pub(super) fn give(&mut self, receipt: Option<Text>, done: Result<Headers, Refused>) {
        match (done, receipt) {
            (Ok(headers), Some(receipt)) => {
                let mut frame = Frame::new(Command::Receipt).header("receipt-id", receipt);
                frame.headers.extend(headers);
                self.say(encode(&frame, self.version));
            }
            (Ok(_), None) => {}
            (Err(refused), receipt) => self.refuse(refused.answering(receipt)),
        }
    }

    fn on_connect(&mut self, login: Option<&str>, passcode: Option<&str>, headers: &Headers) {
        self.soft_errors = headers
            .get(X_SOFT_ERRORS)
            .is_some_and(|value| value.trim() == "true");
        if let Some(key) = headers.get(X_AUTHOR_KEY)
            && let Err(refusal) = self.speaker.prove(key)
        {
            return self.fail(refusal.into());
        }
        let accepted = Accepted {
            session: None,
            user_name: self.identity.sign_in(login, passcode),
        };
        self.version = self.stomp.version().unwrap_or(self.version);
        self.stomp
            .accept(accepted, self.state.clock.now())
            .expect("CONNECT is answered before anything else is read");
    }

    /// A frame that was not done ends the session, unless it asked to be told otherwise.
    fn refuse(&mut self, refused: Refused) {
        if !self.soft_errors {
            return self.fail(refused);
        }
        self.state.metrics.refused(refused.code());
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
        self.say(encode(&message, self.version));
    }

    /// Ends the session with an ERROR. What is on its way to the log is not answered any more.
    pub(super) fn fail(&mut self, refused: Refused) {
        if self.answers.is_muted() {
            return;
        }
        self.answers.mute();
        self.state.metrics.refused(refused.code());
        if self.is_open() {
            self.stomp.fail(refused.into(), self.state.clock.now());
            self.said += 1;
        } else {
            // It has said goodbye, or something wrong, right behind what is refused now.
            self.last_words
                .push(encode(&refused.into_error(), self.version));
            self.end = Some(end_of(&Closed::Error));
        }
    }

    /// Sends a frame of ours. It counts as the next one of ours that the machine hands out; where
    /// that has ended before the client had all its answers, they go out by themselves.
    pub(super) fn say(&mut self, frame: Bytes) {
        match self.stomp.deliver(frame.clone(), self.state.clock.now()) {
            Ok(()) => self.said += 1,
            Err(_) => self.last_words.push(frame),
        }
    }
}
