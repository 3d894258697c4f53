//! RECEIPT: for each frame that asks, and for no other.

use stomp::Version::{self, V1_0, V1_1, V1_2};
use stomp::{Closed, Headers, ServerEvent};

use crate::room::Room;
use crate::support::{START, drive, open};

/// STOMP 1.2, Header receipt. Spring answers DISCONNECT alone.
#[test]
fn every_frame_that_asks_gets_its_receipt() {
    for version in [V1_0, V1_1, V1_2] {
        let mut room = Room::new();
        room.hear(format!("CONNECT\naccept-version:{version}\n\n\0"));
        for frame in frames(version) {
            let (head, body) = frame.split_once("\n\n").expect("it has a blank line");
            let asking = format!("{head}\nreceipt:r:1\n\n{body}\0");
            let escaped = if version == V1_0 { "r:1" } else { "r\\c1" };
            assert_eq!(
                room.hear(&asking),
                [format!("RECEIPT\nreceipt-id:{escaped}\n\n\0")],
                "{version}: {asking:?}"
            );
        }
        assert_eq!(room.closed, Some(Closed::Clean));
    }
}

#[test]
fn a_frame_that_does_not_ask_gets_none() {
    for version in [V1_0, V1_1, V1_2] {
        let mut room = Room::new();
        room.hear(format!("CONNECT\naccept-version:{version}\n\n\0"));
        for frame in frames(version) {
            assert!(room.hear(format!("{frame}\0")).is_empty(), "{frame:?}");
        }
        assert_eq!(room.closed, Some(Closed::Clean));
    }
}

/// STOMP 1.2, Header receipt: any frame other than CONNECT, whose receipt is CONNECTED.
#[test]
fn connect_gets_no_receipt() {
    let mut room = Room::new();
    assert_eq!(
        room.hear("CONNECT\naccept-version:1.2\nreceipt:r\n\n\0"),
        ["CONNECTED\nversion:1.2\nheart-beat:10000,10000\n\n\0"]
    );
}

/// STOMP 1.2, RECEIPT: it comes once the frame is processed, so the application says when.
#[test]
fn a_receipt_waits_for_the_application() {
    let mut server = open(V1_2);
    server.handle_input(b"SUBSCRIBE\nid:0\ndestination:/a\nreceipt:r\n\n\0", START);
    let done = drive(&mut server);
    assert!(
        matches!(&done.events[..], [ServerEvent::Subscribe { receipt: Some(id), .. }] if id == "r")
    );
    assert!(done.sent.is_empty());
    let more: Headers = [("x-recovered", "true"), ("receipt-id", "s")]
        .into_iter()
        .collect();
    assert_eq!(server.receipt_with("r".into(), more, START), Ok(()));
    assert_eq!(
        drive(&mut server).sent,
        ["RECEIPT\nreceipt-id:r\nx-recovered:true\nreceipt-id:s\n\n\0"]
    );
}

/// A frame of each kind that a client of this version may send, in an order that works.
fn frames(version: Version) -> Vec<&'static str> {
    let ack = match version {
        V1_2 => "ACK\nid:1\n\n",
        V1_0 | V1_1 => "ACK\nmessage-id:1\nsubscription:0\n\n",
    };
    let nack = match version {
        V1_2 => Some("NACK\nid:1\n\n"),
        V1_1 => Some("NACK\nmessage-id:1\nsubscription:0\n\n"),
        V1_0 => None,
    };
    let mut frames = vec![
        "SUBSCRIBE\nid:0\ndestination:/a\n\n",
        "SEND\ndestination:/b\n\nhello",
        "BEGIN\ntransaction:t\n\n",
        "SEND\ndestination:/b\ntransaction:t\n\nhello",
        "COMMIT\ntransaction:t\n\n",
        "BEGIN\ntransaction:t\n\n",
        "ABORT\ntransaction:t\n\n",
        ack,
        "UNSUBSCRIBE\nid:0\n\n",
    ];
    frames.extend(nack);
    frames.push("DISCONNECT\n\n");
    frames
}
