//! Whole sessions of the clients that are out there.

use stomp::{Acknowledged, Action, Closed};

use crate::room::Room;

/// stomp-websocket 2.3.3: 1.1, nothing escaped, ACK by two headers, no receipt at the end.
#[test]
fn stomp_websocket_2_3_3() {
    let mut room = Room::new();
    assert_eq!(
        room.hear("CONNECT\naccept-version:1.1,1.0\nheart-beat:10000,10000\n\n\0"),
        ["CONNECTED\nversion:1.1\nheart-beat:10000,10000\n\n\0"]
    );
    assert!(
        room.hear("SUBSCRIBE\nid:sub-0\ndestination:/topic/chat/room/lobby\n\n\0")
            .is_empty()
    );
    let talk = r#"{"type":"TALK","roomId":"lobby","sender":"철수","message":"안녕"}"#;
    assert_eq!(
        room.hear(format!(
            "SEND\ndestination:/topic/chat/room/lobby\ncontent-length:69\n\n{talk}\0"
        )),
        [format!(
            "MESSAGE\ndestination:/topic/chat/room/lobby\nsubscription:sub-0\nmessage-id:m-1\n\
             content-length:69\n\n{talk}\0"
        )]
    );
    // A beat of its own is no frame and gets no answer.
    assert!(room.hear("\n").is_empty());

    room.hear("SUBSCRIBE\nack:client\nid:sub-1\ndestination:/queue/a\n\n\0");
    room.hear("BEGIN\ntransaction:tx-1\n\n\0");
    let send = "SEND\ntransaction:tx-1\ndestination:/queue/a\ncontent-length:2\n\nhi\0";
    assert!(room.hear(send).is_empty());
    assert_eq!(
        room.hear("COMMIT\ntransaction:tx-1\n\n\0"),
        [
            "MESSAGE\ndestination:/queue/a\nsubscription:sub-1\nmessage-id:m-2\n\
          ack:sub-1/m-2\ncontent-length:2\n\nhi\0"
        ]
    );
    assert!(
        room.hear("ACK\nmessage-id:m-2\nsubscription:sub-1\n\n\0")
            .is_empty()
    );
    assert_eq!(
        room.settled,
        [Action::Ack(Acknowledged::Message {
            message_id: "m-2".into(),
            subscription: Some("sub-1".into()),
        })]
    );
    assert!(room.hear("UNSUBSCRIBE\nid:sub-0\n\n\0").is_empty());
    assert!(room.hear("DISCONNECT\n\n\0").is_empty());
    assert_eq!(room.closed, Some(Closed::Clean));
}

/// stompjs 7: 1.2, escaped, ACK by one header, and a DISCONNECT that waits for its receipt.
#[test]
fn stompjs_7() {
    let mut room = Room::new();
    assert_eq!(
        room.hear("CONNECT\naccept-version:1.2,1.1,1.0\nheart-beat:10000,10000\n\n\0"),
        ["CONNECTED\nversion:1.2\nheart-beat:10000,10000\n\n\0"]
    );
    assert_eq!(
        room.hear(
            "SUBSCRIBE\nreceipt:r-1\nack:client-individual\nid:sub-0\ndestination:/queue/a\\cb\n\n\0\n"
        ),
        ["RECEIPT\nreceipt-id:r-1\n\n\0"]
    );
    assert_eq!(
        room.hear(
            "SEND\ndestination:/queue/a\\cb\nreceipt:r-2\ncontent-type:text/plain\n\
             note:x\\ny\ncontent-length:5\n\nhello\0"
        ),
        [
            "MESSAGE\ndestination:/queue/a\\cb\ncontent-type:text/plain\nsubscription:sub-0\n\
             message-id:m-1\nnote:x\\ny\nack:sub-0/m-1\ncontent-length:5\n\nhello\0",
            "RECEIPT\nreceipt-id:r-2\n\n\0"
        ]
    );
    assert!(room.hear("NACK\nid:sub-0/m-1\n\n\0").is_empty());
    assert_eq!(
        room.settled,
        [Action::Nack(Acknowledged::Id("sub-0/m-1".into()))]
    );
    room.hear("BEGIN\ntransaction:tx-0\n\n\0");
    room.hear("SEND\ndestination:/queue/a\\cb\ntransaction:tx-0\ncontent-length:1\n\nx\0");
    assert!(room.hear("ABORT\ntransaction:tx-0\n\n\0").is_empty());
    assert!(room.hear("UNSUBSCRIBE\nid:sub-0\n\n\0").is_empty());
    assert_eq!(
        room.hear("DISCONNECT\nreceipt:close-1\n\n\0"),
        ["RECEIPT\nreceipt-id:close-1\n\n\0"]
    );
    assert_eq!(room.closed, Some(Closed::Clean));
}

