//! The machine as the HTTP transports drive it.

use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn opened(options: &Options) -> (Core, Instant) {
    let now = Instant::now();
    let mut core = Core::new(options, Transport::XhrPolling, now);
    fetch(&mut core, now);
    (core, now)
}

/// One request that takes all there is, and what it took.
fn fetch(core: &mut Core, now: Instant) -> Vec<Output> {
    core.attach(None, now).unwrap();
    let mut taken = Vec::new();
    loop {
        match core.poll(now) {
            Output::Idle | Output::Done(_) => break,
            output => taken.push(output),
        }
        core.handle_flushed();
    }
    core.leave(0, now);
    taken
}

fn message(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn go_away() -> Goodbye {
    Goodbye::new(3000, "Go away!")
}

#[test]
fn what_is_said_between_two_requests_waits_for_the_next() {
    let now = Instant::now();
    let mut core = Core::new(&Options::default(), Transport::XhrPolling, now);
    core.send(message("early"));
    assert_eq!(
        fetch(&mut core, now),
        [Output::Open, Output::Message(message("early"))]
    );
    core.send(message("one"));
    core.send(message("two"));
    assert_eq!(
        fetch(&mut core, now),
        [
            Output::Message(message("one")),
            Output::Message(message("two"))
        ]
    );
}

#[test]
fn a_second_request_is_refused_and_the_first_one_goes_on() {
    let (mut core, now) = opened(&Options::default());
    core.attach(None, now).unwrap();
    assert_eq!(core.attach(None, now), Err(Refused::Another));
    core.send(message("a"));
    assert_eq!(core.poll(now), Output::Message(message("a")));
    core.leave(0, now);
    assert_eq!(core.attach(None, now), Ok(()));
}

#[test]
fn a_peer_that_misses_an_answer_ends_the_session_and_is_told() {
    let (mut core, now) = opened(&Options::default());
    core.attach(Some(1), now).unwrap();
    core.send(message("lost"));
    assert_eq!(core.poll(now), Output::Message(message("lost")));
    core.leave(0, now);
    assert_eq!(core.attach(Some(1), now), Err(Refused::Over(interrupted())));
    assert_eq!(core.closed(), Some(Closed::Peer));
}

#[test]
fn a_peer_that_says_more_answers_than_there_were_is_of_another_session() {
    let now = Instant::now();
    let mut core = Core::new(&Options::default(), Transport::XhrPolling, now);
    assert_eq!(core.attach(Some(7), now), Err(Refused::Over(interrupted())));
}

#[test]
fn a_peer_that_has_had_every_answer_goes_on() {
    let (mut core, now) = opened(&Options::default());
    for answers in 1..4 {
        core.attach(Some(answers), now).unwrap();
        // While a request is there, another can do no harm, whatever it says.
        assert_eq!(core.attach(Some(0), now), Err(Refused::Another));
        core.leave(0, now);
    }
    assert_eq!(core.closed(), None);
}

#[test]
fn a_request_that_breaks_off_ends_the_session_and_the_next_is_told() {
    let (mut core, now) = opened(&Options::default());
    core.attach(None, now).unwrap();
    core.receive(message("said before"));
    core.interrupt();
    assert_eq!(core.recv(), Ok(Some(message("said before"))));
    assert_eq!(core.recv(), Err(Closed::Peer));
    assert_eq!(core.attach(None, now), Err(Refused::Over(interrupted())));
}

#[test]
fn whoever_asks_after_the_goodbye_hears_it_again() {
    let (mut core, now) = opened(&Options::default());
    core.close(go_away(), now);
    assert_eq!(fetch(&mut core, now), [Output::Goodbye(go_away())]);
    core.end(Closed::Ours);
    core.interrupt();
    for _ in 0..2 {
        assert_eq!(core.attach(None, now), Err(Refused::Over(go_away())));
    }
    assert_eq!(core.closed(), Some(Closed::Ours));
}

#[test]
fn a_goodbye_that_nobody_came_for_in_time_is_still_said_to_who_comes_late() {
    let (mut core, now) = opened(&Options::default());
    core.close(go_away(), now);
    assert_eq!(core.next_timeout(), Some(now + 5 * SECOND));
    core.handle_timeout(now + 5 * SECOND);
    assert_eq!(core.closed(), Some(Closed::Peer));
    assert_eq!(core.attach(None, now), Err(Refused::Over(go_away())));
}

#[test]
fn a_session_that_nobody_asks_for_any_more_has_no_last_words() {
    let (mut core, now) = opened(&Options::default());
    core.handle_timeout(now + 5 * SECOND);
    assert_eq!(core.closed(), Some(Closed::Peer));
    assert_eq!(core.last_words(), None);
}

#[test]
fn silence_is_counted_from_when_somebody_listens() {
    let (mut core, start) = opened(&Options::default());
    let came = start + 4 * SECOND;
    core.attach(None, came).unwrap();
    assert_eq!(core.next_timeout(), Some(came + 25 * SECOND));
    assert_eq!(core.poll(came + 24 * SECOND), Output::Idle);
    assert_eq!(core.poll(came + 25 * SECOND), Output::Heartbeat);
}

#[test]
fn no_heartbeat_is_due_while_nobody_is_there() {
    let (mut core, start) = opened(&Options::default());
    core.leave(0, start);
    assert_eq!(core.next_timeout(), Some(start + 5 * SECOND));
}

#[test]
fn without_heartbeats_a_request_is_still_answered_after_25_seconds() {
    let (mut core, start) = opened(&Options {
        heartbeat: None,
        ..Options::default()
    });
    core.attach(None, start).unwrap();
    assert_eq!(core.next_timeout(), Some(start + 25 * SECOND));
    assert_eq!(core.poll(start + 25 * SECOND), Output::Heartbeat);
}

#[test]
fn a_heartbeat_that_is_not_taken_is_as_bad_as_a_message() {
    let (mut core, start) = opened(&Options::default());
    core.attach(None, start).unwrap();
    core.handle_timeout(start + 25 * SECOND);
    assert_eq!(core.next_timeout(), Some(start + 35 * SECOND));
    core.handle_timeout(start + 35 * SECOND);
    assert_eq!(core.closed(), Some(Closed::Slow));
}

#[test]
fn a_flush_waits_for_nobody() {
    let (mut core, _) = opened(&Options::default());
    core.send(message("a"));
    assert!(core.is_flushed());
}

#[derive(Debug, Clone)]
enum Step {
    Attach,
    Leave,
    Interrupt,
    Send,
    Receive,
    Recv,
    Poll,
    Close,
    Wait(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Attach),
        2 => Just(Step::Leave),
        1 => Just(Step::Interrupt),
        4 => Just(Step::Send),
        2 => Just(Step::Receive),
        2 => Just(Step::Recv),
        6 => Just(Step::Poll),
        1 => Just(Step::Close),
        2 => (0..30u32).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Whatever comes in whatever order: `Open` is first, messages come in order and once, nothing
    /// follows the goodbye, there is one request at a time, and a session that waits for something
    /// knows until when.
    #[test]
    fn no_order_of_events_breaks_a_rule(steps in proptest::collection::vec(step(), 0..60)) {
        let mut now = Instant::now();
        let mut core = Core::new(&Options::default(), Transport::XhrStreaming, now);
        let mut attached = false;
        let mut said = Vec::new();
        let (mut sent, mut received, mut taken) = (0u32, 0u32, 0u32);
        for step in steps {
            match step {
                Step::Attach => match core.attach(None, now) {
                    Ok(()) => {
                        prop_assert!(!attached);
                        attached = true;
                    }
                    Err(Refused::Another) => prop_assert!(attached),
                    Err(Refused::Over(_)) => prop_assert!(core.closed().is_some()),
                },
                Step::Leave if attached => {
                    core.leave(0, now);
                    attached = false;
                }
                Step::Interrupt if attached => {
                    core.interrupt();
                    attached = false;
                    prop_assert!(core.closed().is_some());
                }
                Step::Poll if attached => {
                    match core.poll(now) {
                        Output::Idle | Output::Done(_) => {}
                        output => said.push(output),
                    }
                    core.handle_flushed();
                }
                Step::Send if core.has_room() == Ok(true) => {
                    core.send(Bytes::from(sent.to_string()));
                    sent += 1;
                }
                Step::Receive if core.closed().is_none() && core.wants_input() => {
                    core.receive(Bytes::from(received.to_string()));
                    received += 1;
                }
                Step::Recv => {
                    if let Ok(Some(message)) = core.recv() {
                        prop_assert_eq!(message, Bytes::from(taken.to_string()));
                        taken += 1;
                    }
                }
                Step::Close => core.close(go_away(), now),
                Step::Wait(seconds) => {
                    now += seconds * SECOND;
                    core.handle_timeout(now);
                }
                Step::Leave | Step::Interrupt | Step::Poll | Step::Send | Step::Receive => {}
            }
            // Every session that is not over is going to be, or to say something.
            prop_assert_eq!(core.next_timeout().is_some(), core.closed().is_none());
        }
        for (at, output) in said.iter().enumerate() {
            match output {
                Output::Open => prop_assert_eq!(at, 0),
                Output::Goodbye(_) => prop_assert_eq!(at, said.len() - 1),
                _ => prop_assert!(at > 0),
            }
        }
        let messages = said.iter().filter(|output| matches!(output, Output::Message(_)));
        for (number, output) in messages.enumerate() {
            prop_assert_eq!(output, &Output::Message(Bytes::from(number.to_string())));
        }
    }
}
