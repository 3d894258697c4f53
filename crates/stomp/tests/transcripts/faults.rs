//! What breaks the rules, and what the application refuses: one ERROR, and the end.

use stomp::Version::{V1_0, V1_2};
use stomp::{
    Accepted, Action, Closed, Command, DecodeError, Failure, Headers, ProtocolError, Server,
    ServerEvent, ServerOptions, UsageError,
};

use crate::support::{self, Done, START, drive, fresh, open, say};

/// STOMP 1.2, ERROR: it names the frame that it is about.
#[test]
fn an_error_carries_the_receipt_id_of_the_frame_in_question() {
    let done = say(V1_2, b"SEND\nreceipt:message-12345\n\n\0");
    assert_eq!(
        done.text(),
        "ERROR\nmessage:SEND needs the header destination\nreceipt-id:message-12345\n\
         content-type:text/plain\nx-code:frame_invalid\ncontent-length:33\n\nAdd the header and connect again.\0",
    );
    let done = say(V1_2, b"NONSENSE\nreceipt:7\n\n\0");
    assert!(done.text().contains("\nreceipt-id:7\n"), "{}", done.text());
}

/// Everything a client can do wrong once it is connected ends in one ERROR and this fault.
#[test]
fn faults_of_a_connected_client() {
    let missing = |command, header| ProtocolError::MissingHeader { command, header };
    let unknown = |command| ProtocolError::UnknownTransaction {
        command,
        transaction: "t".into(),
    };
    let cases = [
        (
            "CONNECT\naccept-version:1.2\n\n\0",
            ProtocolError::AlreadyConnected,
        ),
        (
            "STOMP\naccept-version:1.2\n\n\0",
            ProtocolError::AlreadyConnected,
        ),
        ("SEND\n\nx\0", missing(Command::Send, "destination")),
        (
            "SEND\ndestination:\n\nx\0",
            missing(Command::Send, "destination"),
        ),
        (
            "SUBSCRIBE\nid:0\n\n\0",
            missing(Command::Subscribe, "destination"),
        ),
        (
            "SUBSCRIBE\ndestination:/a\n\n\0",
            missing(Command::Subscribe, "id"),
        ),
        (
            "UNSUBSCRIBE\ndestination:/a\n\n\0",
            missing(Command::Unsubscribe, "id"),
        ),
        (
            "SUBSCRIBE\nid:0\ndestination:/a\nack:often\n\n\0",
            ProtocolError::BadHeader {
                command: Command::Subscribe,
                header: "ack",
                value: "often".into(),
            },
        ),
        (
            "MESSAGE\n\nx\0",
            ProtocolError::WrongDirection(Command::Message),
        ),
        (
            "CONNECTED\n\n\0",
            ProtocolError::WrongDirection(Command::Connected),
        ),
        (
            "RECEIPT\n\n\0",
            ProtocolError::WrongDirection(Command::Receipt),
        ),
        ("ERROR\n\n\0", ProtocolError::WrongDirection(Command::Error)),
        ("ACK\nid:\n\n\0", missing(Command::Ack, "id")),
        (
            "ACK\nmessage-id:0\nsubscription:0\n\n\0",
            missing(Command::Ack, "id"),
        ),
        ("NACK\n\n\0", missing(Command::Nack, "id")),
        ("BEGIN\n\n\0", missing(Command::Begin, "transaction")),
        (
            "BEGIN\ntransaction:\n\n\0",
            missing(Command::Begin, "transaction"),
        ),
        ("COMMIT\n\n\0", missing(Command::Commit, "transaction")),
        ("ABORT\n\n\0", missing(Command::Abort, "transaction")),
        ("COMMIT\ntransaction:t\n\n\0", unknown(Command::Commit)),
        ("ABORT\ntransaction:t\n\n\0", unknown(Command::Abort)),
        (
            "SEND\ndestination:/a\ntransaction:t\n\nx\0",
            unknown(Command::Send),
        ),
        ("ACK\nid:0\ntransaction:t\n\n\0", unknown(Command::Ack)),
        ("NACK\nid:0\ntransaction:t\n\n\0", unknown(Command::Nack)),
        (
            "SEND\ndestination:/a\ntransaction:\n\nx\0",
            missing(Command::Send, "transaction"),
        ),
        (
            "PUBLISH\n\n\0",
            DecodeError::UnknownCommand("PUBLISH".into()).into(),
        ),
        (
            "SEND\nx\n\n\0",
            DecodeError::HeaderWithoutColon("x".into()).into(),
        ),
    ];
    for (bytes, fault) in cases {
        is_fault(&say(V1_2, bytes.as_bytes()), bytes, &fault);
    }
}

