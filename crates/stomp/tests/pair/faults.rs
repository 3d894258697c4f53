//! Refusals, and servers that break the rules.

use stomp::{
    ClientEvent, Closed, Command, DecodeError, Failure, Output, ProtocolError, SendRequest,
    UsageError,
};

use crate::link::{Pair, connecting, ms};

#[test]
fn a_version_refusal_reaches_the_client() {
    let (mut client, _) = connecting();
    client.handle_input(
        b"ERROR\nversion:2.0\ncontent-type:text/plain\n\nSupported protocol versions are 2.0\0",
        ms(0),
    );
    let Output::Event(ClientEvent::Error {
        message,
        headers,
        body,
    }) = client.poll()
    else {
        panic!("the refusal is an event");
    };
    assert_eq!(
        (message.as_str(), headers.get("version")),
        ("", Some("2.0"))
    );
    assert_eq!(body, "Supported protocol versions are 2.0");
    assert_eq!(client.poll(), Output::Closed(Closed::Error));
}

#[test]
fn a_refusal_by_the_application_reaches_the_client() {
    let mut pair = Pair::connected((0, 0), (0, 0));
    let now = pair.now;
    pair.server.fail(Failure::new("no: go\naway"), now);
    pair.settle();
    assert!(matches!(
        pair.client_events.last(),
        Some(ClientEvent::Error { message, .. }) if message == "no: go\naway"
    ));
    assert_eq!(pair.client_closed, Some(Closed::Error));
    assert_eq!(pair.server_closed, Some(Closed::Error));
    assert_eq!(
        pair.client.send(SendRequest::new("/a", "x"), now),
        Err(UsageError::NotConnected)
    );
}

#[test]
fn faults_of_a_server_before_connected() {
    let bad = |header, value: &str| ProtocolError::BadHeader {
        command: Command::Connected,
        header,
        value: value.into(),
    };
    for (bytes, fault) in [
        (
            "MESSAGE\n\nx\0",
            ProtocolError::NotConnected(Command::Message),
        ),
        (
            "CONNECT\n\n\0",
            ProtocolError::WrongDirection(Command::Connect),
        ),
        ("CONNECTED\nversion:1.3\n\n\0", bad("version", "1.3")),
        (
            "CONNECTED\nheart-beat:often\n\n\0",
            bad("heart-beat", "often"),
        ),
        (
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            DecodeError::UnknownCommand("HTTP/1.1 400 Bad Request".into()).into(),
        ),
    ] {
        let (mut client, now) = connecting();
        client.handle_input(bytes.as_bytes(), now);
        assert_eq!(
            client.poll(),
            Output::Closed(Closed::Fault(fault)),
            "{bytes:?}"
        );
    }
}

#[test]
fn faults_of_a_server_after_connected() {
    let missing = |command, header| ProtocolError::MissingHeader { command, header };
    for (bytes, fault) in [
        (
            "CONNECTED\nversion:1.2\n\n\0",
            ProtocolError::AlreadyConnected,
        ),
        (
            "SEND\ndestination:/a\n\nx\0",
            ProtocolError::WrongDirection(Command::Send),
        ),
        ("RECEIPT\n\n\0", missing(Command::Receipt, "receipt-id")),
        (
            "MESSAGE\ndestination:/a\nmessage-id:1\n\n\0",
            missing(Command::Message, "subscription"),
        ),
        (
            "MESSAGE\nsubscription:0\nmessage-id:1\n\n\0",
            missing(Command::Message, "destination"),
        ),
        (
            "MESSAGE\nsubscription:0\ndestination:/a\n\n\0",
            missing(Command::Message, "message-id"),
        ),
    ] {
        let (mut client, now) = connecting();
        client.handle_input(b"CONNECTED\nversion:1.2\n\n\0", now);
        assert!(matches!(
            client.poll(),
            Output::Event(ClientEvent::Connected { .. })
        ));
        client.handle_input(bytes.as_bytes(), now);
        assert_eq!(
            client.poll(),
            Output::Closed(Closed::Fault(fault)),
            "{bytes:?}"
        );
    }
}
