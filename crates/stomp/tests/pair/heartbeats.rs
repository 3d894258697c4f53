//! Beats, and links that have gone silent.

use stomp::{
    BEAT, ClientEvent, Closed, Heartbeat, Output, ProtocolError, SendRequest, ServerEvent,
};

use crate::link::{Pair, ms};

#[test]
fn beats_keep_an_idle_link_alive_and_are_never_late() {
    let mut pair = Pair::connected((4_000, 1_000), (1_000, 4_000));
    pair.run_for(ms(60_000));
    assert_eq!(
        (pair.client_closed.clone(), pair.server_closed.clone()),
        (None, None)
    );
    let [(_, client_pause), (_, server_pause)] = pair.sent;
    assert!(
        client_pause < ms(4_000) && client_pause > ms(3_000),
        "{client_pause:?}"
    );
    assert!(
        server_pause < ms(1_000) && server_pause > ms(800),
        "{server_pause:?}"
    );
    assert!(
        pair.beats[0] >= 15 && pair.beats[1] >= 60,
        "{:?}",
        pair.beats
    );
}

#[test]
fn a_busy_link_needs_no_beats() {
    let mut pair = Pair::connected((1_000, 1_000), (1_000, 1_000));
    for _ in 0..50 {
        let now = pair.now;
        pair.client
            .send(SendRequest::new("/a", "x"), now)
            .expect("it is connected");
        pair.settle();
        pair.run_for(ms(500));
    }
    assert_eq!(pair.beats, [0, 0]);
}

#[test]
fn without_agreement_no_beats_flow_and_no_clock_runs() {
    for (client, server) in [
        ((0, 1_000), (0, 1_000)),
        ((1_000, 0), (1_000, 0)),
        ((0, 0), (1_000, 1_000)),
    ] {
        let mut pair = Pair::connected(client, server);
        assert_eq!((pair.client_wait, pair.server_wait), (None, None));
        assert!(!pair.step());
        assert_eq!(pair.beats, [0, 0]);
    }
}

#[test]
fn the_slower_of_the_two_wishes_is_agreed_on() {
    let pair = Pair::connected((0, 1_000), (5_000, 0));
    // A tenth early, so that the promise is kept.
    assert_eq!(pair.server_wait, Some(pair.now + ms(4_500)));
    assert_eq!(pair.client_wait, Some(pair.now + ms(2 * 5_000 + 1_000)));
}

#[test]
fn a_server_notices_a_lost_client() {
    let mut pair = Pair::connected((1_000, 0), (0, 1_000));
    pair.run_for(ms(10_000));
    let last_heard = pair.sent[0].0;
    pair.up = false;
    while pair.server_closed.is_none() && pair.step() {}
    let silence = pair.now - last_heard;
    assert_eq!(silence, ms(3 * 1_000 + 1_000));
    assert_eq!(
        pair.server_closed,
        Some(Closed::Fault(ProtocolError::HeartbeatLost(silence)))
    );
    assert!(matches!(
        pair.client_events.last(),
        Some(ClientEvent::Error { message, .. }) if message.starts_with("heart-beat lost: ")
    ));
    assert_eq!(pair.client_closed, Some(Closed::Error));
}

#[test]
fn a_client_notices_a_lost_server() {
    let mut pair = Pair::connected((0, 1_000), (1_000, 0));
    pair.run_for(ms(10_000));
    let last_heard = pair.sent[1].0;
    pair.down = false;
    while pair.client_closed.is_none() && pair.step() {}
    let silence = pair.now - last_heard;
    assert_eq!(silence, ms(2 * 1_000 + 1_000));
    assert_eq!(
        pair.client_closed,
        Some(Closed::Fault(ProtocolError::HeartbeatLost(silence)))
    );
}

#[test]
fn half_a_frame_is_a_sign_of_life() {
    let mut pair = Pair::connected((1_000, 0), (0, 1_000));
    pair.up = false;
    for octet in b"SEND\ndestination:/a\n\nx\0" {
        let now = pair.now;
        pair.server.handle_input(&[*octet], now);
        pair.settle();
        pair.run_for(ms(2_000));
    }
    assert_eq!(pair.server_closed, None);
    assert!(matches!(
        pair.server_events.last(),
        Some(ServerEvent::Action { .. })
    ));
}

