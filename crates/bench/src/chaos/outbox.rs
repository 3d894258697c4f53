//! What one client has to say, in order, and how far it got.

use anyhow::ensure;

/// Messages 0, 1, 2… of one client. Each is sent until it has its RECEIPT, and none before those
/// ahead of it.
#[derive(Debug)]
pub(super) struct Outbox {
    /// The first without a RECEIPT.
    confirmed: usize,
    /// The next to be sent over this connection.
    next: usize,
    /// The first that no connection has carried.
    fresh: usize,
    count: usize,
    window: usize,
    resent: u64,
}

impl Outbox {
    /// `count` messages, of which `window` may wait for their RECEIPTs.
    pub(super) fn new(count: usize, window: usize) -> Self {
        Self {
            confirmed: 0,
            next: 0,
            fresh: 0,
            count,
            window,
            resent: 0,
        }
    }

    /// The connection is another: what has no RECEIPT is to be sent again.
    pub(super) fn rewind(&mut self) {
        self.next = self.confirmed;
    }

    /// The message to send now, if there is one.
    pub(super) fn pop(&mut self) -> Option<usize> {
        let number = self.next;
        if number == self.count || number - self.confirmed == self.window {
            return None;
        }
        self.next += 1;
        if number < self.fresh {
            self.resent += 1;
        } else {
            self.fresh = self.next;
        }
        Some(number)
    }

    /// Takes a RECEIPT, whose id is the message's number.
    ///
    /// # Errors
    ///
    /// Where it is not that of the oldest message that waits: RECEIPTs come in the order of the
    /// frames.
    pub(super) fn confirm(&mut self, receipt: &str) -> anyhow::Result<()> {
        let waits = self.confirmed < self.next && receipt == self.confirmed.to_string();
        ensure!(
            waits,
            "RECEIPT {receipt} came where {}..{} wait",
            self.confirmed,
            self.next
        );
        self.confirmed += 1;
        Ok(())
    }

    /// How many have their RECEIPT: those before this number.
    pub(super) fn confirmed(&self) -> usize {
        self.confirmed
    }

    /// How often a message was sent again.
    pub(super) fn resent(&self) -> u64 {
        self.resent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_receipt_is_sent_again_in_order() {
        let mut outbox = Outbox::new(4, 2);
        assert_eq!([(); 3].map(|()| outbox.pop()), [Some(0), Some(1), None]);
        outbox.confirm("0").unwrap();
        assert_eq!(outbox.pop(), Some(2));
        outbox.rewind();
        assert_eq!([(); 3].map(|()| outbox.pop()), [Some(1), Some(2), None]);
        outbox.confirm("1").unwrap();
        outbox.confirm("2").unwrap();
        assert_eq!([outbox.pop(), outbox.pop()], [Some(3), None]);
        assert_eq!((outbox.confirmed(), outbox.resent()), (3, 2));
    }

    #[test]
    fn a_receipt_that_nothing_waits_for_is_told() {
        let mut outbox = Outbox::new(4, 2);
        assert!(outbox.confirm("0").is_err());
        assert_eq!([outbox.pop(), outbox.pop()], [Some(0), Some(1)]);
        assert!(outbox.confirm("1").is_err());
        assert!(outbox.confirm("?").is_err());
    }
}
