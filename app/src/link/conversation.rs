//! What the page says to the server in STOMP, and what it makes of the answers.

use chat::{
    Draft, MessageId, Refusal, RoomMessage, Sender, Seq,
    destination::{CHAT_MESSAGE, X_CODE, X_HISTORY, X_MSG_ID, X_SINCE, topic_of},
    message::Content,
};
use leptos::{
    prelude::{GetValue, Set, Update, WithUntracked, window},
    task::spawn_local,
};
use stomp::{Client, ClientEvent, ClientOptions, Headers, SendRequest, SubscribeRequest, Text};
use uuid::{NoContext, Timestamp, Uuid};

use super::clock::now;
use crate::{
    data,
    log::Applied,
    outbox::Pending,
    refusal::Reason,
    transport::Transport,
    visit::{Command, LinkState, Visit},
};

/// The id of our one subscription. Most clients call their first one so, and a server that
/// encodes a message once for each id has less to do.
const SUBSCRIPTION: Text = Text::from_static("sub-0");

/// The receipt that tells that the subscription stands.
const SUBSCRIBED: Text = Text::from_static("subscribed");

/// What is known across the connections of one visit.
pub(super) struct Conversation {
    visit: Visit,
    sender: Sender,
    linked: bool,
    verdict: Verdict,
    /// The hole in the log that is being filled: each is asked about once.
    filling: Option<Seq>,
}

/// What the end of a connection means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    TryAgain,
    /// The server would say no again.
    Final,
}

impl Conversation {
    pub(super) fn new(visit: Visit, sender: Sender) -> Self {
        Self {
            visit,
            sender,
            linked: false,
            verdict: Verdict::TryAgain,
            filling: None,
        }
    }

    /// The client of a new connection.
    pub(super) fn client(&mut self) -> Client {
        self.linked = false;
        self.verdict = Verdict::TryAgain;
        let options = ClientOptions {
            host: window().location().hostname().ok().map(Text::from),
            ..ClientOptions::default()
        };
        Client::new(options, now())
    }

    /// What the end of this connection means.
    pub(super) fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Shows how the link is.
    pub(super) fn show(&self, state: LinkState) {
        use leptos::prelude::Set as _;
        self.visit.link.try_set(state);
    }

    /// Shows by which transport it goes.
    pub(super) fn travel(&self, transport: Transport) {
        use leptos::prelude::Set as _;
        self.visit.transport.try_set(transport);
    }

    /// Takes what the server told. Returns whether the subscription stands because of it.
    pub(super) fn hear(&mut self, event: ClientEvent, client: &mut Client) -> bool {
        match event {
            ClientEvent::Connected { .. } => self.enter(client),
            ClientEvent::Receipt { id } if id == SUBSCRIBED => {
                self.linked = true;
                self.visit.linked();
                self.resend(client);
                return true;
            }
            ClientEvent::Receipt { id } => {
                if let Ok(id) = MessageId::parse(&id) {
                    self.visit.outbox.try_update(|outbox| outbox.receive(id));
                }
            }
            ClientEvent::Message { body, .. } => {
                // What is no message of a room is not for this page. It is read as a string, as
                // everything else is, for a parser of octets would be a second one to load.
                let message = str::from_utf8(&body).map(serde_json::from_str);
                if let Ok(Ok(message)) = message {
                    self.message(message);
                }
            }
            ClientEvent::Error {
                message, headers, ..
            } => self.refused(&message, &headers),
        }
        false
    }

    /// Says something, or keeps it to be said once the subscription stands.
    pub(super) fn say(&mut self, text: chat::Text, client: &mut Client) {
        let pending = self.keep(text);
        if self.linked {
            self.talk(&pending, client);
        }
    }

    /// Keeps something to be said.
    pub(super) fn keep(&mut self, text: chat::Text) -> Pending {
        let pending = Pending::new(new_id(), text);
        let kept = pending.clone();
        self.visit.outbox.try_update(|outbox| outbox.push(kept));
        pending
    }

    /// Takes leave: of the room, or of everything.
    pub(super) fn farewell(&mut self, going: &Command, client: &mut Client) {
        if *going == Command::Leave && self.linked {
            // Before the session is open there is nothing to end.
            let _ = client.unsubscribe(SUBSCRIPTION, None, now());
        }
        let _ = client.disconnect(None, now());
    }

