//! From the first octet to CONNECTED, or to the refusal.

use std::time::Duration;

use stomp::Version::{V1_0, V1_1, V1_2};
use stomp::{
    Accepted, Action, Closed, DecodeError, Failure, ProtocolError, ServerEvent, ServerOptions,
};

use crate::support::{START, drive, fresh, say};

/// STOMP 1.2, CONNECTED Frame. The order is Spring's; stomp-websocket 2.3.3 fails without
/// `heart-beat`.
#[test]
fn connected_says_version_and_heart_beat_then_what_the_application_adds() {
    for (accept, version) in [
        ("", "1.0"),
        ("accept-version:1.0\n", "1.0"),
        ("accept-version:1.1,1.0\n", "1.1"),
        ("accept-version:1.0, 1.1, 2.0\n", "1.1"),
        ("accept-version:1.2,1.1,1.0\n", "1.2"),
    ] {
        let (mut server, done) = fresh(format!("CONNECT\n{accept}\n\0").as_bytes());
        assert_eq!((done.events.len(), done.sent.len()), (1, 0), "{accept:?}");
        let joe = Accepted {
            session: Some("s-1".into()),
            user_name: Some("joe".into()),
        };
        server.accept(joe, START).expect("it asked");
        let expected = format!(
            "CONNECTED\nversion:{version}\nheart-beat:10000,10000\nsession:s-1\nuser-name:joe\n\n\0"
        );
        assert_eq!(drive(&mut server).sent, [expected]);
    }
}

/// STOMP 1.2, Protocol Negotiation. Spring since 5.1 leaves such a client without any answer.
#[test]
fn without_accept_version_1_0_is_spoken() {
    let (_, done) = fresh(b"CONNECT\nlogin: joe\npasscode:a:b\\\n\n\0\n");
    let [
        ServerEvent::Connect {
            version: V1_0,
            host: None,
            login: Some(login),
            passcode: Some(passcode),
            ..
        },
    ] = &done.events[..]
    else {
        panic!("{done:?}");
    };
    assert_eq!((login.as_str(), passcode.as_str()), ("joe", "a:b\\"));
}

/// STOMP 1.2, Heart-beating: a missing header is `0,0`.
#[test]
fn without_a_heart_beat_header_no_beats_flow() {
    let (mut server, _) = fresh(b"CONNECT\naccept-version:1.2\n\n\0");
    server.accept(Accepted::default(), START).expect("it asked");
    assert_eq!(drive(&mut server).wait, None);
    let (mut server, _) = fresh(b"CONNECT\naccept-version:1.2\nheart-beat:0,10000\n\n\0");
    server.accept(Accepted::default(), START).expect("it asked");
    let beat = START + Duration::from_secs(9);
    assert_eq!(drive(&mut server).wait, Some(beat));
}

/// STOMP 1.2, Value Encoding: CONNECT and CONNECTED are never escaped, all that follows is.
#[test]
fn connect_and_connected_are_not_escaped() {
    let (mut server, done) = fresh(b"CONNECT\naccept-version:1.2\nlogin: a\\cb:\\t\n\n\0");
    let [
        ServerEvent::Connect {
            version: V1_2,
            login: Some(login),
            ..
        },
    ] = &done.events[..]
    else {
        panic!("{done:?}");
    };
    assert_eq!(login, " a\\cb:\\t");
    let accepted = Accepted {
        session: None,
        user_name: Some("a\\b:c".into()),
    };
    server.accept(accepted, START).expect("it asked");
    server.handle_input(
        b"BEGIN\ntransaction:a\\\\b\\cc\nreceipt:a\\\\b\\cc\n\n\0",
        START,
    );
    assert_eq!(
        drive(&mut server).sent,
        [
            "CONNECTED\nversion:1.2\nheart-beat:10000,10000\nuser-name:a\\b:c\n\n\0",
            "RECEIPT\nreceipt-id:a\\\\b\\cc\n\n\0",
        ]
    );
}

/// The session has one beginning.
#[test]
fn a_second_connect_is_an_error() {
    for command in ["CONNECT", "STOMP"] {
        let second = format!("{command}\naccept-version:1.1\nreceipt:7\n\n\0");
        let done = say(V1_1, second.as_bytes());
        assert_eq!(
            done.text(),
            "ERROR\nmessage:the session is open already\\c CONNECT must be sent once\n\
             receipt-id:7\ncontent-type:text/plain\nx-code:frame_invalid\ncontent-length:44\n\n\
             Open another connection for another session.\0",
        );
        let fault = ProtocolError::AlreadyConnected;
        assert_eq!(done.closed, Some(Closed::Fault(fault)));
    }
}

