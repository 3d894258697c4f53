use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn opened(options: &Options) -> (Core, Instant) {
    let now = Instant::now();
    let mut core = Core::new(options, Transport::WebSocket, now);
    assert_eq!(core.poll(now), Output::Open);
    core.handle_flushed();
    (core, now)
}

fn message(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn goodbye() -> Goodbye {
    Goodbye {
        code: 3000,
        reason: "Go away!".into(),
    }
}

#[test]
fn the_session_opens_before_the_first_message_goes_out() {
    let now = Instant::now();
    let mut core = Core::new(&Options::default(), Transport::WebSocket, now);
    core.send(message("early"));
    assert_eq!(core.poll(now), Output::Open);
    assert_eq!(core.poll(now), Output::Message(message("early")));
    assert_eq!(core.poll(now), Output::Idle);
}

#[test]
fn a_session_that_is_closed_at_once_still_opens_first() {
    let now = Instant::now();
    let mut core = Core::new(&Options::default(), Transport::WebSocket, now);
    core.close(goodbye(), now);
    assert_eq!(core.poll(now), Output::Open);
    assert_eq!(core.poll(now), Output::Goodbye(goodbye()));
    assert_eq!(core.poll(now), Output::Done(None));
}

#[test]
fn a_heartbeat_follows_25_seconds_of_our_silence() {
    let (mut core, start) = opened(&Options::default());
    assert_eq!(core.next_timeout(), Some(start + 25 * SECOND));
    assert_eq!(core.poll(start + 24 * SECOND), Output::Idle);
    assert_eq!(core.poll(start + 25 * SECOND), Output::Heartbeat);
    core.handle_flushed();
    core.send(message("talk"));
    let talked = start + 30 * SECOND;
    assert_eq!(core.poll(talked), Output::Message(message("talk")));
    assert_eq!(core.next_timeout(), None, "the message is still on its way");
    core.handle_flushed();
    assert_eq!(core.next_timeout(), Some(talked + 25 * SECOND));
}

#[test]
fn the_heartbeat_can_be_switched_off() {
    let (mut core, start) = opened(&Options {
        heartbeat: None,
        ..Options::default()
    });
    assert_eq!(core.next_timeout(), None);
    assert_eq!(core.poll(start + 3600 * SECOND), Output::Idle);
}

#[test]
fn goodbye_comes_after_what_already_waits() {
    let (mut core, now) = opened(&Options::default());
    core.send(message("last words"));
    core.close(goodbye(), now);
    core.send(message("too late"));
    assert_eq!(core.has_room(), Err(Closed::Ours));
    assert_eq!(core.poll(now), Output::Message(message("last words")));
    assert_eq!(core.poll(now), Output::Goodbye(goodbye()));
    assert_eq!(core.poll(now), Output::Done(None));
    assert_eq!(core.closed(), None, "the connection is not down yet");
    core.end(Closed::Ours);
    assert_eq!(core.poll(now), Output::Done(Some(Closed::Ours)));
}

#[test]
fn a_peer_that_does_not_take_the_goodbye_is_given_up() {
    let (mut core, now) = opened(&Options::default());
    core.close(goodbye(), now);
    assert_eq!(core.next_timeout(), Some(now + 10 * SECOND));
    core.handle_timeout(now + 9 * SECOND);
    assert_eq!(core.closed(), None);
    core.handle_timeout(now + 10 * SECOND);
    assert_eq!(core.closed(), Some(Closed::Slow));
}

#[test]
fn messages_that_came_before_the_end_can_still_be_taken() {
    let (mut core, now) = opened(&Options::default());
    core.receive(message("one"));
    core.send(message("nobody will read this"));
    core.end(Closed::Peer);
    core.end(Closed::Silent);
    core.receive(message("two"));
    assert_eq!(core.recv(), Ok(Some(message("one"))));
    assert_eq!(core.recv(), Err(Closed::Peer), "the first reason counts");
    assert_eq!(core.poll(now), Output::Done(Some(Closed::Peer)));
    assert!(core.is_flushed());
}

#[test]
fn a_full_inbox_stops_the_reading_and_an_empty_one_resumes_it() {
    let (mut core, _) = opened(&Options {
        inbox: 100,
        ..Options::default()
    });
    core.receive(message("a"));
    assert!(core.wants_input());
    core.receive(message("b"));
    assert!(!core.wants_input());
    assert_eq!(core.recv(), Ok(Some(message("a"))));
    assert!(core.wants_input());
}

#[test]
fn a_full_outbox_makes_the_sender_wait() {
    let (mut core, now) = opened(&Options {
        outbox: 100,
        ..Options::default()
    });
    core.send(message("a"));
    assert_eq!(core.has_room(), Ok(true));
    core.send(message("b"));
    assert_eq!(core.has_room(), Ok(false));
    core.poll(now);
    assert_eq!(core.has_room(), Ok(true));
    assert!(!core.is_flushed());
    core.poll(now);
    assert!(!core.is_flushed(), "polled is not flushed");
    core.handle_flushed();
    assert!(core.is_flushed());
}
