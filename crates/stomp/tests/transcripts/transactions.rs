//! BEGIN, COMMIT, ABORT, and what stands between them.

use stomp::Version::{V1_0, V1_1, V1_2};
use stomp::{Acknowledged, Action, Closed, Command, Failure, ProtocolError, Server, ServerEvent};

use crate::support::{Done, START, drive, open, say};

fn hear(server: &mut Server, bytes: &str) -> Done {
    server.handle_input(bytes.as_bytes(), START);
    drive(server)
}

/// What a COMMIT is expected to hand out: the bodies of its messages.
fn bodies(event: &ServerEvent) -> (&str, Vec<&[u8]>) {
    let ServerEvent::Commit {
        transaction,
        actions,
        ..
    } = event
    else {
        panic!("not a COMMIT: {event:?}");
    };
    let bodies = actions.iter().map(|action| match action {
        Action::Send { body, .. } => &body[..],
        Action::Ack(_) | Action::Nack(_) => b"",
    });
    (transaction, bodies.collect())
}

/// STOMP 1.2, BEGIN, COMMIT.
#[test]
fn a_transaction_is_handed_out_as_a_whole_and_in_order() {
    for version in [V1_0, V1_1, V1_2] {
        let mut server = open(version);
        let (ack, nack, acknowledged) = match version {
            V1_2 => (
                "ACK\nid:1\ntransaction:t\n\n\0",
                "NACK\nid:1\ntransaction:t\n\n\0",
                Acknowledged::Id("1".into()),
            ),
            V1_0 | V1_1 => (
                "ACK\nmessage-id:1\nsubscription:0\ntransaction:t\n\n\0",
                "NACK\nmessage-id:1\nsubscription:0\ntransaction:t\n\n\0",
                Acknowledged::Message {
                    message_id: "1".into(),
                    subscription: Some("0".into()),
                },
            ),
        };
        let mut frames = vec![
            "BEGIN\ntransaction:t\n\n\0",
            "SEND\ndestination:/a\ntransaction:t\nx:y\n\none\0",
            ack,
            "SEND\ndestination:/b\ntransaction:t\ncontent-length:3\n\n\0\0\0\0",
        ];
        let mut held = vec![
            Action::Send {
                destination: "/a".into(),
                headers: [("destination", "/a"), ("transaction", "t"), ("x", "y")]
                    .into_iter()
                    .collect(),
                body: "one".into(),
            },
            Action::Ack(acknowledged.clone()),
            Action::Send {
                destination: "/b".into(),
                headers: [
                    ("destination", "/b"),
                    ("transaction", "t"),
                    ("content-length", "3"),
                ]
                .into_iter()
                .collect(),
                body: "\0\0\0".into(),
            },
        ];
        if version != V1_0 {
            frames.push(nack);
            held.push(Action::Nack(acknowledged));
        }
        for frame in frames {
            let done = hear(&mut server, frame);
            assert!(done.events.is_empty() && done.sent.is_empty(), "{done:?}");
        }
        let expected = ServerEvent::Commit {
            transaction: "t".into(),
            actions: held,
            receipt: Some("r".into()),
        };
        let done = hear(&mut server, "COMMIT\ntransaction:t\nreceipt:r\n\n\0");
        assert_eq!(done.events, [expected]);
        assert!(done.sent.is_empty(), "its receipt is the application's");
    }
}

/// STOMP 1.2, ABORT.
#[test]
fn nothing_comes_of_a_transaction_that_is_aborted() {
    let mut server = open(V1_2);
    let begin = "BEGIN\ntransaction:t\n\n\0SEND\ndestination:/a\ntransaction:t\n\nx\0";
    hear(&mut server, begin);
    assert!(server.held() > 0);
    let done = hear(&mut server, "ABORT\ntransaction:t\nreceipt:r\n\n\0");
    assert!(done.events.is_empty(), "{done:?}");
    assert_eq!(done.sent, ["RECEIPT\nreceipt-id:r\n\n\0"]);
    assert_eq!(server.held(), 0);
    let done = hear(&mut server, "COMMIT\ntransaction:t\n\n\0");
    is_unknown(&done, Command::Commit);
}

/// STOMP 1.2, BEGIN: what is not committed is aborted by DISCONNECT, and by any other end.
#[test]
fn an_open_transaction_ends_with_the_session() {
    let begin = "BEGIN\ntransaction:t\n\n\0SEND\ndestination:/a\ntransaction:t\n\nx\0";
    let mut server = open(V1_2);
    hear(&mut server, begin);
    let done = hear(&mut server, "DISCONNECT\nreceipt:r\n\n\0");
    assert_eq!(done.events, [ServerEvent::Disconnect]);
    assert_eq!(done.sent, ["RECEIPT\nreceipt-id:r\n\n\0"]);
    assert_eq!(server.held(), 0);

    let mut server = open(V1_2);
    hear(&mut server, begin);
    server.fail(Failure::new("no"), START);
    let done = hear(&mut server, "COMMIT\ntransaction:t\n\n\0");
    assert!(done.events.is_empty(), "{done:?}");
    assert_eq!(server.held(), 0);
}