/// STOMP 1.2, CONNECT or STOMP Frame.
#[test]
fn stomp_is_the_same_as_connect() {
    let (_, done) = fresh(b"STOMP\naccept-version:1.2\nhost:example.org\n\n\0");
    let [
        ServerEvent::Connect {
            version: V1_2,
            host: Some(host),
            headers,
            ..
        },
    ] = &done.events[..]
    else {
        panic!("{done:?}");
    };
    assert_eq!(host, "example.org");
    assert_eq!(headers.get("accept-version"), Some("1.2"));
}

/// STOMP 1.2, Protocol Negotiation.
#[test]
fn no_common_version_is_an_error_that_names_ours() {
    let (server, done) = fresh(b"CONNECT\naccept-version:2.0,3.1\n\n\0");
    assert_eq!(
        done.text(),
        "ERROR\nmessage:no common version: supported protocol versions are 1.0,1.1,1.2\n\
         content-type:text/plain\nx-code:frame_invalid\nversion:1.0,1.1,1.2\ncontent-length:43\n\n\
         Supported protocol versions are 1.0 1.1 1.2\0",
    );
    assert_eq!(
        done.closed,
        Some(Closed::Fault(ProtocolError::NoCommonVersion))
    );
    assert_eq!(server.version(), None);
}

/// A refused CONNECT: nothing is escaped yet, since the client has not been told of a version.
#[test]
fn a_refusal_before_connected_is_not_escaped() {
    let (mut server, _) = fresh(b"CONNECT\naccept-version:1.2\n\n\0");
    server.fail(Failure::new("who: are you"), START);
    assert_eq!(
        drive(&mut server).text(),
        "ERROR\nmessage:who: are you\ncontent-length:0\n\n\0"
    );
}

/// What a client sends on without waiting for CONNECTED is read once it has been let in, by the
/// rules of the version agreed on.
#[test]
fn frames_behind_connect_wait_until_it_is_accepted() {
    let (mut server, done) =
        fresh(b"CONNECT\naccept-version:1.2\n\n\0SEND\ndestination:a\\cb\n\n\0");
    assert_eq!((done.events.len(), done.wait), (1, None));
    assert_eq!(server.version(), Some(V1_2));
    server.accept(Accepted::default(), START).expect("it asked");
    let done = drive(&mut server);
    assert!(
        matches!(&done.events[..], [ServerEvent::Action { action: Action::Send { destination, .. }, .. }] if destination == "a:b")
    );
}

/// But no more than one frame's worth of it is held.
#[test]
fn what_waits_for_accept_is_limited() {
    let limit = ServerOptions::default().limits.frame;
    let (mut server, _) = fresh(b"CONNECT\n\n\0");
    server.handle_input(&vec![b'\n'; limit], START);
    assert_eq!(drive(&mut server).closed, None);
    server.handle_input(b"\n", START);
    let fault = ProtocolError::Decode(DecodeError::FrameTooLarge(limit));
    assert_eq!(drive(&mut server).closed, Some(Closed::Fault(fault)));
}

/// Nor is more held that came in one piece with CONNECT.
#[test]
fn what_comes_together_with_connect_is_limited() {
    let limit = ServerOptions::default().limits.frame;
    let with = |beats| [b"CONNECT\n\n\0".to_vec(), vec![b'\n'; beats]].concat();
    let (server, done) = fresh(&with(limit));
    assert_eq!((done.events.len(), done.closed), (1, None));
    assert_eq!(server.held(), limit);
    let (server, done) = fresh(&with(limit + 1));
    let fault = ProtocolError::Decode(DecodeError::FrameTooLarge(limit));
    assert_eq!(done.closed, Some(Closed::Fault(fault)));
    assert_eq!((done.events.len(), server.held()), (0, 0));
}

/// `user-name` comes from outside and must not become a header of its own.
#[test]
fn a_user_name_cannot_add_headers() {
    let (mut server, _) = fresh(b"CONNECT\naccept-version:1.2\n\n\0");
    let sly = Accepted {
        session: None,
        user_name: Some("joe\nrole:admin".into()),
    };
    server.accept(sly, START).expect("it asked");
    assert_eq!(
        drive(&mut server).text(),
        "CONNECTED\nversion:1.2\nheart-beat:10000,10000\nuser-name:joe role:admin\n\n\0",
    );
}
