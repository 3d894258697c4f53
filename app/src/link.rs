//! The link to the server: one loop that opens a WebSocket, drives a [`stomp::Client`] over it,
//! and begins anew when it is lost.
//!
//! # Layout
//!
//! - this file: the loop, and the pause between two tries.
//! - `conversation`: what is said in STOMP, and what the answers mean for the page.
//! - `socket`: the WebSocket.
//! - `clock`: time and chance.
//! - `wakers`: what in the browser makes the link try again or go.

use std::time::Duration;

use chat::Sender;
use futures_channel::mpsc::{self, UnboundedReceiver};
use futures_util::{FutureExt, StreamExt, select_biased};
use leptos::task::spawn_local;
use stomp::Output;

mod clock;
mod conversation;
mod socket;
mod wakers;

use clock::{now, sleep};
use conversation::{Conversation, Verdict};
use socket::Socket;

use crate::{
    retry::{Next, Retry},
    visit::{Command, LinkState, Visit, Waker},
};

/// How long a try may take until the subscription stands; then it counts as failed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

type Inbox = UnboundedReceiver<Command>;

/// Opens the link of a visit. It goes when the current owner goes.
pub(crate) fn open(visit: Visit, sender: &Sender) {
    // Not bounded: it holds what this page's visitor and browser do, and the loop never waits
    // for anything without listening to it.
    let (commands, inbox) = mpsc::unbounded();
    wakers::listen(&commands);
    visit.obeyed_by(commands);
    let conversation = Conversation::new(visit, sender.clone());
    spawn_local(keep_up(conversation, inbox));
}

/// Why a connection ended.
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

/// The one place that decides when to connect.
async fn keep_up(mut conversation: Conversation, mut inbox: Inbox) {
    let mut retry = Retry::default();
    loop {
        let pause = match connect(&mut conversation, &mut inbox, &mut retry).await {
            Ended::Left => return,
            Ended::Hidden => Pause::Hidden,
            Ended::Refused => Pause::Stopped { refused: true },
            Ended::Lost => match retry.lost(now(), clock::random()) {
                Next::Wait { delay, attempt } => Pause::Until {
                    time: now() + delay,
                    attempt,
                },
                Next::Stop => Pause::Stopped { refused: false },
            },
        };
        if rest(&mut conversation, &mut inbox, &pause, &mut retry).await == Rested::Left {
            return;
        }
    }
}

/// One connection, from its opening to its end.
async fn connect(conversation: &mut Conversation, inbox: &mut Inbox, retry: &mut Retry) -> Ended {
    conversation.show(LinkState::Connecting);
    let give_up = now() + CONNECT_TIMEOUT;
    let Some(mut socket) = Socket::open() else {
        return Ended::Lost;
    };
    let mut client = conversation.client();
    let mut open = false;
    loop {
        let mut deadline = None;
        if open {
            deadline = loop {
                match client.poll() {
                    Output::Transmit(bytes) => socket.send(&bytes),
                    Output::Event(event) => {
                        if conversation.hear(event, &mut client) {
                            retry.linked(now());
                        }
                    }
                    Output::Closed(_) => return conversation.verdict().into(),
                    Output::Wait(until) => break until,
                }
            };
        }
        if !conversation.is_linked() {
            deadline = Some(deadline.map_or(give_up, |deadline| deadline.min(give_up)));
        }
        select_biased! {
            command = inbox.next() => match command.unwrap_or(Command::Leave) {
                Command::Say(text) => conversation.say(text, &mut client),
                Command::Wake(_) => {}
                going @ (Command::Leave | Command::Hide) => {
                    if open {
                        conversation.farewell(&going, &mut client);
                        socket.send_all(&mut client);
                    }
                    return if going == Command::Hide { Ended::Hidden } else { Ended::Left };
                }
            },
            heard = socket.next(open).fuse() => match heard {
                socket::Heard::Open => open = true,
                socket::Heard::Text(text) => client.handle_input(text.as_bytes(), now()),
                socket::Heard::Closed => return conversation.verdict().into(),
            },
            () = sleep(deadline).fuse() => {
                if !conversation.is_linked() && now() >= give_up {
                    return Ended::Lost;
                }
                client.handle_timeout(now());
            },
        }
    }
}

/// How a pause ended.
#[derive(PartialEq, Eq)]
enum Rested {
    /// It is time to connect.
    Well,
    Left,
}

/// Waits until it is time for the next try, and shows how long that will be.
async fn rest(
    conversation: &mut Conversation,
    inbox: &mut Inbox,
    pause: &Pause,
    retry: &mut Retry,
) -> Rested {
    loop {
        let mut tick = None;
        match *pause {
            Pause::Until { time, attempt } => {
                let left = time.saturating_sub(now());
                if left.is_zero() {
                    return Rested::Well;
                }
                let seconds = left.as_millis().div_ceil(1_000) as u64;
                conversation.show(LinkState::Waiting { attempt, seconds });
                tick = Some(time.saturating_sub(Duration::from_secs(seconds - 1)));
            }
            Pause::Stopped { refused } => conversation.show(LinkState::Stopped { refused }),
            Pause::Hidden => {}
        }
        select_biased! {
            command = inbox.next() => match command.unwrap_or(Command::Leave) {
                Command::Leave => return Rested::Left,
                Command::Hide => {}
                Command::Say(text) => drop(conversation.keep(text)),
                Command::Wake(waker) => {
                    // What the server refused it would refuse again: only the visitor may insist.
                    let insists = waker == Waker::Visitor;
                    if insists || !matches!(pause, Pause::Stopped { refused: true }) {
                        retry.rearm();
                        return Rested::Well;
                    }
                }
            },
            () = sleep(tick).fuse() => {},
        }
    }
}

impl From<Verdict> for Ended {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::TryAgain => Self::Lost,
            Verdict::Final => Self::Refused,
        }
    }
}
