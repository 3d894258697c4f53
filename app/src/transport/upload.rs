//! What waits to be posted to a SockJS session.

use std::collections::VecDeque;

use sockjs::frame;

/// The queue in front of `xhr_send`, in order, for one request at a time: two could overtake one
/// another on their way.
#[derive(Debug, Default)]
pub struct Upload {
    queue: VecDeque<String>,
    bytes: usize,
    posting: bool,
}

/// More waits than may wait: the other side takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Upload {
    /// How many bytes may wait: 2 MiB. All that a page has under way at once
    /// ([`Outbox::LIMIT`](crate::outbox::Outbox::LIMIT)) is less.
    pub const LIMIT: usize = 2 * 1024 * 1024;

    /// How many bytes of messages go into one request: 16 KiB, which JSON makes six times as much
    /// at worst. A larger message goes alone.
    pub const BATCH: usize = 16 * 1024;

    /// Adds a message. `true` asks the caller to begin posting, until [`take`](Self::take) has
    /// nothing more.
    ///
    /// # Errors
    /// [`Full`] if more than [`LIMIT`](Self::LIMIT) bytes would wait; the session is lost then.
    pub fn push(&mut self, message: String) -> Result<bool, Full> {
        if self.bytes + message.len() > Self::LIMIT {
            return Err(Full);
        }
        self.bytes += message.len();
        self.queue.push_back(message);
        Ok(!std::mem::replace(&mut self.posting, true))
    }

    /// The body of the next request, once the one before it is answered. `None`: nothing waits,
    /// and posting is over.
    pub fn take(&mut self) -> Option<String> {
        let mut batch = Vec::new();
        let mut size = 0;
        while let Some(message) = self.queue.front() {
            let full = size + message.len() > Self::BATCH || batch.len() == frame::MAX_MESSAGES;
            if full && !batch.is_empty() {
                break;
            }
            size += message.len();
            batch.extend(self.queue.pop_front());
        }
        self.bytes -= size;
        self.posting = !batch.is_empty();
        self.posting
            .then(|| frame::client_messages(batch.iter().map(String::as_str)))
    }

    /// Whether a request is under way, or about to be.
    #[must_use]
    pub fn is_posting(&self) -> bool {
        self.posting
    }

    /// Forgets what waits.
    pub fn clear(&mut self) {
        self.queue.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use sockjs::frame::Decoder;

    use super::*;

    /// An upload in which these wait.
    fn waiting(messages: &[&str]) -> Upload {
        let mut upload = Upload::default();
        for (index, &message) in messages.iter().enumerate() {
            assert_eq!(upload.push(message.to_owned()), Ok(index == 0));
        }
        upload
    }

    fn read(body: Option<String>) -> Vec<String> {
        Decoder::new().decode(&body.unwrap()).unwrap()
    }

    #[test]
    fn what_waits_goes_out_in_one_request_and_in_order() {
        let mut upload = waiting(&["CONNECT\n\n\0", "안녕 🙂", "\n"]);
        assert_eq!(
            upload.take().as_deref(),
            Some(r#"["CONNECT\n\n\u0000","안녕 \ud83d\ude42","\n"]"#)
        );
        assert_eq!(upload.take(), None);
    }

    #[test]
    fn what_comes_while_a_request_is_under_way_waits_for_its_answer() {
        let mut upload = waiting(&["one"]);
        assert_eq!(read(upload.take()), ["one"]);
        // Nobody is asked to begin: the one who posts comes back for it.
        assert_eq!(upload.push("two".into()), Ok(false));
        assert_eq!(read(upload.take()), ["two"]);
        assert!(upload.is_posting());
        assert_eq!(upload.take(), None);
        assert!(!upload.is_posting());
        assert_eq!(upload.push("three".into()), Ok(true));
    }

    #[test]
    fn a_request_holds_a_batch_and_not_a_byte_more() {
        let half = "x".repeat(Upload::BATCH / 2);
        let mut upload = waiting(&[&half, &half, "y"]);
        assert_eq!(read(upload.take()), [half.clone(), half]);
        assert_eq!(read(upload.take()), ["y"]);
    }

    #[test]
    fn a_message_larger_than_a_batch_goes_alone() {
        let large = "x".repeat(Upload::BATCH + 1);
        let mut upload = waiting(&["a", &large, "b"]);
        assert_eq!(read(upload.take()), ["a"]);
        assert_eq!(read(upload.take()), [large]);
        assert_eq!(read(upload.take()), ["b"]);
    }

    #[test]
    fn a_request_holds_no_more_messages_than_an_array_may() {
        let mut upload = waiting(&[""; frame::MAX_MESSAGES + 1]);
        assert_eq!(read(upload.take()).len(), frame::MAX_MESSAGES);
        assert_eq!(read(upload.take()).len(), 1);
    }

    #[test]
    fn the_queue_holds_its_limit_and_not_a_byte_more() {
        let full = "x".repeat(Upload::LIMIT);
        let mut upload = waiting(&[&full]);
        assert_eq!(upload.push("y".into()), Err(Full));
        assert_eq!(upload.push(String::new()), Ok(false));
        // What is under way waits no longer.
        upload.take();
        assert_eq!(upload.push(full), Ok(false));
    }

    #[test]
    fn what_is_cleared_is_not_sent() {
        let mut upload = waiting(&["one", "two"]);
        upload.clear();
        assert_eq!(upload.take(), None);
        assert_eq!(upload.push("x".repeat(Upload::LIMIT)), Ok(true));
    }
}
