//! The smallest application, for transcripts of whole sessions.

use bytes::Bytes;
use stomp::{
    Accepted, AckMode, Action, Closed, Command, Frame, Headers, Output, Server, ServerEvent,
    ServerOptions, Text, encode,
};

use crate::support::START;

/// It lets everyone in, passes each SEND on to the subscriptions of its destination, notes every
/// ACK and NACK, and confirms whatever asks for it.
pub(crate) struct Room {
    server: Server,
    subscriptions: Vec<(Text, Text, AckMode)>,
    messages: usize,
    /// The ACKs and NACKs.
    pub(crate) settled: Vec<Action>,
    pub(crate) closed: Option<Closed>,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self {
            server: Server::new(ServerOptions::default(), START),
            subscriptions: Vec::new(),
            messages: 0,
            settled: Vec::new(),
            closed: None,
        }
    }

    /// What goes out because of this coming in: one item per transmission.
    pub(crate) fn hear(&mut self, input: impl AsRef<[u8]>) -> Vec<Bytes> {
        self.server.handle_input(input.as_ref(), START);
        let mut sent = Vec::new();
        loop {
            match self.server.poll() {
                Output::Transmit(bytes) => sent.push(bytes),
                Output::Event(event) => self.answer(event),
                Output::Wait(_) => return sent,
                Output::Closed(closed) => {
                    self.closed = Some(closed);
                    return sent;
                }
            }
        }
    }

    fn answer(&mut self, event: ServerEvent) {
        let receipt = match event {
            ServerEvent::Connect { .. } => {
                self.server
                    .accept(Accepted::default(), START)
                    .expect("a CONNECT is waiting");
                None
            }
            ServerEvent::Action { action, receipt } => {
                self.act(action);
                receipt
            }
            ServerEvent::Commit {
                actions, receipt, ..
            } => {
                actions.into_iter().for_each(|action| self.act(action));
                receipt
            }
            ServerEvent::Subscribe {
                id,
                destination,
                ack,
                receipt,
                ..
            } => {
                self.subscriptions.push((id, destination, ack));
                receipt
            }
            ServerEvent::Unsubscribe { id, receipt } => {
                self.subscriptions.retain(|(open, ..)| *open != id);
                receipt
            }
            ServerEvent::Disconnect => None,
        };
        if let Some(id) = receipt {
            self.server.receipt(id, START).expect("the session is open");
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Send {
                destination,
                headers,
                body,
            } => self.tell(&destination, &headers, &body),
            settled => self.settled.push(settled),
        }
    }

    /// The order is that of Spring: `destination`, `content-type`, `subscription`, `message-id`,
    /// the sender's own headers; `content-length` is the encoder's, and stands last.
    fn tell(&mut self, destination: &Text, headers: &Headers, body: &Bytes) {
        self.messages += 1;
        let version = self.server.version().expect("the session is open");
        for (id, _, ack) in self
            .subscriptions
            .iter()
            .filter(|(_, listening, _)| listening == destination)
        {
            let mut message =
                Frame::new(Command::Message).header("destination", destination.clone());
            if let Some(kind) = headers.text("content-type") {
                message = message.header("content-type", kind.clone());
            }
            message = message
                .header("subscription", id.clone())
                .header("message-id", format!("m-{}", self.messages));
            for (name, value) in headers.iter().filter(|(name, _)| is_own(name)) {
                message = message.header(name.clone(), value.clone());
            }
            if *ack != AckMode::Auto {
                message = message.header("ack", format!("{id}/m-{}", self.messages));
            }
            let encoded = encode(&message.body(body.clone()), version);
            self.server
                .deliver(encoded, START)
                .expect("the session is open");
        }
    }
}

fn is_own(name: &str) -> bool {
    !matches!(
        name,
        "destination" | "content-type" | "content-length" | "receipt" | "transaction"
    )
}