/// And before it is connected.
#[test]
fn faults_of_a_client_that_is_not_connected() {
    let beats = |value: &str| ProtocolError::BadHeader {
        command: Command::Connect,
        header: "heart-beat",
        value: value.into(),
    };
    let cases = [
        (
            "SEND\ndestination:/a\n\nx\0",
            ProtocolError::NotConnected(Command::Send),
        ),
        (
            "DISCONNECT\n\n\0",
            ProtocolError::NotConnected(Command::Disconnect),
        ),
        (
            "CONNECTED\n\n\0",
            ProtocolError::WrongDirection(Command::Connected),
        ),
        ("CONNECT\nheart-beat:1\n\n\0", beats("1")),
        ("CONNECT\nheart-beat:-1,0\n\n\0", beats("-1,0")),
        ("CONNECT\nheart-beat:1,2,3\n\n\0", beats("1,2,3")),
        ("CONNECT\nheart-beat:,\n\n\0", beats(",")),
        (
            "GET /websc HTTP/1.1\r\nHost: example.org\r\n\r\n",
            DecodeError::UnknownCommand("GET /websc HTTP/1.1".into()).into(),
        ),
    ];
    for (bytes, fault) in cases {
        is_fault(&fresh(bytes.as_bytes()).1, bytes, &fault);
    }
}

/// Frames behind the one in question are never acted on.
#[test]
fn nothing_is_acted_on_after_a_fault_or_a_refusal() {
    let mut server = open(V1_2);
    let three = b"SEND\ndestination:/1\n\n\0SEND\ndestination:/2\n\n\0SEND\ndestination:/3\n\n\0";
    server.handle_input(three, START);
    let stomp::Output::Event(ServerEvent::Action {
        action: Action::Send { destination, .. },
        ..
    }) = server.poll()
    else {
        panic!("the first SEND is an event");
    };
    assert_eq!(destination, "/1");
    server.fail(Failure::new("no"), START);
    server.handle_input(three, START);
    let done = drive(&mut server);
    assert!(done.events.is_empty(), "{done:?}");
    assert_eq!(done.sent, ["ERROR\nmessage:no\ncontent-length:0\n\n\0"]);
    assert_eq!(done.closed, Some(Closed::Error));

    let done = say(V1_2, b"NONSENSE\n\n\0SEND\ndestination:/1\n\n\0");
    assert!(done.events.is_empty(), "{done:?}");
    let done = say(V1_2, b"DISCONNECT\n\n\0SEND\ndestination:/1\n\n\0");
    assert_eq!(done.events, [ServerEvent::Disconnect]);
}

/// The application's own ERROR: with a code for programs, and escaped for the version.
#[test]
fn a_failure_is_one_error_frame() {
    let mut server = open(V1_2);
    let failure = Failure {
        message: "room: closed".into(),
        receipt_id: Some("r-9".into()),
        headers: [
            ("x-code", "room_closed"),
            ("content-type", "application/json"),
        ]
        .into_iter()
        .collect(),
        body: "{}".into(),
    };
    server.fail(failure, START);
    server.fail(Failure::new("a second one"), START);
    let done = drive(&mut server);
    assert_eq!(
        done.text(),
        "ERROR\nmessage:room\\c closed\nreceipt-id:r-9\nx-code:room_closed\n\
         content-type:application/json\ncontent-length:2\n\n{}\0",
    );
    assert_eq!(done.closed, Some(Closed::Error));
    assert_eq!(drive(&mut server).closed, Some(Closed::Error));
}

/// Our own mistakes come back at the call and change nothing.
#[test]
fn misuse_is_told_at_the_call() {
    let mut server = Server::new(ServerOptions::default(), START);
    assert_eq!(
        server.accept(Accepted::default(), START),
        Err(UsageError::NothingToAccept)
    );
    assert_eq!(
        server.deliver("x".into(), START),
        Err(UsageError::NotConnected)
    );
    assert_eq!(
        server.receipt("x".into(), START),
        Err(UsageError::NotConnected)
    );
    assert!(drive(&mut server).sent.is_empty());

    let mut server = open(V1_2);
    assert_eq!(
        server.accept(Accepted::default(), START),
        Err(UsageError::NothingToAccept)
    );
    assert_eq!(server.deliver("x".into(), START), Ok(()));
    assert_eq!(drive(&mut server).sent, ["x"]);
    server.fail(Failure::new("over"), START);
    assert_eq!(
        server.deliver("y".into(), START),
        Err(UsageError::NotConnected)
    );
    assert_eq!(drive(&mut server).sent.len(), 1);
}

/// One ERROR with a message, an explanation and its type; then the end.
fn is_fault(done: &Done, bytes: &str, fault: &ProtocolError) {
    assert_eq!(done.closed, Some(Closed::Fault(fault.clone())), "{bytes:?}");
    assert!(done.events.is_empty(), "{bytes:?}");
    let [error] = &done.sent[..] else {
        panic!("one ERROR is due for {bytes:?}: {done:?}");
    };
    let error = support::frame(V1_0, error);
    assert_eq!(error.command, Command::Error);
    assert_eq!(error.headers.get("content-type"), Some("text/plain"));
    assert_eq!(&error.body[..], fault.advice().as_bytes());
    assert_eq!(message(&error.headers), fault.to_string(), "{bytes:?}");
}

/// The `message`, whose escapes depend on when the ERROR was sent.
fn message(headers: &Headers) -> String {
    headers
        .get("message")
        .unwrap_or_default()
        .replace("\\c", ":")
        .replace("\\\\", "\\")
}
