//! One visit to a room: what the parts of its page share.

use std::{mem, time::Duration};

use chat::{MessageId, RoomId, RoomMessage, Sender, Seq, Text, message::Content};
use futures_channel::mpsc::UnboundedSender;
use leptos::prelude::*;

use crate::{
    data::{HISTORY, LoadError, Place},
    host,
    i18n::Msg,
    log::{Applied, Log},
    outbox::{Outbox, Pending},
    refusal::Reason,
    transport::Transport,
};

/// After so long the log may be read on, where that failed.
const READ_AGAIN: Duration = Duration::from_secs(2);

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
    /// The link has stood at least once.
    pub welcomed: RwSignal<bool>,
    /// Why something was turned away.
    pub refusal: RwSignal<Option<Reason>>,
    /// Counts what was sent: each time the log jumps to its end.
    pub sent: RwSignal<u32>,
    commands: StoredValue<Option<UnboundedSender<Command>>>,
    /// This device has taken everything that it was given to keep.
    keeps: StoredValue<bool>,
    /// A page of the log is being read.
    reading: StoredValue<bool>,
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

/// How the link is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    Connecting,
    Connected,
    /// The `attempt`th try comes in so many seconds.
    Waiting {
        attempt: u32,
        seconds: u64,
    },
    /// No further try comes by itself.
    Stopped {
        /// The server said no.
        refused: bool,
    },
}

/// What the page asks of the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Outbox(Act),
    /// Edits or deletes something that was said.
    Change(Content),
    Wake(Waker),
    /// The page is put away, and may come back as it was.
    Hide,
    /// The visitor leaves the room.
    Leave,
}

/// What the visitor does with what is to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Say(Text),
    /// Send again what has failed.
    Retry(MessageId),
    /// Throw away what has failed.
    Discard(MessageId),
}

/// Who wants the link to be tried at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waker {
    /// The visitor, by the button.
    Visitor,
    /// The browser: the page is visible again.
    Browser,
    /// The browser: it is online again, perhaps in another network.
    Network,
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
            welcomed: RwSignal::new(false),
            refusal: RwSignal::new(None),
            sent: RwSignal::new(0),
            commands: StoredValue::new(None),
            keeps: StoredValue::new(true),
            reading: StoredValue::new(false),
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
        self.log.try_maybe_update(|log| {
            let applied = log.apply(message);
            (applied != Applied::Known, applied)
        })
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

    /// Whether another page of the log may be read now; then it has to be handed to
    /// [`read`](Self::read).
    #[must_use]
    pub fn begin_reading(self) -> bool {
        let busy = self
            .reading
            .try_update_value(|busy| mem::replace(busy, true));
        busy == Some(false)
    }

    /// Takes a page of the log that was read in this place.
    pub fn read(self, place: Place, page: Result<Vec<RoomMessage>, LoadError>) {
        let Ok(page) = page else {
            // Whoever goes on scrolling meanwhile asks for nothing.
            set_timeout(move || self.end_reading(), READ_AGAIN);
            return;
        };
        let last = page.len() < HISTORY as usize;
        self.log.try_update(|log| {
            for message in page {
                log.apply(message);
            }
        });
        if last && matches!(place, Place::Before(_)) {
            let first = self.log.try_with_untracked(|log| log.first());
            self.oldest.try_set(first.unwrap_or_default());
        } else if last {
            self.live.try_set(true);
        }
        self.end_reading();
    }

    fn end_reading(self) {
        self.reading.try_set_value(false);
    }

    /// Learns where the room begins.
    pub fn begins(self, first: Seq) {
        self.log.try_update(|log| log.begins(first));
    }

    /// The link stands: whatever was kept for want of it can be sent now.
    pub fn linked(self) {
        self.link.try_set(LinkState::Connected);
        self.welcomed.try_set(true);
        self.refusal.try_maybe_update(|refusal| {
            let obsolete = matches!(refusal, Some(Reason::Kept(_)));
            if obsolete {
                *refusal = None;
            }
            (obsolete, ())
        });
    }
}