    /// Subscribes where the log ends, and comes in. The server announces somebody once, however
    /// often the link is made anew.
    fn enter(&mut self, client: &mut Client) {
        let Some(room) = self.visit.room.try_get_value() else {
            return;
        };
        let mut subscribe = SubscribeRequest::new(SUBSCRIPTION, topic_of(&room));
        let (name, value) = match self.since() {
            Some(seq) => (X_SINCE, seq.to_string()),
            None => (X_HISTORY, data::HISTORY.to_string()),
        };
        subscribe.headers.push(name, value);
        subscribe.receipt = Some(SUBSCRIBED);
        let enter = Draft {
            room,
            sender: self.sender.clone(),
            content: Content::Enter,
        };
        // Commands fail only on a closed session, which is told by the next poll.
        let _ = client.subscribe(subscribe, now());
        let _ = client.send(request(&enter), now());
    }

    fn since(&self) -> Option<Seq> {
        let since = self.visit.log.try_with_untracked(|log| log.since())?;
        since.or_else(|| self.visit.opened_with_history.then_some(Seq::ZERO))
    }

    fn resend(&self, client: &mut Client) {
        let pending = self
            .visit
            .outbox
            .try_with_untracked(|outbox| outbox.unreceived().cloned().collect::<Vec<_>>());
        for pending in pending.unwrap_or_default() {
            self.talk(&pending, client);
        }
    }

    fn talk(&self, pending: &Pending, client: &mut Client) {
        let Some(room) = self.visit.room.try_get_value() else {
            return;
        };
        let draft = Draft {
            room,
            sender: self.sender.clone(),
            content: Content::Talk(pending.text.clone()),
        };
        let id = pending.id.to_string();
        let mut send = request(&draft);
        send.headers.push(X_MSG_ID, id.clone());
        send.receipt = Some(Text::from(id));
        let _ = client.send(send, now());
    }

    fn message(&mut self, message: RoomMessage) {
        let Some(Applied::Hole { after }) = self.visit.hear(message) else {
            return;
        };
        if self.filling.replace(after) != Some(after) {
            let visit = self.visit;
            spawn_local(fill(visit, after));
        }
    }

    /// An ERROR ends the connection. If it is about a message of ours, that one is given back;
    /// the others are sent again.
    fn refused(&mut self, message: &Text, headers: &Headers) {
        let refusal = headers.get(X_CODE).and_then(Refusal::from_code);
        let ours = headers
            .get("receipt-id")
            .and_then(|id| MessageId::parse(id).ok())
            .and_then(|id| {
                let mut text = None;
                self.visit
                    .outbox
                    .try_update(|outbox| text = outbox.refuse(id));
                text
            });
        if refusal.as_ref().is_some_and(is_final) {
            self.verdict = Verdict::Final;
        }
        if let Some(text) = ours {
            self.visit.returned.try_set(Some(text));
        }
        let reason = match refusal {
            Some(refusal) => Reason::Refused(refusal),
            None => Reason::Said(message.to_string()),
        };
        self.visit.refusal.try_set(Some(reason));
    }
}

/// Whether coming in again as the same person into the same room would be refused again.
fn is_final(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::RoomIdInvalid
        | Refusal::SenderEmpty
        | Refusal::SenderTooLong
        | Refusal::SenderControl
        | Refusal::SenderTaken
        | Refusal::RoomUnknown
        | Refusal::RoomsFull => true,
        Refusal::RoomNameEmpty
        | Refusal::RoomNameTooLong
        | Refusal::RoomNameControl
        | Refusal::SenderChanged
        | Refusal::TextEmpty
        | Refusal::TextTooLong
        | Refusal::MessageIdInvalid
        | Refusal::DraftMalformed(_)
        | Refusal::NotStored => false,
    }
}

/// Reads what is missing after `seq`. Should that fail, the next connection begins there.
async fn fill(visit: Visit, after: Seq) {
    let Some(room) = visit.room.try_get_value() else {
        return;
    };
    for message in data::after(room, after).await.unwrap_or_default() {
        visit.hear(message);
    }
}

fn request(draft: &Draft) -> SendRequest {
    let mut send = SendRequest::new(CHAT_MESSAGE, draft.to_json());
    send.headers.push("content-type", "application/json");
    send
}

/// A new message's id. The standard library has no clock here, so it is given the browser's.
pub(super) fn new_id() -> MessageId {
    let millis = js_sys::Date::now() as u64;
    let nanos = (millis % 1_000) as u32 * 1_000_000;
    let time = Timestamp::from_unix(NoContext, millis / 1_000, nanos);
    MessageId(Uuid::new_v7(time))
}
