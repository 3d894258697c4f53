use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task;

use broker::{Destination, Message};
use chat::{Kind, MessageId, RoomId, Sender, Timestamp};
use store::{Entry, Journal, Options, Store, WriteError};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;

fn answers(frames: usize, bytes: usize) -> Answers {
    Answers::new(Pending { frames, bytes })
}

fn logging(taking: Taking, bytes: usize) -> Owed {
    Owed::Logging(Logging {
        taking,
        then: Vec::new(),
        receipt: None,
        bytes,
    })
}

/// The same, for one who wants to know.
fn with_receipt() -> Owed {
    Owed::Logging(Logging {
        taking: Taking::nothing(),
        then: Vec::new(),
        receipt: Some(Text::from_static("r")),
        bytes: 1,
    })
}

/// The same, after which something is published.
fn with_more() -> Owed {
    let topic = Destination::parse("/topic/a").unwrap();
    let message = Message::new(topic, Text::from_static("1"));
    Owed::Logging(Logging {
        taking: Taking::nothing(),
        then: vec![Prepared::Publish(message)],
        receipt: None,
        bytes: 1,
    })
}

/// A log that answers when it is told to.
struct Log {
    store: Store,
    /// It is full, and the writer waits for it.
    journal: Option<Journal>,
    _folder: TempDir,
}

impl Log {
    async fn held() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            journal: 1,
            ..Options::new(folder.path().join("log.db"))
        };
        let (store, journal) = Store::open(options).await.unwrap();
        for _ in 0..2 {
            store.append(line(RoomId::lobby())).await.unwrap();
        }
        Self {
            store,
            journal: Some(journal),
            _folder: folder,
        }
    }

    async fn good(&self) -> Taking {
        Taking::of(self.store.submit_all(vec![line(RoomId::lobby())]).await)
    }

    /// A line that will be refused, in a room that there is not.
    async fn bad(&self) -> Taking {
        let room = RoomId::parse("nowhere").unwrap();
        Taking::of(self.store.submit_all(vec![line(room)]).await)
    }

    /// Ready once all is answered that was queued before.
    async fn answer(&mut self) {
        self.journal = None;
        self.store.append(line(RoomId::lobby())).await.unwrap();
    }
}

fn line(room: RoomId) -> Entry {
    Entry {
        room,
        kind: Kind::Talk,
        sender: Sender::parse("a").unwrap(),
        message: "x".to_owned(),
        author: None,
        change: None,
        id: MessageId(Uuid::now_v7()),
        at: Timestamp::from_millis(0),
        create_room: false,
    }
}

/// A session's task, which waits for what is due.
#[derive(Default)]
struct Session(AtomicUsize);

impl task::Wake for Session {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Session {
    /// Looks for what is due, as a session does before it sleeps.
    fn sleeps(self: &Arc<Self>, answers: &mut Answers) {
        assert!(answers.due_now().is_none());
        assert!(self.poll(answers.due()).is_pending());
    }

    fn poll<T>(self: &Arc<Self>, due: impl Future<Output = T>) -> Poll<T> {
        let waker = Waker::from(Arc::clone(self));
        std::pin::pin!(due).poll(&mut Context::from_waker(&waker))
    }

