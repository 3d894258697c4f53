//! SEND, ACK and NACK, alone or in a transaction.

use broker::{Destination, Message, Outcome};
use bytes::Bytes;
use chat::destination::{CHAT_MESSAGE, X_MSG_ID, canonical};
use chat::message::Content;
use chat::{Draft, MessageId, Refusal};
use stomp::{Acknowledged, Action, Headers, ServerEvent, Text};
use uuid::Uuid;

use super::Client;
use super::address::{REPLY_QUEUE, TEMP_QUEUE, To};
use super::answers::{Logging, Owed};
use super::peer::Peer;
use super::refuse::Refused;
use crate::net::Link;
use crate::rooms::{Said, Taken};

/// Headers of a SEND that are its own business and do not travel with the message.
const NOT_COPIED: [&str; 11] = [
    "destination",
    "content-type",
    "content-length",
    "receipt",
    "transaction",
    "message-id",
    "subscription",
    "ack",
    "redelivered",
    "x-offset",
    "x-epoch",
];

/// Something that has been found to be allowed and only needs doing.
#[derive(Debug)]
pub(super) enum Prepared {
    Publish(Message),
    /// Awaits answers under the name that `reply-to` gave, at an address.
    Await(Text, Text),
    /// To the own session, as from `/user` and the path, or to all who go by a name.
    Tell(Option<String>, Destination, Message),
    Settle(Acknowledged, Outcome),
}

/// All that one SEND, ACK, NACK or COMMIT asks for, found to be allowed.
#[derive(Debug)]
pub(super) struct Work {
    said: Vec<Said>,
    others: Vec<Prepared>,
    receipt: Option<Text>,
    /// How large the bodies were of what is said into rooms.
    bytes: usize,
}

impl Work {
    /// Whether somebody comes into a room or goes out of it.
    fn moves(&self) -> bool {
        let is_move = |one: &Said| !matches!(one.draft.content, Content::Talk(_));
        self.said.iter().any(is_move)
    }

    /// The queues for answers that this makes, by the names that `reply-to` gave and with their
    /// addresses.
    fn awaits(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.others.iter().filter_map(|one| match one {
            Prepared::Await(name, address) => Some((name, address)),
            Prepared::Publish(_) | Prepared::Tell(..) | Prepared::Settle(..) => None,
        })
    }
}

/// Whether an event is a SEND into a room, which need not wait for those before it.
pub(super) fn is_said(event: &ServerEvent) -> bool {
    match event {
        ServerEvent::Action {
            action: Action::Send { destination, .. },
            ..
        } => canonical(destination) == CHAT_MESSAGE,
        _ => false,
    }
}

impl Client {
    /// Does all of `actions`, or, where one of them is refused, none of them. (A shared queue
    /// that is full is found out only on the way: what stands before it has then been done.)
    ///
    /// What is said into rooms comes first, and the rest once that is on disk.
    pub(super) async fn on_actions(
        &mut self,
        actions: Vec<Action>,
        receipt: Option<Text>,
        peer: &mut Peer<'_, impl Link>,
    ) {
        // It waits for the disk, and must not hold on to the whole frame.
        let receipt = receipt.map(|receipt| receipt.detached());
        let mut work = Work {
            said: Vec::new(),
            others: Vec::new(),
            receipt,
            bytes: 0,
        };
        for action in actions {
            if let Err(refused) = self.prepare(action, &mut work) {
                return self.answer(work.receipt, Err(refused));
            }
            self.rest(peer).await;
        }
        self.start(work, peer).await;
    }

    /// Begins with what was found to be allowed.
    pub(super) async fn start(&mut self, work: Work, peer: &mut Peer<'_, impl Link>) {
        if work.moves() && !self.answers.is_empty() {
            return self.answers.push(Owed::Work(work));
        }
        let Work {
            said,
            others,
            receipt,
            bytes,
        } = work;
        if said.is_empty() {
            let done = self.perform_all(others, peer).await;
            return self.answer(receipt, done.map(|()| Headers::new()));
        }
        if !self.speaker.may_enter(&said) {
            let refused = Refused::too_many_rooms(self.state.rules.max_places);
            return self.answer(receipt, Err(refused));
        }
        for one in &said {
            // Somebody may have taken the name since it was found to be free.
            if let Err(refusal) = self.identity.speak_as(&one.draft.sender) {
                return self.answer(receipt, Err(refusal.into()));
            }
        }
        let count = said.len() as u64;
        match self.state.rooms.take(&mut self.speaker, said) {
            Ok(taking) => {
                self.state.metrics.said.inc_by(count);
                self.answers.push(Owed::Logging(Logging {
                    taking,
                    then: others,
                    receipt,
                    bytes,
                }));
            }
            Err(refusal) => self.answer(receipt, Err(refusal.into())),
        }
    }

