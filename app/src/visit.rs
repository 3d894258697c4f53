//! One visit to a room: what the parts of its page share.

mod command;
mod draft;
mod link_state;
mod reading;

use chat::{RoomId, RoomMessage, Sender, Seq, Text, message::Content};
use futures_channel::mpsc::UnboundedSender;
use leptos::prelude::*;

pub use self::command::{Act, Command, Waker};
pub use self::link_state::LinkState;
use crate::{
    data::HISTORY,
    host,
    i18n::Msg,
    log::{Applied, Log},
    outbox::{Outbox, Pending},
    refusal::Reason,
    transport::Transport,
};

/// What the composer, the log, the status line and the link know of one another.
///
/// The link outlives the page by a moment, so whatever it calls here does nothing once the page
/// is gone.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    pub room: StoredValue<RoomId>,
    /// Whether the log is known to reach back as far as asked for, even if it is empty.
    pub opened_with_history: bool,
    /// The message around which the room was opened.
    pub target: Option<Seq>,
    /// The log goes on to the newest message, so that a link can continue it.
    pub live: RwSignal<bool>,
    /// Before this message the server has none.
    pub oldest: RwSignal<Seq>,
    pub me: RwSignal<Me>,
    pub log: RwSignal<Log>,
    pub outbox: RwSignal<Outbox>,
    pub link: RwSignal<LinkState>,
    /// What the link runs over, or tries.
    pub transport: RwSignal<Transport>,
    /// Why something was turned away.
    pub refusal: RwSignal<Option<Reason>>,
    /// Counts what was sent: each time the log jumps to its end.
    pub sent: RwSignal<u32>,
    commands: StoredValue<Option<UnboundedSender<Command>>>,
    /// This device has taken everything that it was given to keep.
    keeps: StoredValue<bool>,
    /// A page of the log is being read.
    reading: StoredValue<bool>,
    /// What is done before rows come or go.
    before: StoredValue<Option<Callback<()>>>,
}

/// Who the visitor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Me {
    /// Not looked up yet: only the browser knows, and only after the first rendering.
    Unread,
    /// Somebody without a nickname.
    Nobody,
    Named(Sender),
}

impl Visit {
    /// A visit to `room`, beginning with `log`, which may have been read around `target`.
    #[must_use]
    pub fn new(room: RoomId, log: Log, opened_with_history: bool, target: Option<Seq>) -> Self {
        // A page that is not full is all there is, and where less than half of it follows the
        // target, it reaches the end.
        let page = HISTORY as usize;
        let live = target.is_none_or(|target| {
            let newer = log.messages().iter().rev();
            let newer = newer.take_while(|message| message.seq >= target);
            log.messages().len() < page || newer.count() < page / 2
        });
        Self {
            room: StoredValue::new(room),
            opened_with_history,
            target,
            live: RwSignal::new(live),
            oldest: RwSignal::new(Seq(1)),
            me: RwSignal::new(Me::Unread),
            log: RwSignal::new(log),
            outbox: RwSignal::default(),
            link: RwSignal::new(LinkState::Connecting),
            transport: RwSignal::new(Transport::WebSocket),
            refusal: RwSignal::new(None),
            sent: RwSignal::new(0),
            commands: StoredValue::new(None),
            keeps: StoredValue::new(true),
            reading: StoredValue::new(false),
            before: StoredValue::new(None),
        }
    }

    /// Sends `text` as soon as the link stands, or says why not. Returns whether it was taken, so
    /// that the box may be emptied.
    pub fn say(self, text: Text) -> bool {
        let has_room = self.outbox.with_untracked(|outbox| outbox.has_room(&text));
        let kept = (!has_room).then_some(Reason::Kept(Msg::KeptTooMany));
        self.refusal.set(kept);
        let taken = has_room && self.command(Command::Outbox(Act::Say(text)));
        if taken {
            self.sent.update(|sent| *sent = sent.wrapping_add(1));
        }
        taken
    }

    /// What was turned away is being written anew: why it was no longer matters.
    pub fn forgive(self) {
        self.refusal
            .maybe_update(|refusal| refusal.take().is_some());
    }

    /// Edits or deletes something as soon as the link stands. Returns whether it was taken.
    pub fn revise(self, content: Content) -> bool {
        self.refusal.set(None);
        self.command(Command::Change(content))
    }

    /// Asks something of the link, if there is one. Returns whether it will hear of it.
    pub fn command(self, command: Command) -> bool {
        let commands = self.commands.try_get_value().flatten();
        commands.is_some_and(|commands| commands.unbounded_send(command).is_ok())
    }

    /// From now on commands go to this link.
    pub fn obeyed_by(self, commands: UnboundedSender<Command>) {
        self.commands.set_value(Some(commands));
    }

    /// Takes a message of the room, wherever it came from. `None` once the page is gone.
    pub fn hear(self, message: RoomMessage) -> Option<Applied> {
        let is_this = |pending: &Pending| pending.id == message.id;
        let ours = self
            .outbox
            .try_with_untracked(|outbox| outbox.pending().iter().any(is_this));
        if ours == Some(true) {
            self.change(&mut |outbox| {
                outbox.take(message.id);
            });
        }
        self.rows_will_change();
        self.log.try_maybe_update(|log| {
            let applied = log.apply(message);
            (applied != Applied::Known, applied)
        })
    }

    /// Has something done each time before rows of the log come or go.
    pub fn before_rows_change(self, act: Callback<()>) {
        self.before.set_value(Some(act));
    }

    fn rows_will_change(self) {
        if let Some(act) = self.before.try_get_value().flatten() {
            act.try_run(());
        }
    }

    /// Changes what is to be said, here and in what this device keeps of it. The visitor's other
    /// pages keep theirs in the same place, so that is read first.
    pub fn change(self, change: &mut dyn FnMut(&mut Outbox)) {
        let key = self.key();
        let kept = key.as_deref().and_then(host::kept);
        let Some(now) = self.outbox.try_update(|outbox| {
            if let Some(kept) = &kept {
                outbox.restore(kept);
            }
            change(outbox);
            outbox.kept()
        }) else {
            return;
        };
        // What could not be kept must not be missed at the next reading.
        if let (Some(key), Some(kept)) = (key, kept)
            && kept != now
            && !host::keep(&key, &now)
        {
            self.keeps.try_set_value(false);
        }
    }

    /// Where this visitor's messages to this room are kept. Sent under another name, a message
    /// would be another message.
    fn key(self) -> Option<String> {
        let me = self.me.try_get_untracked();
        let (Some(Me::Named(me)), Some(true)) = (me, self.keeps.try_get_value()) else {
            return None;
        };
        Some(format!(
            "roomside.outbox/{}/{me}",
            self.room.try_get_value()?
        ))
    }

    /// The address of a message.
    #[must_use]
    pub fn href(self, seq: Seq) -> String {
        format!("{}/m/{seq}", self.room_href())
    }

    /// The address of the room.
    #[must_use]
    pub fn room_href(self) -> String {
        self.room
            .try_with_value(|room| format!("/rooms/{room}"))
            .unwrap_or_default()
    }

    /// Learns where the room begins.
    pub fn begins(self, first: Seq) {
        self.rows_will_change();
        self.log.try_update(|log| log.begins(first));
    }

    /// The link stands: whatever was kept for want of it can be sent now.
    pub fn linked(self) {
        self.link.try_set(LinkState::Connected);
        self.refusal.try_maybe_update(|refusal| {
            let obsolete = matches!(refusal, Some(Reason::Kept(_)));
            if obsolete {
                *refusal = None;
            }
            (obsolete, ())
        });
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests;