impl LinkState {
    /// The word in `data-state`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Waiting { .. } => "waiting",
            Self::Stopped { .. } => "stopped",
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::sample::talk;

    fn opened(first: u64, last: u64, target: Option<u64>) -> Visit {
        let log = Log::starting_with((first..=last).map(talk).collect());
        Visit::new(RoomId::lobby(), log, true, target.map(Seq))
    }

    fn is_live(first: u64, last: u64, target: Option<u64>) -> bool {
        Owner::new().with(|| opened(first, last, target).live.get_untracked())
    }

    #[test]
    fn a_room_opened_around_a_message_is_live_if_the_page_reaches_the_newest() {
        assert!(is_live(1, 50, None));
        assert!(is_live(51, 100, Some(77)));
        assert!(is_live(1, 49, Some(1)));
        assert!(!is_live(51, 100, Some(76)));
        assert!(!is_live(1, 50, Some(1)));
    }

    #[test]
    fn the_last_page_in_a_direction_is_known_by_its_length() {
        Owner::new().with(|| {
            let visit = opened(101, 150, Some(126));
            assert!(visit.begin_reading());
            assert!(!visit.begin_reading(), "one page at a time");
            visit.read(Place::Before(Seq(101)), Ok((51..=100).map(talk).collect()));
            assert_eq!(visit.oldest.get_untracked(), Seq(1));
            visit.read(Place::Before(Seq(51)), Ok((40..=50).map(talk).collect()));
            assert_eq!(visit.oldest.get_untracked(), Seq(40));
            visit.read(Place::After(Seq(150)), Ok((151..=200).map(talk).collect()));
            assert!(!visit.live.get_untracked());
            visit.read(Place::After(Seq(200)), Ok(Vec::new()));
            assert!(visit.live.get_untracked());
            assert!(visit.begin_reading());
            assert_eq!(visit.log.with_untracked(Log::since), Some(Seq(200)));
        });
    }

    #[test]
    fn what_is_on_its_way_leaves_when_it_is_heard() {
        Owner::new().with(|| {
            let visit = opened(1, 1, None);
            let pending = Pending::new(talk(2).id, Text::parse("2").unwrap());
            visit.change(&mut |outbox| outbox.push(pending.clone()));
            assert_eq!(visit.hear(talk(3)), Some(Applied::Hole { after: Seq(1) }));
            assert_eq!(visit.outbox.with_untracked(|o| o.pending().len()), 1);
            assert_eq!(visit.hear(talk(2)), Some(Applied::Added));
            assert!(visit.outbox.with_untracked(|o| o.pending().is_empty()));
        });
    }

    #[test]
    fn what_nobody_would_send_stays_in_the_box() {
        Owner::new().with(|| {
            let visit = opened(1, 1, None);
            assert!(!visit.say(Text::parse("가").unwrap()));
            let (commands, mut inbox) = futures_channel::mpsc::unbounded();
            visit.obeyed_by(commands);
            let text = Text::parse("나").unwrap();
            assert!(visit.say(text.clone()));
            assert_eq!(inbox.try_recv(), Ok(Command::Outbox(Act::Say(text))));
        });
    }

    #[test]
    fn a_full_outbox_says_so_and_takes_nothing() {
        Owner::new().with(|| {
            let visit = opened(1, 1, None);
            let text = Text::parse("가").unwrap();
            for n in 0..Outbox::LIMIT as u64 {
                let pending = Pending::new(crate::sample::id(n), text.clone());
                visit.change(&mut |outbox| outbox.push(pending.clone()));
            }
            assert!(!visit.say(text));
            let (commands, mut inbox) = futures_channel::mpsc::unbounded();
            visit.obeyed_by(commands);
            assert!(!visit.say(Text::parse("나").unwrap()));
            assert!(inbox.try_recv().is_err());
            assert_eq!(
                visit.refusal.get_untracked(),
                Some(Reason::Kept(Msg::KeptTooMany))
            );
        });
    }
}
