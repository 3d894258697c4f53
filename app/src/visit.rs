//! One visit to a room: what the parts of its page share.

use chat::{RoomId, RoomMessage, Sender, Text};
use futures_channel::mpsc::UnboundedSender;
use leptos::prelude::*;

use crate::{
    i18n::Msg,
    log::{Applied, Log},
    outbox::Outbox,
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
    /// A text that was refused and waits to be put back into the box.
    pub returned: RwSignal<Option<Text>>,
    /// Counts what was sent: each time the log jumps to its end.
    pub sent: RwSignal<u32>,
    commands: StoredValue<Option<UnboundedSender<Command>>>,
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
    Say(Text),
    Wake(Waker),
    /// The page is put away, and may come back as it was.
    Hide,
    /// The visitor leaves the room.
    Leave,
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
    /// A visit to `room`, beginning with `log`.
    #[must_use]
    pub fn new(room: RoomId, log: Log, opened_with_history: bool) -> Self {
        Self {
            room: StoredValue::new(room),
            opened_with_history,
            me: RwSignal::new(Me::Unread),
            log: RwSignal::new(log),
            outbox: RwSignal::default(),
            link: RwSignal::new(LinkState::Connecting),
            transport: RwSignal::new(Transport::WebSocket),
            welcomed: RwSignal::new(false),
            refusal: RwSignal::new(None),
            returned: RwSignal::new(None),
            sent: RwSignal::new(0),
            commands: StoredValue::new(None),
        }
    }

    /// Sends `text` if the link stands, else says why not. Returns whether it was taken, so that
    /// the box may be emptied.
    pub fn say(self, text: Text) -> bool {
        let kept = if self.link.get_untracked() != LinkState::Connected {
            Some(Msg::KeptNotConnected)
        } else if !self.outbox.with_untracked(Outbox::has_room) {
            Some(Msg::KeptTooMany)
        } else {
            None
        };
        let taken = kept.is_none();
        self.refusal.set(kept.map(Reason::Kept));
        if taken {
            self.command(Command::Say(text));
            self.sent.update(|sent| *sent = sent.wrapping_add(1));
        }
        taken
    }

    /// Asks something of the link, if there is one.
    pub fn command(self, command: Command) {
        if let Some(Some(commands)) = self.commands.try_get_value() {
            // A link that has ended takes no commands, and needs none.
            let _ = commands.unbounded_send(command);
        }
    }

    /// From now on commands go to this link.
    pub fn obeyed_by(self, commands: UnboundedSender<Command>) {
        self.commands.set_value(Some(commands));
    }

    /// Takes a message of the room, wherever it came from. `None` once the page is gone.
    pub fn hear(self, message: RoomMessage) -> Option<Applied> {
        self.outbox.try_maybe_update(|outbox| {
            let ours = outbox.settle(message.id);
            (ours, ())
        });
        self.log.try_maybe_update(|log| {
            let applied = log.apply(message);
            (applied != Applied::Known, applied)
        })
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