    fn is_woken(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

fn is_refused(due: Option<Due>) -> bool {
    let Some(Due::Logged { taken, .. }) = due else {
        panic!("nothing was logged: {due:?}");
    };
    taken.is_refused()
}

fn frame(number: u8) -> Owed {
    Owed::Frame(Bytes::from(vec![number]))
}

#[test]
fn reading_goes_on_below_the_limit_of_frames() {
    let mut answers = answers(3, 1_000);
    for number in 0..3 {
        assert!(!answers.is_stalled());
        answers.push(frame(number));
    }
    assert!(answers.is_stalled() && answers.is_full());
    assert!(matches!(answers.due_now(), Some(Due::Frame(_))));
    assert!(!answers.is_stalled());
}

#[test]
fn reading_goes_on_below_the_limit_of_bytes() {
    let mut answers = answers(100, 10);
    answers.push(logging(Taking::nothing(), 9));
    assert!(!answers.is_stalled());
    answers.push(logging(Taking::nothing(), 1));
    assert!(answers.is_stalled());
    assert!(matches!(answers.due_now(), Some(Due::Logged { .. })));
    assert!(!answers.is_stalled());
    answers.due_now();
    assert_eq!((answers.bytes, answers.is_empty()), (0, true));
}

#[test]
fn nothing_is_read_behind_what_has_to_wait() {
    let mut answers = answers(100, 100);
    answers.push(frame(1));
    answers.push(Owed::Refused(Refused::no_wildcards()));
    assert!(answers.is_stalled() && !answers.is_full());
    assert!(matches!(answers.due_now(), Some(Due::Frame(_))));
    assert!(answers.is_stalled());
    assert!(matches!(answers.due_now(), Some(Due::Refused(_))));
    assert!(answers.due_now().is_none() && !answers.is_stalled());
}

#[tokio::test]
async fn what_has_no_place_in_the_log_yet_holds_up_what_comes_next_alone() {
    let mut answers = answers(100, 100);
    let (open, gate) = tokio::sync::oneshot::channel();
    answers.push(frame(1));
    answers.push(logging(Taking::nothing_after(gate), 1));
    assert!(answers.is_stalled());
    assert!(matches!(answers.due().await, Due::Frame(_)));
    open.send(()).unwrap();
    assert!(matches!(answers.due().await, Due::Queued));
    assert!(!answers.is_stalled());
    assert!(matches!(answers.due().await, Due::Logged { .. }));
}

#[test]
fn a_client_that_is_told_nothing_more_is_still_logged() {
    let mut answers = answers(100, 100);
    answers.push(logging(Taking::nothing(), 1));
    answers.push(frame(1));
    answers.push(logging(Taking::nothing(), 1));
    answers.push(Owed::Refused(Refused::no_wildcards()));
    answers.mute();
    for _ in 0..2 {
        assert!(matches!(answers.due_now(), Some(Due::Logged { .. })));
    }
    assert!(answers.is_empty() && answers.is_muted());
}

#[test]
fn an_idle_client_keeps_no_memory_of_its_busy_time() {
    let mut answers = answers(1_000, 1_000);
    for number in 0..200 {
        answers.push(frame(number));
    }
    // So many may stay although they are known.
    while answers.owed.len() > KEPT {
        assert!(answers.due_now().is_some());
    }
    assert!(answers.owed.capacity() <= 2 * KEPT);
    while answers.due_now().is_some() {}
    assert!(answers.owed.capacity() <= 2 * KEPT);
}

#[tokio::test]
async fn nobody_is_woken_by_lines_of_which_nothing_is_to_be_said() {
    let (mut log, session) = (Log::held().await, Arc::<Session>::default());
    let mut answers = answers(100, 100);
    for _ in 0..KEPT {
        answers.push(logging(log.good().await, 1));
        session.sleeps(&mut answers);
    }
    log.answer().await;
    assert!(!session.is_woken());
    for _ in 0..KEPT {
        assert!(!is_refused(answers.due_now()));
    }
    assert!(answers.is_empty());
}

#[tokio::test]
async fn a_refusal_wakes_wherever_it_stands() {
    for before in [0, 1, 3] {
        let (mut log, session) = (Log::held().await, Arc::<Session>::default());
        let mut answers = answers(100, 100);
        for _ in 0..before {
            answers.push(logging(log.good().await, 1));
        }
        answers.push(logging(log.bad().await, 1));
        answers.push(logging(log.good().await, 1));
        session.sleeps(&mut answers);
        log.answer().await;
        assert!(session.is_woken(), "{before}");
        for _ in 0..before {
            assert!(!is_refused(answers.due_now()));
        }
        assert!(is_refused(answers.due_now()));
    }
}

#[tokio::test]
async fn what_found_no_place_in_the_log_is_told_once_those_before_it_are_there() {
    let (mut log, session) = (Log::held().await, Arc::<Session>::default());
    let mut answers = answers(100, 100);
    answers.push(logging(log.good().await, 1));
    answers.push(logging(Taking::of(Err(WriteError::Closed)), 1));
    session.sleeps(&mut answers);
    log.answer().await;
    assert!(session.is_woken());
    assert!(!is_refused(answers.due_now()));
    assert!(is_refused(answers.due_now()));
}

#[tokio::test]
async fn whatever_is_behind_a_line_wakes() {
    let (_open, gate) = tokio::sync::oneshot::channel();
    for behind in [
        with_receipt(),
        with_more(),
        logging(Taking::nothing_after(gate), 1),
        frame(1),
        Owed::Refused(Refused::no_wildcards()),
        Owed::Event(ServerEvent::Disconnect),
    ] {
        let (mut log, session) = (Log::held().await, Arc::<Session>::default());
        let mut answers = answers(100, 100);
        answers.push(logging(log.good().await, 1));
        // It slept already, with nothing to wait for.
        session.sleeps(&mut answers);
        let what = format!("{behind:?}");
        answers.push(behind);
        session.sleeps(&mut answers);
        log.answer().await;
        assert!(session.is_woken(), "{what}");
    }
}

#[tokio::test]
async fn lines_that_are_in_the_way_wake() {
    for (frames, bytes, lines) in [(2, 100, 2), (100, 2, 2), (100, 100, KEPT + 1)] {
        let (mut log, session) = (Log::held().await, Arc::<Session>::default());
        let mut answers = answers(frames, bytes);
        for _ in 0..lines {
            answers.push(logging(log.good().await, 1));
        }
        session.sleeps(&mut answers);
        log.answer().await;
        assert!(session.is_woken(), "{frames} frames, {bytes} bytes");
    }
}

#[tokio::test]
async fn who_winds_up_is_woken_by_every_line() {
    let (mut log, session) = (Log::held().await, Arc::<Session>::default());
    let mut answers = answers(100, 100);
    answers.push(logging(log.good().await, 1));
    session.sleeps(&mut answers);
    assert!(session.poll(answers.next()).is_pending());
    log.answer().await;
    assert!(session.is_woken());
    assert!(matches!(answers.next().await, Due::Logged { .. }));
}
