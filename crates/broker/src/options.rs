//! The bounds of a broker, each with its default.

/// The bounds of a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What may wait for one session, in bytes of encoded frames with a little for each entry.
    /// Default 512 KiB, as Spring's `sendBufferSizeLimit`.
    pub inbox_bytes: usize,
    /// What may wait for all sessions together, in bytes: every encoding once, however many it
    /// waits for, until the last of them has let go of it; and 144 for each entry of an inbox.
    /// Default 256 MiB. Beyond it the fullest inboxes give way: what waits in them for
    /// subscriptions that can be parked is dropped, and if that is not enough the sessions end in
    /// whose inboxes more than their share still waits; see [`Overflow`](crate::Overflow).
    pub waiting_bytes_total: usize,
    /// Subscriptions that one session may hold. Default 100.
    pub subscriptions_per_session: usize,
    /// The newest messages that a plain destination remembers. Default 100; 0 switches
    /// remembering off, and with it offsets and epochs.
    pub ring_messages: usize,
    /// The same in bytes: bodies, headers, and a little for each message. Default 64 KiB.
    pub ring_bytes: usize,
    /// What all destinations together remember, in bytes, with a little for each destination.
    /// Default 32 MiB. Beyond it the destination that was published to longest ago forgets.
    pub rings_bytes_total: usize,
    /// What one shared queue may hold in bytes: waiting, or delivered and not settled yet.
    /// Default 1 MiB. A message that does not fit is refused.
    pub queue_bytes: usize,
    /// What all shared queues together may hold, in bytes, with a little for each queue.
    /// Default 64 MiB.
    pub queues_bytes_total: usize,
    /// Shared queues that wait without any consumer. Default 10,000. A message that would make
    /// one more is refused.
    pub idle_queues: usize,
    /// How often a message of a shared queue is delivered before it is given up, so that a
    /// message that nobody can take does not go round for ever. Default 5.
    pub max_deliveries: u32,
    /// How many [couriers](crate::Broker::couriers) there are: as many as threads that publish.
    /// Default 0: every session takes its messages out of its inbox by itself.
    pub couriers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            inbox_bytes: 512 * 1024,
            waiting_bytes_total: 256 * 1024 * 1024,
            subscriptions_per_session: 100,
            ring_messages: 100,
            ring_bytes: 64 * 1024,
            rings_bytes_total: 32 * 1024 * 1024,
            queue_bytes: 1024 * 1024,
            queues_bytes_total: 64 * 1024 * 1024,
            idle_queues: 10_000,
            max_deliveries: 5,
            couriers: 0,
        }
    }
}

/// Why a broker cannot have these options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// What a destination remembers is replayed into an inbox, which must have room for it.
    #[error(
        "a destination cannot remember {ring} bytes where an inbox holds {inbox}: choose \
         ring_bytes below inbox_bytes"
    )]
    RingOverInbox {
        /// [`Options::ring_bytes`].
        ring: usize,
        /// [`Options::inbox_bytes`].
        inbox: usize,
    },
    /// One destination may remember more than all together.
    #[error(
        "one destination cannot remember {ring} bytes where all may remember {total}: choose \
         rings_bytes_total of at least ring_bytes"
    )]
    RingOverTotal {
        /// [`Options::ring_bytes`].
        ring: usize,
        /// [`Options::rings_bytes_total`].
        total: usize,
    },
    /// What waits for one session may be more than what waits for all together.
    #[error(
        "one inbox cannot hold {inbox} bytes where all may hold {total}: choose \
         waiting_bytes_total of at least inbox_bytes"
    )]
    InboxOverTotal {
        /// [`Options::inbox_bytes`].
        inbox: usize,
        /// [`Options::waiting_bytes_total`].
        total: usize,
    },
    /// One queue may hold more than all together.
    #[error(
        "one queue cannot hold {queue} bytes where all may hold {total}: choose \
         queues_bytes_total of at least queue_bytes"
    )]
    QueueOverTotal {
        /// [`Options::queue_bytes`].
        queue: usize,
        /// [`Options::queues_bytes_total`].
        total: usize,
    },
    /// A message could never be delivered.
    #[error("max_deliveries must be at least 1")]
    NoDeliveries,
}

impl Options {
    /// Whether the options fit together; [`Broker::new`](crate::Broker::new) asks this too.
    ///
    /// # Errors
    ///
    /// [`OptionsError`] names the first two that do not.
    pub const fn check(&self) -> Result<(), OptionsError> {
        if self.remembers() {
            if self.ring_bytes >= self.inbox_bytes {
                let (ring, inbox) = (self.ring_bytes, self.inbox_bytes);
                return Err(OptionsError::RingOverInbox { ring, inbox });
            }
            if self.ring_bytes > self.rings_bytes_total {
                let (ring, total) = (self.ring_bytes, self.rings_bytes_total);
                return Err(OptionsError::RingOverTotal { ring, total });
            }
        }
        if self.inbox_bytes > self.waiting_bytes_total {
            let (inbox, total) = (self.inbox_bytes, self.waiting_bytes_total);
            return Err(OptionsError::InboxOverTotal { inbox, total });
        }
        if self.queue_bytes > self.queues_bytes_total {
            let (queue, total) = (self.queue_bytes, self.queues_bytes_total);
            return Err(OptionsError::QueueOverTotal { queue, total });
        }
        if self.max_deliveries == 0 {
            return Err(OptionsError::NoDeliveries);
        }
        Ok(())
    }

    pub(crate) const fn remembers(&self) -> bool {
        self.ring_messages > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_fit_together() {
        assert_eq!(Options::default().check(), Ok(()));
    }

    #[test]
    fn a_replay_fits_an_inbox_at_the_edge() {
        let mut options = Options {
            inbox_bytes: 1_001,
            ring_bytes: 1_000,
            ..Options::default()
        };
        assert_eq!(options.check(), Ok(()));
        options.inbox_bytes = 1_000;
        let (ring, inbox) = (1_000, 1_000);
        assert_eq!(
            options.check(),
            Err(OptionsError::RingOverInbox { ring, inbox })
        );
        options.ring_messages = 0;
        assert_eq!(options.check(), Ok(()));
    }

    #[test]
    fn one_is_never_more_than_all() {
        let mut options = Options {
            rings_bytes_total: 64 * 1024,
            queues_bytes_total: 1024 * 1024,
            waiting_bytes_total: 512 * 1024,
            ..Options::default()
        };
        assert_eq!(options.check(), Ok(()));
        options.queue_bytes += 1;
        assert!(matches!(
            options.check(),
            Err(OptionsError::QueueOverTotal { .. })
        ));
        options.inbox_bytes += 1;
        assert!(matches!(
            options.check(),
            Err(OptionsError::InboxOverTotal { .. })
        ));
        options.ring_bytes += 1;
        assert!(matches!(
            options.check(),
            Err(OptionsError::RingOverTotal { .. })
        ));
    }

    #[test]
    fn a_message_is_delivered_at_least_once() {
        let options = Options {
            max_deliveries: 0,
            ..Options::default()
        };
        assert_eq!(options.check(), Err(OptionsError::NoDeliveries));
    }
}
