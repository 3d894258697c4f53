//! One transport, from its opening to its end.

use std::pin::pin;

use futures_util::{FutureExt, StreamExt, future::Fuse, select_biased};
use stomp::{Closed, Output};

use super::{
    Ended, Link,
    clock::{self, now, sleep},
    conversation::Verdict,
    info, memory,
    socket::{Heard, Socket},
};
use crate::{transport::Transport, visit::Command};

impl Link {
    /// Talks to the server over this transport. `None`: it broke off, or led nowhere in time.
    pub(super) async fn attempt(&mut self, transport: Transport) -> Option<Ended> {
        self.conversation.travel(transport);
        let mut socket = Socket::open(transport)?;
        let mut client = self.conversation.client();
        let mut futile = pin!(info::futile(transport).fuse());
        let mut gone = pin!(Fuse::terminated());
        let mut open = false;
        loop {
            let mut due = None;
            if open {
                due = loop {
                    match client.poll() {
                        Output::Transmit(bytes) => socket.send(&bytes),
                        Output::Event(event) => {
                            if self.conversation.hear(event, &mut client) {
                                self.linked();
                            }
                        }
                        // The server was reached and said no: it would over any transport.
                        Output::Closed(Closed::Error) => {
                            return Some(self.conversation.verdict().into());
                        }
                        Output::Closed(Closed::Clean | Closed::Fault(_)) => return None,
                        Output::Wait(until) => break until,
                    }
                };
            }
            let deadline = self.choice.deadline().into_iter().chain(due).min();
            select_biased! {
                command = self.inbox.next() => match command.unwrap_or(Command::Leave) {
                    Command::Outbox(act) => {
                        self.conversation.keep(&act);
                        self.conversation.talk_on(&mut client);
                    }
                    Command::Change(content) => self.conversation.change(content, &mut client),
                    Command::Wake(waker) => self.woken(waker),
                    Command::Doubt => gone.set(info::gone().fuse()),
                    going @ (Command::Leave | Command::Hide) => {
                        if open {
                            self.conversation.farewell(&going, &mut client);
                            socket.leave(&mut client);
                        }
                        return Some(match going {
                            Command::Hide => Ended::Hidden,
                            _ => Ended::Left,
                        });
                    }
                },
                heard = socket.next().fuse() => match heard {
                    Heard::Open => {
                        open = true;
                        // A WebSocket opens in whatever answers the handshake, a session only in
                        // our server.
                        if transport != Transport::WebSocket {
                            self.choice.heard();
                        }
                    }
                    Heard::Text(text) => {
                        self.choice.heard();
                        futile.set(Fuse::terminated());
                        client.handle_input(text.as_bytes(), now());
                    }
                    Heard::Closed => return None,
                },
                () = futile => return None,
                // Not this transport's fault: none would do.
                () = gone => return Some(Ended::Lost),
                () = sleep(deadline).fuse() => {
                    if self.choice.deadline().is_some_and(|deadline| now() >= deadline) {
                        return None;
                    }
                    client.handle_timeout(now());
                },
            }
        }
    }

    /// The link stands.
    fn linked(&mut self) {
        self.retry.linked(now());
        if self.choice.linked(now(), clock::date()) {
            memory::keep(self.choice.record());
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