    /// What was said is on disk, or could not be logged; it is its turn to be answered.
    pub(super) async fn on_taken(
        &mut self,
        taken: Taken,
        then: Vec<Prepared>,
        receipt: Option<Text>,
        peer: &mut Peer<'_, impl Link>,
    ) {
        let logged = self.state.rooms.settle(&mut self.speaker, taken);
        if self.answers.is_muted() {
            return;
        }
        let done = match logged {
            Ok(()) => self.perform_all(then, peer).await,
            Err(refusal) => Err(refusal.into()),
        };
        self.give(receipt, done.map(|()| Headers::new()));
    }

    async fn perform_all(
        &mut self,
        others: Vec<Prepared>,
        peer: &mut Peer<'_, impl Link>,
    ) -> Result<(), Refused> {
        for one in others {
            self.perform(one)?;
            self.rest(peer).await;
        }
        Ok(())
    }

    /// Finds out whether something is allowed. Nothing is changed by that: what comes behind it in
    /// a transaction may be refused.
    fn prepare(&self, action: Action, work: &mut Work) -> Result<(), Refused> {
        let prepared = match action {
            Action::Send {
                destination,
                headers,
                body,
            } => match To::parse(&destination)? {
                To::Chat => {
                    work.bytes += body.len();
                    let said = self.prepare_saying(&headers, &body, work)?;
                    work.said.push(said);
                    return Ok(());
                }
                to => self.prepare_send(to, &destination, &headers, body, work)?,
            },
            Action::Ack(named) => self.prepare_settling(named, Outcome::Done)?,
            Action::Nack(named) => self.prepare_settling(named, Outcome::Requeue)?,
        };
        work.others.push(prepared);
        Ok(())
    }

    fn prepare_saying(&self, headers: &Headers, body: &[u8], work: &Work) -> Result<Said, Refused> {
        let id = headers.get(X_MSG_ID).map(MessageId::parse).transpose()?;
        let draft = Draft::from_json(body)?;
        self.identity.may_speak_as(&draft.sender)?;
        if let Some(before) = work.said.last()
            && before.draft.sender != draft.sender
        {
            return Err(Refusal::SenderChanged.into());
        }
        Ok(Said { draft, id })
    }

    fn prepare_send(
        &self,
        to: To,
        destination: &Text,
        headers: &Headers,
        body: Bytes,
        work: &mut Work,
    ) -> Result<Prepared, Refused> {
        let (path, name) = match to {
            To::Chat => return Err(Refused::unknown_destination(destination)),
            To::Plain(to) => {
                let message = message_of(to, headers, body);
                let message = self.with_reply_to(message, headers, work)?;
                return Ok(Prepared::Publish(message));
            }
            To::Reply(to) => {
                let message = message_of(to, headers, body).shown_as(destination.clone());
                let message = self.with_reply_to(message, headers, work)?;
                return Ok(Prepared::Publish(message));
            }
            To::User { name, path } => (path, Some(name)),
            To::Own(path) => (path, None),
        };
        let message = message_of(path.clone(), headers, body);
        let message = self.with_reply_to(message, headers, work)?;
        Ok(Prepared::Tell(name, path, message))
    }

    /// An ACK of a subscription in `auto` mode asks for nothing; old clients send it to be safe.
    fn prepare_settling(&self, named: Acknowledged, outcome: Outcome) -> Result<Prepared, Refused> {
        let needless = match &named {
            Acknowledged::Message {
                subscription: Some(id),
                ..
            } => self.inbox.holds(id) && !self.unacked.acknowledges(id),
            _ => false,
        };
        if needless || self.unacked.knows(&named) {
            Ok(Prepared::Settle(named, outcome))
        } else {
            Err(Refused::nothing_to_acknowledge())
        }
    }

