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
    while answers.due_now().is_some() {}
    assert!(answers.owed.capacity() <= 2 * KEPT);
}