/// The shortest interval there is: a millisecond, which a tenth before its end has a beat.
#[test]
fn beats_may_be_promised_every_millisecond() {
    let mut pair = Pair::connected((1, 1), (1, 1));
    pair.run_for(ms(200));
    assert_eq!((&pair.client_closed, &pair.server_closed), (&None, &None));
    for ((_, pause), beats) in pair.sent.into_iter().zip(pair.beats) {
        assert!(pause < ms(1), "{pause:?}");
        assert!((200..=225).contains(&beats), "{beats}");
    }
}

/// The longest ones: 49 days, and whatever is longer is taken for that.
#[test]
fn the_longest_intervals_are_kept() {
    let longest = u64::from(u32::MAX);
    let mut pair = Pair::connected((u32::MAX, u32::MAX), (u32::MAX, u32::MAX));
    let start = pair.now;
    assert_eq!(pair.client_wait, Some(start + ms(longest - 1_000)));
    assert_eq!(pair.server_wait, pair.client_wait);
    pair.run_for(ms(10 * longest));
    assert_eq!((&pair.client_closed, &pair.server_closed), (&None, &None));
    assert_eq!(pair.beats, [10, 10]);

    pair.up = false;
    while pair.server_closed.is_none() && pair.step() {}
    let Some(Closed::Fault(ProtocolError::HeartbeatLost(silence))) = pair.server_closed else {
        panic!("{:?}", pair.server_closed);
    };
    assert_eq!(silence, ms(3 * longest + 1_000));

    for (header, beats) in [
        ("4294967295,4294967296", Some((u32::MAX, u32::MAX))),
        ("99999999999999999999999, 007 ", Some((u32::MAX, 7))),
        ("1", None),
        ("1,", None),
        ("1,2,3", None),
        ("+1,2", None),
        ("1.5,2", None),
        ("-1,2", None),
        ("", None),
    ] {
        assert_eq!(Heartbeat::parse(header), beats, "{header:?}");
    }
}

/// STOMP 1.2, Heart-beating: every MAX(what one can, what the other wants), in each direction on
/// its own, and never if either is 0.
#[test]
fn each_direction_is_agreed_on_by_itself() {
    // What one side can and the other wants, and when the beat comes: a tenth early.
    for (can, wants, beat) in [
        (1_000, 3_000, Some(2_700)),
        (3_000, 1_000, Some(2_700)),
        (60_000, 10, Some(59_000)),
        (10, 10, Some(9)),
        (0, 1_000, None),
        (1_000, 0, None),
    ] {
        let pair = Pair::connected((can, 0), (0, wants));
        assert_eq!(pair.client_wait, beat.map(|beat| pair.now + ms(beat)));
        let pair = Pair::connected((0, wants), (can, 0));
        assert_eq!(pair.server_wait, beat.map(|beat| pair.now + ms(beat)));
    }
}

/// The tolerance at its edge: 3 × the interval + 1 s for a client's beats, 2 × + 1 s for a
/// server's.
#[test]
fn a_link_is_lost_at_the_end_of_the_tolerance_and_not_before() {
    let mut pair = Pair::connected((1_000, 0), (0, 1_000));
    let start = pair.now;
    pair.server.handle_timeout(start + ms(3_999));
    assert_eq!(pair.server.poll(), Output::Wait(Some(start + ms(4_000))));
    pair.server.handle_timeout(start + ms(4_000));
    assert!(matches!(pair.server.poll(), Output::Transmit(bytes) if bytes.starts_with(b"ERROR\n")));
    let lost = |milliseconds| Closed::Fault(ProtocolError::HeartbeatLost(ms(milliseconds)));
    assert_eq!(pair.server.poll(), Output::Closed(lost(4_000)));

    let mut pair = Pair::connected((0, 1_000), (1_000, 0));
    let start = pair.now;
    pair.client.handle_timeout(start + ms(2_999));
    assert_eq!(pair.client.poll(), Output::Wait(Some(start + ms(3_000))));
    pair.client.handle_timeout(start + ms(3_000));
    assert_eq!(pair.client.poll(), Output::Closed(lost(3_000)));
}

