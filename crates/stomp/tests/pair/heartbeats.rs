//! Beats, and links that have gone silent.

use stomp::{ClientEvent, Closed, ProtocolError, SendRequest, ServerEvent};

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
