//! What the page says to the server in STOMP, and what it makes of the answers.

use std::{cell::Cell, rc::Rc, time::Duration};

use chat::{
    Draft, MessageId, Refusal, RoomMessage, Sender, Seq,
    destination::{
        CHAT_MESSAGE, X_AUTHOR_KEY, X_CODE, X_EPOCH, X_HISTORY, X_MSG_ID, X_SINCE, topic_of,
    },
    message::Content,
};
use leptos::{
    prelude::{GetValue, Set, Update, WithUntracked, window},
    task::spawn_local,
};
use stomp::{Client, ClientEvent, ClientOptions, Headers, SendRequest, SubscribeRequest, Text};
use uuid::{NoContext, Timestamp, Uuid};

use super::clock::{now, sleep};
use super::memory;
use crate::{
    data::{self, Place},
    i18n::Msg,
    log::{Applied, Log},
    outbox::{Outbox, Pending, State},
    refusal::Reason,
    transport::Transport,
    visit::{Act, Command, LinkState, Visit},
};

/// ERROR: in how many seconds the same may be tried again.
const X_RETRY: &str = "x-retry";

/// The longest pause that a server may ask for, in seconds.
const LONGEST_RETRY: u64 = 300;

/// After so long what is missing is asked for again, where that failed.
const ASK_AGAIN: Duration = Duration::from_secs(2);

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
    /// The pause that the server asked for.
    called_back: Option<Duration>,
    /// Somebody asks for what is missing in the log.
    filling: Rc<Cell<bool>>,
    /// Edits and deletions without a receipt: they are sent again over a new link.
    changes: Vec<(MessageId, Content)>,
    /// What the server calls its log: another one is there after a backup was restored.
    epoch: Option<Text>,
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
            called_back: None,
            filling: Rc::default(),
            changes: Vec::new(),
            epoch: None,
        }
    }

    /// Whether the log is another one than at the last time.
    fn is_another_log(&mut self, epoch: Option<&Text>) -> bool {
        let before = std::mem::replace(&mut self.epoch, epoch.cloned());
        before.is_some_and(|before| epoch.is_some_and(|epoch| *epoch != before))
    }

    /// The client of a new connection.
    pub(super) fn client(&mut self) -> Client {
        self.linked = false;
        self.verdict = Verdict::TryAgain;
        let mut headers = Headers::new();
        if let Some(key) = memory::author_key() {
            headers.push(X_AUTHOR_KEY, key);
        }
        let options = ClientOptions {
            headers,
            host: window().location().hostname().ok().map(Text::from),
            ..ClientOptions::default()
        };
        Client::new(options, now())
    }

    /// What the end of this connection means.
    pub(super) fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The pause that the server asked for, once.
    pub(super) fn called_back(&mut self) -> Option<Duration> {
        self.called_back.take()
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
            ClientEvent::Receipt { id, headers } if id == SUBSCRIBED => {
                if self.is_another_log(headers.text(X_EPOCH)) {
                    // What the page shows is not in it, and its places stand for other lines there.
                    let _ = window().location().reload();
                    return false;
                }
                self.linked = true;
                self.visit.linked();
                self.visit.change(&mut Outbox::unsend);
                self.talk_on(client);
                self.change_again(client);
                return true;
            }
            ClientEvent::Receipt { id, .. } => {
                if let Ok(id) = MessageId::parse(&id) {
                    self.visit.change(&mut |outbox| outbox.receive(id));
                    self.changes.retain(|(change, _)| *change != id);
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

    /// Does this to what is to be said.
    pub(super) fn keep(&self, act: &Act) {
        self.visit.change(&mut |outbox| match act {
            Act::Say(text) => outbox.push(Pending::new(memory::own_id(), text.clone())),
            Act::Retry(id) => _ = outbox.mark(*id, State::Waiting),
            Act::Discard(id) => _ = outbox.take(*id),
        });
    }

    /// Says what is to be said, if the subscription stands.
    pub(super) fn talk_on(&self, client: &mut Client) {
        while self.linked
            && let Some(Some(pending)) = self.visit.outbox.try_update(Outbox::send_next)
        {
            self.talk(&pending, client);
        }
    }

    /// Edits or deletes something, or keeps it to be done once the subscription stands.
    pub(super) fn change(&mut self, content: Content, client: &mut Client) {
        let id = self.keep_change(content.clone());
        if self.linked
            && let Some(id) = id
        {
            self.send(id, content, client);
        }
    }

    /// Keeps an edit or a deletion to be sent, unless there are too many.
    pub(super) fn keep_change(&mut self, content: Content) -> Option<MessageId> {
        if self.changes.len() == Outbox::LIMIT {
            let many = Some(Reason::Kept(Msg::KeptTooMany));
            self.visit.refusal.try_set(many);
            return None;
        }
        let id = new_id();
        self.changes.push((id, content));
        Some(id)
    }

    /// The link was lost: what has no receipt is done again.
    fn change_again(&self, client: &mut Client) {
        for (id, content) in &self.changes {
            self.send(*id, content.clone(), client);
        }
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

    fn talk(&self, pending: &Pending, client: &mut Client) {
        self.send(pending.id, Content::Talk(pending.text.clone()), client);
    }

    fn send(&self, id: MessageId, content: Content, client: &mut Client) {
        let Some(room) = self.visit.room.try_get_value() else {
            return;
        };
        let draft = Draft {
            room,
            sender: self.sender.clone(),
            content,
        };
        let id = id.to_string();
        let mut send = request(&draft);
        send.headers.push(X_MSG_ID, id.clone());
        send.receipt = Some(Text::from(id));
        let _ = client.send(send, now());
    }

    fn message(&mut self, message: RoomMessage) {
        if let Some(Applied::Hole { .. }) = self.visit.hear(message)
            && !self.filling.replace(true)
        {
            spawn_local(fill(self.visit, Rc::clone(&self.filling)));
        }
    }

    /// An ERROR ends the connection. If the server says when to try again, all is sent again
    /// then. Else, if it is about a message of ours, that one has failed, and the others wait
    /// behind it.
    fn refused(&mut self, message: &Text, headers: &Headers) {
        if let Some(seconds) = headers.get(X_RETRY).and_then(|text| text.parse().ok()) {
            let seconds = u64::clamp(seconds, 1, LONGEST_RETRY);
            self.called_back = Some(Duration::from_secs(seconds));
            return;
        }
        let refusal = headers.get(X_CODE).and_then(Refusal::from_code);
        if refusal.as_ref().is_some_and(is_final) {
            self.verdict = Verdict::Final;
        }
        let reason = match refusal {
            Some(refusal) => Reason::Refused(refusal),
            None => Reason::Said(message.to_string()),
        };
        let mut ours = false;
        if let Some(Ok(id)) = headers.get("receipt-id").map(MessageId::parse) {
            self.changes.retain(|(change, _)| *change != id);
            self.visit.change(&mut |outbox| {
                ours = outbox.mark(id, State::Failed(reason.clone()));
            });
        }
        if !ours {
            self.visit.refusal.try_set(Some(reason));
        }
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
        | Refusal::RoomsFull
        | Refusal::AuthorKeyInvalid => true,
        Refusal::RoomNameEmpty
        | Refusal::RoomNameTooLong
        | Refusal::RoomNameControl
        | Refusal::SenderChanged
        | Refusal::TextEmpty
        | Refusal::TextTooLong
        | Refusal::MessageIdInvalid
        | Refusal::MessageIdReused
        | Refusal::MessageUnknown
        | Refusal::MessageFixed
        | Refusal::MessageForeign
        | Refusal::DraftMalformed(_)
        | Refusal::NotStored => false,
    }
}

/// Reads what is missing in the log until nothing is, or the page is gone.
async fn fill(visit: Visit, filling: Rc<Cell<bool>>) {
    while let Some(Some(after)) = visit.log.try_with_untracked(Log::hole)
        && let Some(room) = visit.room.try_get_value()
    {
        match data::kept(room, Place::After(after)).await {
            Ok(page) if !page.messages.is_empty() || page.first > after.next() => {
                let next = page.messages.first().map(|message| message.seq);
                for message in page.messages {
                    visit.hear(message);
                }
                visit
                    .log
                    .try_update(|log| log.close(after, next.unwrap_or(after)));
                visit.begins(page.first);
            }
            _ => sleep(Some(now() + ASK_AGAIN)).await,
        }
    }
    filling.set(false);
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
