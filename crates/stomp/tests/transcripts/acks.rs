//! ACK and NACK, whose headers differ from version to version.

use stomp::Version::{self, V1_0, V1_1, V1_2};
use stomp::{AckMode, Acknowledged, Action, Closed, Command, ProtocolError, ServerEvent};

use crate::support::{Done, say};

fn message(subscription: Option<&'static str>) -> Acknowledged {
    Acknowledged::Message {
        message_id: "m-1".into(),
        subscription: subscription.map(Into::into),
    }
}

/// STOMP 1.0, ACK; STOMP 1.1, ACK and NACK; STOMP 1.2, ACK and NACK.
#[test]
fn an_ack_names_its_message_in_the_form_of_the_version() {
    let id = || Acknowledged::Id("0/m-1".into());
    for (version, bytes, action) in [
        (V1_2, "ACK\nid:0/m-1\n\n\0", Action::Ack(id())),
        (V1_2, "NACK\nid:0/m-1\n\n\0", Action::Nack(id())),
        // What another version would say besides is of no account.
        (
            V1_2,
            "ACK\nmessage-id:m-2\nsubscription:1\nid:0/m-1\n\n\0",
            Action::Ack(id()),
        ),
        (
            V1_1,
            "ACK\nmessage-id:m-1\nsubscription:0\nid:x\n\n\0",
            Action::Ack(message(Some("0"))),
        ),
        (
            V1_1,
            "NACK\nsubscription:0\nmessage-id:m-1\n\n\0",
            Action::Nack(message(Some("0"))),
        ),
        (
            V1_0,
            "ACK\nmessage-id:m-1\n\n\0",
            Action::Ack(message(None)),
        ),
        (
            V1_0,
            "ACK\nmessage-id:m-1\nsubscription:0\n\n\0",
            Action::Ack(message(Some("0"))),
        ),
    ] {
        let expected = ServerEvent::Action {
            action,
            receipt: None,
        };
        assert_eq!(
            say(version, bytes.as_bytes()).events,
            [expected],
            "{bytes:?}"
        );
    }
}

#[test]
fn an_ack_that_names_no_message_is_an_error() {
    for (version, command, headers, header) in [
        (V1_2, Command::Ack, "message-id:1\nsubscription:0\n", "id"),
        (V1_2, Command::Nack, "", "id"),
        (V1_2, Command::Ack, "id:\n", "id"),
        (V1_1, Command::Ack, "id:1\nsubscription:0\n", "message-id"),
        (V1_1, Command::Nack, "message-id:1\n", "subscription"),
        (V1_0, Command::Ack, "id:1\n", "message-id"),
    ] {
        let bytes = format!("{command}\nreceipt:7\n{headers}\n\0");
        let done = say(version, bytes.as_bytes());
        is_error(&done, &ProtocolError::MissingHeader { command, header });
    }
}

/// NACK came with 1.1.
#[test]
fn version_1_0_has_no_nack() {
    let done = say(V1_0, b"NACK\nmessage-id:1\nreceipt:7\n\n\0");
    assert_eq!(
        done.text(),
        "ERROR\nmessage:there is no NACK in STOMP 1.0\nreceipt-id:7\ncontent-type:text/plain\nx-code:frame_invalid\n\
         content-length:45\n\nOffer 1.1 or 1.2 in accept-version to use it.\0"
    );
    let fault = ProtocolError::NotInVersion {
        command: Command::Nack,
        version: V1_0,
    };
    is_error(&done, &fault);
    let held = b"BEGIN\ntransaction:t\n\n\0NACK\nmessage-id:1\ntransaction:t\nreceipt:7\n\n\0";
    is_error(&say(V1_0, held), &fault);
}

/// STOMP 1.2, SUBSCRIBE ack Header.
#[test]
fn the_ack_mode_is_auto_unless_the_header_says_otherwise() {
    let mode = |version: Version, header: &str| {
        let bytes = format!("SUBSCRIBE\nid:0\ndestination:/a\n{header}\n\0");
        match &say(version, bytes.as_bytes()).events[..] {
            [ServerEvent::Subscribe { ack, .. }] => *ack,
            other => panic!("not a subscription: {other:?}"),
        }
    };
    for version in [V1_0, V1_1, V1_2] {
        assert_eq!(mode(version, ""), AckMode::Auto);
        for ack in [AckMode::Auto, AckMode::Client, AckMode::ClientIndividual] {
            assert_eq!(mode(version, &format!("ack:{}\n", ack.as_str())), ack);
        }
    }
}

fn is_error(done: &Done, fault: &ProtocolError) {
    assert_eq!(done.closed, Some(Closed::Fault(fault.clone())));
    assert!(done.events.is_empty(), "{done:?}");
    assert_eq!(done.sent.len(), 1, "{done:?}");
    assert!(done.text().contains("\nreceipt-id:7\n"), "{}", done.text());
}