    fn perform(&mut self, prepared: Prepared) -> Result<(), Refused> {
        match prepared {
            Prepared::Publish(message) => {
                self.publish(&message)?;
                self.state.metrics.published.inc();
            }
            Prepared::Await(name, address) => self.await_answers(name, address)?,
            Prepared::Tell(name, path, message) => {
                self.state.metrics.published.inc();
                let shown = Text::from(format!("/user{path}"));
                let connections = match name {
                    Some(name) => self.state.names.of(&name),
                    None => vec![self.identity.connection()],
                };
                for connection in connections {
                    let own = Destination::user(connection.0, path.as_str())?;
                    self.publish(&message.clone().to(own).shown_as(shown.clone()))?;
                }
            }
            Prepared::Settle(named, outcome) => {
                // Within a transaction an earlier ACK may have stood for this one too.
                if let Ok(settled) = self.unacked.settle(&named) {
                    for tag in settled.tags {
                        self.inbox.settle(&settled.subscription, tag, outcome);
                    }
                }
            }
        }
        Ok(())
    }

    fn publish(&mut self, message: &Message) -> Result<(), Refused> {
        self.published += 1;
        self.state.broker.publish(message)?;
        Ok(())
    }

    /// `reply-to:/temp-queue/…` makes a queue that only this session reads, and tells the
    /// receiver an address for it that nobody can guess (RabbitMQ's convention).
    fn with_reply_to(
        &self,
        message: Message,
        headers: &Headers,
        work: &mut Work,
    ) -> Result<Message, Refused> {
        let address = match headers.text("reply-to") {
            None => return Ok(message),
            Some(name) if name.starts_with(TEMP_QUEUE) => {
                let planned = work.awaits().find(|(known, _)| *known == name);
                match planned.map(|(_, address)| address.clone()) {
                    Some(address) => address,
                    None => self.address_of_answers(name, work)?,
                }
            }
            Some(other) => other.clone(),
        };
        Ok(message.header(Text::from_static("reply-to"), address))
    }

    /// The address at which answers are awaited under `name`; where it is a new one, the work
    /// makes a queue for it.
    fn address_of_answers(&self, name: &Text, work: &mut Work) -> Result<Text, Refused> {
        if let Some(address) = self.temporary.get(name) {
            return Ok(address.clone());
        }
        self.inbox.may_subscribe(name, work.awaits().count())?;
        let address = Text::from(format!("{REPLY_QUEUE}{}", Uuid::new_v4().simple()));
        let awaits = Prepared::Await(name.detached(), address.clone());
        work.others.push(awaits);
        Ok(address)
    }
}

/// A client's own message for a plain destination: its headers travel with it, as Spring's do.
/// `reply-to` is not among them, since it may have to be rewritten.
fn message_of(destination: Destination, headers: &Headers, body: Bytes) -> Message {
    let mut message = Message::new(destination, Uuid::now_v7().to_string().into()).body(body);
    if let Some(content_type) = headers.text("content-type") {
        message = message.content_type(content_type.clone());
    }
    for (name, value) in headers.iter() {
        if !NOT_COPIED.contains(&&**name) && name != "reply-to" {
            message = message.header(name.clone(), value.clone());
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use stomp::Version;

    use super::*;

    #[test]
    fn a_plain_message_keeps_its_own_headers_and_no_others() {
        let sent: Headers = [
            ("destination", "/topic/x"),
            ("content-type", "text/plain"),
            ("receipt", "r-1"),
            ("subscription", "forged"),
            ("x-offset", "99"),
            ("colour", "green"),
        ]
        .into_iter()
        .collect();
        let destination = Destination::parse("/topic/x").unwrap();
        let message = message_of(destination, &sent, "hi".into());
        let encoded = message.encode(&Text::from_static("sub-0"), Version::V1_2, false);
        let text = String::from_utf8(encoded.to_vec()).unwrap();
        assert!(text.starts_with(
            "MESSAGE\ndestination:/topic/x\ncontent-type:text/plain\nsubscription:sub-0\n"
        ));
        assert!(text.ends_with("\ncolour:green\ncontent-length:2\n\nhi\0"));
        for dropped in ["receipt", "forged", "x-offset"] {
            assert!(!text.contains(dropped), "{text}");
        }
    }
}
