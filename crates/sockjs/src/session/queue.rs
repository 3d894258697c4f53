//! A queue that is bounded in bytes.

use std::collections::VecDeque;

use bytes::Bytes;

/// What a message costs beyond its own bytes, so that empty ones are not free.
const OVERHEAD: usize = 64;

/// Slots that an empty queue may keep; more are given back, since most sessions are idle.
const KEPT_SLOTS: usize = 32;

/// Messages in order. It has room until their bytes reach the limit, so it never holds more than
/// the limit and one message.
#[derive(Debug)]
pub(super) struct Queue {
    messages: VecDeque<Bytes>,
    cost: usize,
    limit: usize,
}

impl Queue {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            messages: VecDeque::new(),
            cost: 0,
            limit,
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.messages.is_empty() || self.cost < self.limit
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Takes the message, room or not; the caller has asked.
    pub(super) fn push(&mut self, message: Bytes) {
        self.cost += message.len() + OVERHEAD;
        self.messages.push_back(message);
    }

    pub(super) fn pop(&mut self) -> Option<Bytes> {
        let message = self.messages.pop_front()?;
        self.cost -= message.len() + OVERHEAD;
        if self.messages.is_empty() && self.messages.capacity() > KEPT_SLOTS {
            self.messages = VecDeque::new();
        }
        Some(message)
    }

    pub(super) fn clear(&mut self) {
        self.messages = VecDeque::new();
        self.cost = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_ends_where_the_bytes_reach_the_limit() {
        let mut queue = Queue::new(2 * (OVERHEAD + 10));
        queue.push(Bytes::from_static(&[0; 10]));
        queue.push(Bytes::from_static(&[0; 9]));
        assert!(queue.has_room());
        queue.push(Bytes::new());
        assert!(!queue.has_room());
        queue.pop();
        assert!(queue.has_room());
    }

    #[test]
    fn an_empty_queue_takes_a_message_of_any_size() {
        let mut queue = Queue::new(0);
        assert!(queue.has_room());
        queue.push(Bytes::from_static(b"x"));
        assert!(!queue.has_room());
        queue.clear();
        assert!(queue.has_room() && queue.is_empty());
    }
}
