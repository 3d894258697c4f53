//! The transactions that a client has open (STOMP 1.2, BEGIN, COMMIT, ABORT).

use bytes::Bytes;

use super::{Action, read};
use crate::error::excerpt;
use crate::{Command, Frame, Headers, Limits, ProtocolError, Text, Version};

/// What a header counts besides its octets: the two [`Text`]s that keep it, in round figures.
/// Without it a thousand headers of one octet would pass for nothing.
const HEADER: usize = 64;

/// All of one session. At most [`Limits::transactions`] are open, and a COMMIT, an ABORT or the
/// end of the session lets go of what they hold.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    /// So few that looking through them is quicker than a map.
    open: Vec<Transaction>,
    /// The sum of what they hold.
    octets: usize,
}

#[derive(Debug)]
struct Transaction {
    name: Text,
    actions: Vec<Action>,
    octets: usize,
}

impl Transactions {
    pub(super) fn begin(&mut self, frame: &Frame, limits: &Limits) -> Result<(), ProtocolError> {
        let name = read::transaction(frame)?;
        if self.position(&name).is_some() {
            return Err(ProtocolError::TransactionOpen(excerpt(&name)));
        }
        if self.open.len() >= limits.transactions {
            return Err(ProtocolError::TooManyTransactions(limits.transactions));
        }
        self.charge(name.len(), limits)?;
        self.open.push(Transaction {
            octets: name.len(),
            name: name.detached(),
            actions: Vec::new(),
        });
        Ok(())
    }

    /// Keeps a SEND, ACK or NACK for the COMMIT of the transaction that it names.
    pub(super) fn hold(
        &mut self,
        frame: &Frame,
        version: Version,
        limits: &Limits,
    ) -> Result<(), ProtocolError> {
        let at = self.find(frame)?;
        if self.open[at].actions.len() >= limits.transaction_frames {
            return Err(ProtocolError::TransactionTooLong(limits.transaction_frames));
        }
        let octets = octets(frame);
        self.charge(octets, limits)?;
        let action = read::action(detached(frame), version)?;
        let transaction = &mut self.open[at];
        transaction.octets += octets;
        transaction.actions.push(action);
        Ok(())
    }

    /// Closes the transaction that a COMMIT or ABORT names, and gives what it held.
    pub(super) fn close(&mut self, frame: &Frame) -> Result<(Text, Vec<Action>), ProtocolError> {
        let at = self.find(frame)?;
        let closed = self.open.swap_remove(at);
        self.octets -= closed.octets;
        Ok((closed.name, closed.actions))
    }

    /// How many octets all of them hold, as [`Limits::transaction_bytes`] counts them.
    pub(super) const fn octets(&self) -> usize {
        self.octets
    }

    fn position(&self, name: &Text) -> Option<usize> {
        self.open.iter().position(|open| open.name == *name)
    }

    fn find(&self, frame: &Frame) -> Result<usize, ProtocolError> {
        let name = read::transaction(frame)?;
        self.position(&name)
            .ok_or_else(|| ProtocolError::UnknownTransaction {
                command: frame.command,
                transaction: excerpt(&name),
            })
    }

    fn charge(&mut self, octets: usize, limits: &Limits) -> Result<(), ProtocolError> {
        let limit = limits.transaction_bytes;
        if octets > limit.saturating_sub(self.octets) {
            return Err(ProtocolError::TransactionsTooLarge(limit));
        }
        self.octets += octets;
        Ok(())
    }
}

/// Whether this frame waits for a COMMIT.
pub(super) fn is_held(frame: &Frame) -> bool {
    matches!(frame.command, Command::Send | Command::Ack | Command::Nack)
        && frame.headers.contains("transaction")
}

fn octets(frame: &Frame) -> usize {
    let headers: usize = frame
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len() + HEADER)
        .sum();
    headers + frame.body.len()
}

/// The frame with memory of its own. A decoded frame is a slice of the input it came in, so a
/// small one that is kept would keep many others that have long been dealt with.
fn detached(frame: &Frame) -> Frame {
    Frame {
        command: frame.command,
        headers: detached_headers(&frame.headers),
        body: Bytes::copy_from_slice(&frame.body),
    }
}

/// All of them in one piece of memory.
fn detached_headers(headers: &Headers) -> Headers {
    let octets = headers.iter().map(|(name, value)| name.len() + value.len());
    let mut whole = String::with_capacity(octets.sum());
    for (name, value) in headers.iter() {
        whole.push_str(name);
        whole.push_str(value);
    }
    let whole = Text::from(whole);
    let mut rest = whole.as_str();
    let mut cut = |length| {
        let (part, after) = rest.split_at(length);
        rest = after;
        whole.slice(part)
    };
    headers
        .iter()
        .map(|(name, value)| (cut(name.len()), cut(value.len())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise a client could make us keep whole inputs for the price of one short frame each.
    #[test]
    fn what_is_kept_has_memory_of_its_own() {
        let input = Text::from("destination/a".to_owned());
        let mut frame = Frame::new(Command::Send).body(input.clone().into_bytes());
        let (name, value) = input.split_at(11);
        frame.headers.push(input.slice(name), input.slice(value));
        frame.headers.push("empty", "");

        let kept = detached(&frame);
        assert_eq!(kept, frame);
        let within = |at: *const u8| input.as_bytes().as_ptr_range().contains(&at);
        assert!(within(frame.body.as_ptr()));
        assert!(!within(kept.body.as_ptr()));
        for (name, value) in kept.headers.iter() {
            assert!(!within(name.as_ptr()) && !within(value.as_ptr()));
        }
    }
}