/// One timer serves both directions, and a call before its time does nothing.
#[test]
fn the_earlier_of_both_deadlines_is_the_one_to_wait_for() {
    let mut pair = Pair::connected((1_000, 10_000), (10_000, 1_000));
    let start = pair.now;
    // The client's silence would be too long at 4 s, long before a beat of ours is due.
    assert_eq!(pair.server_wait, Some(start + ms(4_000)));
    pair.server.handle_timeout(start + ms(500));
    assert_eq!(pair.server.poll(), Output::Wait(Some(start + ms(4_000))));
    for second in 1..9 {
        pair.server.handle_input(b"\n", start + ms(1_000 * second));
        let next = (4_000 + 1_000 * second).min(9_000);
        assert_eq!(pair.server.poll(), Output::Wait(Some(start + ms(next))));
    }
    pair.server.handle_timeout(start + ms(9_000));
    assert_eq!(pair.server.poll(), Output::Transmit(BEAT.into()));
    assert_eq!(pair.server.poll(), Output::Wait(Some(start + ms(12_000))));
}

/// A timer that fires late has one beat to send, not all that it missed.
#[test]
fn a_late_timer_sends_one_beat() {
    let mut pair = Pair::connected((0, 1_000), (1_000, 0));
    let late = pair.now + ms(60_000);
    pair.server.handle_timeout(late);
    assert_eq!(pair.server.poll(), Output::Transmit(BEAT.into()));
    assert_eq!(pair.server.poll(), Output::Wait(Some(late + ms(900))));
}

/// Whatever is sent puts the next beat off, also what the machine says by itself.
#[test]
fn any_frame_puts_off_the_next_beat() {
    let mut pair = Pair::connected((0, 1_000), (1_000, 0));
    let after = |pair: &mut Pair, time: u64| {
        pair.settle();
        assert_eq!(pair.server_wait, Some(pair.now + ms(900)), "{time}");
        pair.now += ms(time);
        pair.now
    };
    let now = after(&mut pair, 100);
    pair.server.deliver("x".into(), now).expect("it is open");
    let now = after(&mut pair, 200);
    pair.server.receipt("r".into(), now).expect("it is open");
    let now = after(&mut pair, 300);
    pair.server
        .handle_input(b"BEGIN\ntransaction:t\nreceipt:r\n\n\0", now);
    after(&mut pair, 0);
    assert_eq!(pair.beats, [0, 0]);
}

/// Octets are a sign of life whatever they mean: beats of either kind, and parts of frames.
#[test]
fn any_octets_are_a_sign_of_life() {
    let mut pair = Pair::connected((1_000, 0), (0, 1_000));
    let mut now = pair.now;
    for octets in [
        &b"\n"[..],
        b"\r\n",
        b"\r",
        b"\n",
        b"S",
        b"END\ndestination:/a\ncontent-length:3\n\n\0",
        b"\0\0",
        b"\0",
    ] {
        now += ms(3_999);
        pair.server.handle_timeout(now);
        pair.server.handle_input(octets, now);
        while matches!(
            pair.server.poll(),
            Output::Event(ServerEvent::Action { .. })
        ) {}
        assert_eq!(pair.server.poll(), Output::Wait(Some(now + ms(4_000))));
    }
    // No octets are no sign.
    pair.server.handle_input(b"", now + ms(3_999));
    assert_eq!(pair.server.poll(), Output::Wait(Some(now + ms(4_000))));
}

#[test]
fn a_beat_can_be_sent_while_the_application_works_and_nothing_else_happens() {
    let mut pair = Pair::connected((1_000, 1_000), (1_000, 1_000));
    let due = pair.server.beat_at().expect("beats are promised");
    assert_eq!(due, pair.now + ms(900));
    pair.server.handle_input(b"NONSENSE\n\n\0", pair.now);
    assert_eq!(pair.server.beat(due - ms(1)), None);
    // The last is long after the client counts as lost: it is not judged, and not read.
    for at in [due, due + ms(900), due + ms(60_000)] {
        assert_eq!(pair.server.beat(at).as_deref(), Some(BEAT));
        assert_eq!(pair.server.beat_at(), Some(at + ms(900)));
    }
    assert!(matches!(pair.server.poll(), Output::Transmit(error) if error.starts_with(b"ERROR\n")));
    assert_eq!(pair.server.beat_at(), None);
    assert_eq!(pair.server.beat(due + ms(600_000)), None);
}