/// A RECEIPT within a transaction says that the frame has been taken down.
#[test]
fn frames_of_a_transaction_are_confirmed_when_they_arrive() {
    let mut server = open(V1_2);
    let done = hear(
        &mut server,
        "BEGIN\ntransaction:t\nreceipt:1\n\n\0SEND\ndestination:/a\ntransaction:t\nreceipt:2\n\n\0\
         ACK\nid:1\ntransaction:t\nreceipt:3\n\n\0NACK\nid:1\ntransaction:t\nreceipt:4\n\n\0",
    );
    assert!(done.events.is_empty(), "{done:?}");
    let receipts = [1, 2, 3, 4].map(|id| format!("RECEIPT\nreceipt-id:{id}\n\n\0"));
    assert_eq!(done.sent, receipts);
}

/// Frames without the header do not wait for a transaction that happens to be open.
#[test]
fn only_what_names_a_transaction_stands_in_it() {
    let mut server = open(V1_2);
    let done = hear(
        &mut server,
        "BEGIN\ntransaction:s\n\n\0BEGIN\ntransaction:t\n\n\0\
         SEND\ndestination:/a\ntransaction:s\n\n1\0SEND\ndestination:/a\ntransaction:t\n\n2\0\
         SEND\ndestination:/a\n\n3\0SEND\ndestination:/a\ntransaction:s\n\n4\0\
         SUBSCRIBE\nid:0\ndestination:/a\ntransaction:s\n\n\0\
         COMMIT\ntransaction:t\n\n\0COMMIT\ntransaction:s\n\n\0",
    );
    let [
        ServerEvent::Action {
            action: Action::Send { body, .. },
            ..
        },
        ServerEvent::Subscribe { .. },
        second,
        first,
    ] = &done.events[..]
    else {
        panic!("{done:?}");
    };
    assert_eq!(body, "3");
    assert_eq!(bodies(second), ("t", vec![&b"2"[..]]));
    assert_eq!(bodies(first), ("s", vec![&b"1"[..], b"4"]));
}

/// STOMP 1.2, BEGIN: names are unique while they are in use, and free afterwards.
#[test]
fn a_name_may_be_used_again_after_the_end_but_not_before() {
    let mut server = open(V1_2);
    for end in ["COMMIT", "ABORT", "COMMIT"] {
        let done = hear(&mut server, "BEGIN\ntransaction:t\n\n\0");
        assert_eq!(done.closed, None);
        hear(&mut server, &format!("{end}\ntransaction:t\n\n\0"));
    }
    hear(&mut server, "BEGIN\ntransaction:t\n\n\0");
    let done = hear(&mut server, "BEGIN\ntransaction:t\nreceipt:7\n\n\0");
    assert_eq!(
        done.text(),
        "ERROR\nmessage:the transaction \"t\" is open already\nreceipt-id:7\n\
         content-type:text/plain\nx-code:frame_invalid\ncontent-length:51\n\n\
         Name each transaction differently, or end it first.\0",
    );
    let fault = ProtocolError::TransactionOpen("t".into());
    assert_eq!(done.closed, Some(Closed::Fault(fault)));
}

#[test]
fn a_frame_of_a_transaction_that_is_not_open_is_an_error() {
    for (command, headers) in [
        (Command::Commit, ""),
        (Command::Abort, ""),
        (Command::Send, "destination:/a\n"),
        (Command::Ack, "id:1\n"),
        (Command::Nack, "id:1\n"),
    ] {
        let bytes =
            format!("BEGIN\ntransaction:s\n\n\0{command}\n{headers}transaction:t\nreceipt:7\n\n\0");
        is_unknown(&say(V1_2, bytes.as_bytes()), command);
    }
}

/// A frame that could never be done is refused when it arrives, not at COMMIT.
#[test]
fn frames_of_a_transaction_are_checked_when_they_arrive() {
    for (command, header) in [
        (Command::Send, "destination"),
        (Command::Ack, "id"),
        (Command::Nack, "id"),
    ] {
        let bytes = format!("BEGIN\ntransaction:t\n\n\0{command}\ntransaction:t\n\n\0");
        let done = say(V1_2, bytes.as_bytes());
        let fault = ProtocolError::MissingHeader { command, header };
        assert_eq!(done.closed, Some(Closed::Fault(fault)));
    }
}

/// A name is escaped like every header, and may be as long as a header line.
#[test]
fn a_transaction_may_have_any_name() {
    let long = "x".repeat(10_000);
    for (wire, name) in [("a\\cb\\n", "a:b\n"), (" ", " "), (&long, &long)] {
        let mut server = open(V1_2);
        let done = hear(
            &mut server,
            &format!("BEGIN\ntransaction:{wire}\n\n\0COMMIT\ntransaction:{wire}\n\n\0"),
        );
        let [event] = &done.events[..] else {
            panic!("{done:?}");
        };
        assert_eq!(bodies(event), (name, vec![]));
        assert_eq!(server.held(), 0);
    }
}

fn is_unknown(done: &Done, command: Command) {
    let fault = ProtocolError::UnknownTransaction {
        command,
        transaction: "t".into(),
    };
    assert_eq!(done.closed, Some(Closed::Fault(fault)), "{done:?}");
    assert!(done.events.is_empty() && done.sent.len() == 1, "{done:?}");
}
