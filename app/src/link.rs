//! The link to the server: one loop that chooses a transport, drives a [`stomp::Client`] over it,
//! and begins anew when it is lost.
//!
//! # Layout
//!
//! - this file: the loop, the rounds over the transports, and the pause between two of them.
//! - `attempt`: one transport, from its opening to its end.
//! - `conversation`: what is said in STOMP, and what the answers mean for the page.
//! - `socket`: the transports themselves, by [`Transport`](crate::transport::Transport).
//! - `info`: what the server's SockJS endpoint says of itself.
//! - `memory`: what worked before, on this device.
//! - `clock`: time and chance.
//! - `wakers`: what in the browser makes the link try again, doubt, or go.

use std::time::Duration;

use chat::Sender;
use futures_channel::mpsc::{self, UnboundedReceiver};
use futures_util::{FutureExt, StreamExt, select_biased};
use leptos::task::spawn_local;

mod attempt;
mod clock;
mod conversation;
mod info;
mod memory;
mod socket;
mod wakers;

use clock::{now, sleep};
use conversation::Conversation;
pub(crate) use memory::has_written;

use crate::{
    retry::{self, Retry},
    transport::{self, Choice},
    visit::{Command, LinkState, Visit, Waker},
};

/// The server's SockJS endpoint, by the original page's name for it.
const ENDPOINT: &str = "/websc";

/// Opens the link of a visit. It goes when the current owner goes.
pub(crate) fn open(visit: Visit, sender: &Sender) {
    // Not bounded: it holds what this page's visitor and browser do, and the loop never waits
    // for anything without listening to it.
    let (commands, inbox) = mpsc::unbounded();
    wakers::listen(&commands);
    visit.obeyed_by(commands);
    // Reads what was kept.
    visit.change(&mut |_| {});
    let link = Link {
        conversation: Conversation::new(visit, sender.clone()),
        inbox,
        retry: Retry::default(),
        choice: Choice::new(memory::recall()),
    };
    spawn_local(link.keep_up());
}

/// What is known across the connections of one visit.
struct Link {
    conversation: Conversation,
    inbox: UnboundedReceiver<Command>,
    retry: Retry,
    choice: Choice,
}

/// Why a round ended.
enum Ended {
    /// The visitor has left; there is nobody to connect for.
    Left,
    /// The page was put away.
    Hidden,
    /// The server said no, and would say it again.
    Refused,
    Lost,
}

/// How long to stay away.
enum Pause {
    Until { time: Duration, attempt: u32 },
    Stopped { refused: bool },
    Hidden,
}

/// How a pause ended.
#[derive(PartialEq, Eq)]
enum Rested {
    /// It is time to connect.
    Well,
    Left,
}

impl Link {
    /// The one place that decides when to connect.
    async fn keep_up(mut self) {
        loop {
            let pause = match self.connect().await {
                Ended::Left => return,
                Ended::Hidden => Pause::Hidden,
                Ended::Refused => Pause::Stopped { refused: true },
                Ended::Lost => match self.retry.lost(now(), clock::random()) {
                    // The server is there, and has said when to come back.
                    _ if let Some(delay) = self.conversation.called_back() => {
                        self.retry.rearm();
                        Pause::Until {
                            time: now() + delay,
                            attempt: 1,
                        }
                    }
                    retry::Next::Wait { delay, attempt } => Pause::Until {
                        time: now() + delay,
                        attempt,
                    },
                    retry::Next::Stop => Pause::Stopped { refused: false },
                },
            };
            if self.rest(&pause).await == Rested::Left {
                return;
            }
        }
    }

    /// One round: the transports one after the other until a link stands, and then to its end.
    async fn connect(&mut self) -> Ended {
        self.conversation.show(LinkState::Connecting);
        let mut transport = self.choice.begin(now(), clock::date());
        loop {
            if let Some(ended) = self.attempt(transport).await {
                return ended;
            }
            match self.choice.ended(now()) {
                transport::Next::Try(next) => transport = next,
                transport::Next::Pause => return Ended::Lost,
                transport::Next::PauseAfresh => {
                    self.retry.rearm();
                    return Ended::Lost;
                }
            }
        }
    }

    /// Waits until it is time for the next round, and shows how long that will be.
    async fn rest(&mut self, pause: &Pause) -> Rested {
        loop {
            let mut tick = None;
            match *pause {
                Pause::Until { time, attempt } => {
                    let left = time.saturating_sub(now());
                    if left.is_zero() {
                        return Rested::Well;
                    }
                    let seconds = left.as_millis().div_ceil(1_000) as u64;
                    self.conversation
                        .show(LinkState::Waiting { attempt, seconds });
                    tick = Some(time.saturating_sub(Duration::from_secs(seconds - 1)));
                }
                Pause::Stopped { refused } => {
                    self.conversation.show(LinkState::Stopped { refused });
                }
                Pause::Hidden => {}
            }
            select_biased! {
                command = self.inbox.next() => match command.unwrap_or(Command::Leave) {
                    Command::Leave => return Rested::Left,
                    Command::Hide | Command::Doubt => {}
                    Command::Outbox(act) => {
                        self.conversation.keep(&act);
                        if self.speaks_up(pause) {
                            return Rested::Well;
                        }
                    }
                    Command::Change(content) => {
                        let _ = self.conversation.keep_change(content);
                        if self.speaks_up(pause) {
                            return Rested::Well;
                        }
                    }
                    Command::Wake(waker) => {
                        self.woken(waker);
                        // What the server refused it would refuse again: only the visitor may
                        // insist.
                        let insists = waker == Waker::Visitor;
                        if insists || !matches!(pause, Pause::Stopped { refused: true }) {
                            self.retry.rearm();
                            return Rested::Well;
                        }
                    }
                },
                () = sleep(tick).fuse() => {},
            }
        }
    }

    /// Who has something to say wants to be connected.
    fn speaks_up(&mut self, pause: &Pause) -> bool {
        let stopped = matches!(pause, Pause::Stopped { refused: false });
        if stopped {
            self.retry.rearm();
        }
        stopped
    }

    /// Whoever wakes us may have news.
    fn woken(&mut self, waker: Waker) {
        if waker == Waker::Network && self.choice.forget() {
            memory::keep(None);
        }
    }
}