/// A client of 1.0: no version, no ids, headers padded, a line ending in each empty body.
#[test]
fn a_1_0_client() {
    let mut room = Room::new();
    assert_eq!(
        room.hear("CONNECT\nlogin: joe\npasscode: secret\n\n\n\0\n"),
        ["CONNECTED\nversion:1.0\nheart-beat:10000,10000\n\n\0"]
    );
    assert!(
        room.hear("SUBSCRIBE\ndestination: /queue/a\nack: client\n\n\n\0\n")
            .is_empty()
    );
    // A backslash is a backslash.
    assert_eq!(
        room.hear("SEND\ndestination: /queue/a\nreceipt: r\\c\nnote: a:b\\n\n\nhello\0\n"),
        [
            "MESSAGE\ndestination:/queue/a\nsubscription:/queue/a\nmessage-id:m-1\nnote:a:b\\n\n\
             ack:/queue/a/m-1\ncontent-length:5\n\nhello\0",
            "RECEIPT\nreceipt-id:r\\c\n\n\0"
        ]
    );
    assert!(room.hear("ACK\nmessage-id: m-1\n\n\n\0\n").is_empty());
    assert_eq!(
        room.settled,
        [Action::Ack(Acknowledged::Message {
            message_id: "m-1".into(),
            subscription: None,
        })]
    );
    assert!(
        room.hear("UNSUBSCRIBE\ndestination: /queue/a\n\n\n\0\n")
            .is_empty()
    );
    assert!(
        room.hear("SEND\ndestination: /queue/a\n\nnobody listens\0\n")
            .is_empty()
    );
    assert!(room.hear("DISCONNECT\n\n\n\0\n").is_empty());
    assert_eq!(room.closed, Some(Closed::Clean));
}

/// stompjs 7 may cut a frame over several WebSocket messages, and others join frames in one.
#[test]
fn frames_may_be_cut_and_joined() {
    let mut room = Room::new();
    assert!(room.hear("CONNECT\naccept-ver").is_empty());
    let connected = room.hear("sion:1.2\n\n\0\n\nSUBSCRIBE\nid:0\ndestination:/a\n\n\0SEND\n");
    assert_eq!(
        connected,
        ["CONNECTED\nversion:1.2\nheart-beat:10000,10000\n\n\0"]
    );
    let korean = "안녕".as_bytes();
    assert!(
        room.hear([b"destination:/a\ncontent-length:6\n\n", &korean[..2]].concat())
            .is_empty()
    );
    assert_eq!(
        room.hear([&korean[2..], b"\0DISCONNECT\nreceipt:bye\n\n\0"].concat()),
        [
            "MESSAGE\ndestination:/a\nsubscription:0\nmessage-id:m-1\ncontent-length:6\n\n안녕\0",
            "RECEIPT\nreceipt-id:bye\n\n\0"
        ]
    );
}

/// A body is octets: NUL passes if `content-length` covers it, and comes out with its length.
#[test]
fn a_body_may_hold_nul() {
    let mut room = Room::new();
    room.hear("CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:0\ndestination:/a\n\n\0");
    assert_eq!(
        room.hear(b"SEND\ndestination:/a\ncontent-length:4\n\n\0\xff\0\0\0"),
        [
            &b"MESSAGE\ndestination:/a\nsubscription:0\nmessage-id:m-1\ncontent-length:4\n\n\
               \0\xff\0\0\0"[..]
        ]
    );
    assert_eq!(
        room.hear("SEND\ndestination:/a\n\n\0"),
        ["MESSAGE\ndestination:/a\nsubscription:0\nmessage-id:m-2\ncontent-length:0\n\n\0"]
    );
}

/// Of repeated headers the first is what is meant, and the others travel on behind it.
#[test]
fn the_first_of_repeated_headers_is_meant() {
    let mut room = Room::new();
    room.hear("CONNECT\naccept-version:1.2\naccept-version:1.0\n\n\0");
    room.hear("SUBSCRIBE\nid:0\nid:1\ndestination:/a\ndestination:/b\nack:auto\nack:client\n\n\0");
    assert_eq!(
        room.hear(
            "SEND\ndestination:/a\ndestination:/b\nfoo:World\nfoo:Hello\nreceipt:r\nreceipt:s\n\n\0"
        ),
        [
            "MESSAGE\ndestination:/a\nsubscription:0\nmessage-id:m-1\nfoo:World\nfoo:Hello\n\
             content-length:0\n\n\0",
            "RECEIPT\nreceipt-id:r\n\n\0"
        ]
    );
}
