//! What waits for all sessions together, and who gives way where that is too much.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;

use crate::Options;
use crate::mailbox::Mailbox;
use crate::stats::Counters;

/// What one encoding costs beside its bytes: what names it, and what counts those who hold it.
const ENCODING_BYTES: usize = 256;

/// An encoded message that counts for as long as anybody holds it, and once however many do.
struct Encoding {
    bytes: Bytes,
    counters: Arc<Counters>,
}

/// Counts an encoded message until the last of its receivers has let go of it.
pub(crate) fn counted(bytes: Bytes, counters: &Arc<Counters>) -> Bytes {
    counters.waiting_bytes.add(bytes.len() + ENCODING_BYTES);
    let counters = Arc::clone(counters);
    Bytes::from_owner(Encoding { bytes, counters })
}

impl AsRef<[u8]> for Encoding {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Encoding {
    fn drop(&mut self) {
        let cost = self.bytes.len() + ENCODING_BYTES;
        self.counters.waiting_bytes.sub(cost);
    }
}

/// All inboxes of a broker, for the rare moment when what waits in them is too much.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    mailboxes: Mutex<HashMap<u64, Weak<Mailbox>>>,
    /// Held by the one who makes room.
    shedding: Mutex<()>,
    /// Nobody looks for room again before this much waits: it is above the limit where room was
    /// looked for and not found, since sessions hold what they have taken out of their inboxes.
    patience: AtomicUsize,
}

impl Crowd {
    pub(crate) fn join(&self, session: u64, mailbox: &Arc<Mailbox>) {
        self.lock().insert(session, Arc::downgrade(mailbox));
    }

    pub(crate) fn leave(&self, session: u64) {
        let mut mailboxes = self.lock();
        mailboxes.remove(&session);
        if mailboxes.len() < mailboxes.capacity() / 4 {
            let kept = mailboxes.len() * 2;
            mailboxes.shrink_to(kept);
        }
    }

    /// Makes room where more waits than may: the fullest inboxes give way, first what can be had
    /// again from a log, then, if that was not enough, sessions. It makes some room more than is
    /// needed, so that it is seldom called for.
    ///
    /// No session ends in whose inbox no more waits than its share of the whole: while inboxes
    /// hold too much some hold more than that, and what sessions have taken out is bounded by
    /// their links.
    pub(crate) fn make_room(&self, options: &Options, counters: &Counters) {
        let limit = options.waiting_bytes_total;
        let waiting = counters.waiting_bytes.get();
        if waiting <= limit || waiting <= self.patience.load(Ordering::Relaxed) {
            return;
        }
        let Ok(_alone) = self.shedding.try_lock() else {
            return;
        };
        let enough = limit - limit / 8;
        let fullest = self.fullest();
        let share = limit / self.lock().len().max(1);
        for mailbox in &fullest {
            if counters.waiting_bytes.get() <= enough {
                break;
            }
            let parked = mailbox.park_all();
            counters.parked.add(parked);
            counters.shed.add(parked);
        }
        for mailbox in &fullest {
            if counters.waiting_bytes.get() <= enough {
                break;
            }
            if mailbox.bytes() > share && mailbox.end() {
                counters.overrun.add(1);
                counters.shed.add(1);
            }
        }
        let rest = counters.waiting_bytes.get();
        let patience = if rest > limit {
            rest + limit / 8
        } else {
            limit
        };
        self.patience.store(patience, Ordering::Relaxed);
    }

    /// Those in which something waits, the fullest first.
    fn fullest(&self) -> Vec<Arc<Mailbox>> {
        let all: Vec<_> = self.lock().values().filter_map(Weak::upgrade).collect();
        let mut filled: Vec<_> = all
            .into_iter()
            .map(|mailbox| (mailbox.bytes(), mailbox))
            .filter(|(bytes, _)| *bytes > 0)
            .collect();
        filled.sort_unstable_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
        filled.into_iter().map(|(_, mailbox)| mailbox).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Weak<Mailbox>>> {
        // Each change of the table is one step, so that a panic elsewhere cannot spoil it.
        self.mailboxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
