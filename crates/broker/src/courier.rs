//! Writing to the peers of sessions that have lent their outlets.
//!
//! Whoever publishes leaves the inboxes that can be written out in a bag, one for each thread that
//! publishes, and its courier comes by once the publisher has done all that it had to do. So what
//! is published in one go is written in one go, and nothing is woken but the courier.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::task::yield_now;

use crate::mailbox::Mailbox;
use crate::outlet::{Framing, Outlet, Written};
use crate::stats::Counters;
use crate::waiting::counted;

/// Peers that are written to before other tasks get their turn.
const ROUND: usize = 64;

/// Bytes that are written to one peer at a time; the message that passes this is still taken.
/// Where a peer does not take them all, they are kept for it.
const AT_ONCE: usize = 64 * 1024;

/// What a courier keeps of its memory for the next round.
const KEPT: usize = 1024;

/// The bags of all couriers of one broker.
#[derive(Debug)]
pub(crate) struct Couriers {
    bags: Box<[Arc<Bag>]>,
}

#[derive(Debug, Default)]
struct Bag {
    left: Mutex<Left>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Left {
    /// Inboxes with something to be written, each once.
    ready: Vec<Arc<Mailbox>>,
    /// Whether somebody will come for them.
    attended: bool,
}

/// Writes what is published to sessions that have lent their outlets; see
/// [`Broker::couriers`](crate::Broker::couriers).
#[derive(Debug)]
pub struct Courier {
    bag: Arc<Bag>,
}

impl Couriers {
    pub(crate) fn new(count: usize) -> Self {
        Self {
            bags: (0..count).map(|_| Arc::default()).collect(),
        }
    }

    /// Whether anybody would come for what is left here.
    pub(crate) fn any(&self) -> bool {
        !self.bags.is_empty()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = Courier> {
        self.bags.iter().map(|bag| Courier {
            bag: Arc::clone(bag),
        })
    }

    /// Leaves inboxes for the courier of this thread. Where there is none, their sessions have to
    /// see to it.
    pub(crate) fn leave(&self, ready: Vec<Arc<Mailbox>>) {
        if ready.is_empty() {
            return;
        }
        let bag = &self.bags[thread_number() % self.bags.len()];
        let mut left = bag.lock();
        if !left.attended {
            drop(left);
            give_back(&ready);
            return;
        }
        if left.ready.is_empty() {
            left.ready = ready;
        } else {
            left.ready.extend(ready);
        }
        drop(left);
        bag.filled.notify_one();
    }
}

impl Bag {
    fn lock(&self) -> MutexGuard<'_, Left> {
        // Its contents are whole at every moment, whoever panics.
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Courier {
    /// Goes on until it is dropped. From then on, as before, sessions are woken for what arrives.
    /// Tells `sent` how many messages were written, a round at a time.
    pub async fn run(self, sent: impl Fn(u64)) {
        let mut parcel = Parcel::default();
        self.bag.lock().attended = true;
        // Peers that were written to since others had their turn.
        let mut busy = 0;
        loop {
            let mut ready = Round(std::mem::take(&mut self.bag.lock().ready));
            if ready.0.is_empty() {
                parcel.forget();
                self.bag.filled.notified().await;
                busy = 0;
                continue;
            }
            for round in ready.0.chunks(ROUND) {
                let written = round.iter().map(|mailbox| mailbox.write_out(&mut parcel));
                sent(written.sum::<usize>() as u64);
                busy += round.len();
                // The bag may be filled again as fast as it is emptied.
                if busy >= ROUND {
                    yield_now().await;
                    busy = 0;
                }
            }
            ready.0.clear();
        }
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        let mut left = self.bag.lock();
        left.attended = false;
        let ready = std::mem::take(&mut left.ready);
        drop(left);
        give_back(&ready);
    }
}

/// Inboxes that are being written out. Whoever breaks off leaves them to their sessions.
struct Round(Vec<Arc<Mailbox>>);

impl Drop for Round {
    fn drop(&mut self) {
        give_back(&self.0);
    }
}

/// Wakes the sessions whose messages still wait.
fn give_back(ready: &[Arc<Mailbox>]) {
    for mailbox in ready {
        mailbox.give_back();
    }
}

/// Messages as they look on the wire. Most peers of one room are sent the same, so the last ones
/// are remembered, and what peers do not take is kept for all of them in one place.
#[derive(Debug, Default)]
pub(crate) struct Parcel {
    framing: Option<Framing>,
    messages: Vec<Bytes>,
    wire: Bytes,
}

impl Parcel {
    /// Writes the first of these messages, and says how many those are and what became of them.
    pub(crate) fn write<'m>(
        &mut self,
        outlet: &dyn Outlet,
        messages: impl Iterator<Item = &'m Bytes> + Clone,
        counters: &Arc<Counters>,
    ) -> (usize, Written) {
        if !self.holds(outlet.framing(), messages.clone()) {
            self.pack(outlet.framing(), messages, counters);
        }
        (self.messages.len(), outlet.write(&self.wire))
    }

    /// Whether this is what [`pack`](Self::pack) would pack. Two messages are the same where they
    /// lie at the same place, which nobody else can use while they are held here.
    fn holds<'m>(&self, framing: Framing, messages: impl Iterator<Item = &'m Bytes>) -> bool {
        let same_framing = self
            .framing
            .is_some_and(|known| std::ptr::fn_addr_eq(known, framing));
        let mut known = self.messages.iter();
        same_framing
            && first(messages).all(|message| {
                known.next().is_some_and(|known| {
                    (known.as_ptr(), known.len()) == (message.as_ptr(), message.len())
                })
            })
            && known.next().is_none()
    }

    fn pack<'m>(
        &mut self,
        framing: Framing,
        messages: impl Iterator<Item = &'m Bytes>,
        counters: &Arc<Counters>,
    ) {
        self.framing = Some(framing);
        self.messages.clear();
        let mut wire = Vec::new();
        for message in first(messages) {
            framing(message, &mut wire);
            self.messages.push(message.clone());
        }
        self.wire = counted(wire.into(), counters);
    }

    /// Lets go of messages and of memory that only much traffic needs.
    fn forget(&mut self) {
        self.messages.clear();
        self.messages.shrink_to(KEPT / size_of::<Bytes>());
        self.wire = Bytes::new();
    }
}

/// As many of them as are written at once.
fn first<'m>(messages: impl Iterator<Item = &'m Bytes>) -> impl Iterator<Item = &'m Bytes> {
    let mut bytes = 0;
    messages.take_while(move |message| {
        let fits = bytes < AT_ONCE;
        bytes += message.len();
        fits
    })
}

/// A number for this thread, counted from nought in each process.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }
    NUMBER.with(|number| {
        number.get().unwrap_or_else(|| {
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            number.set(Some(next));
            next
        })
    })
}

#[cfg(test)]
mod tests;
