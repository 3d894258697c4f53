//! What the open transactions of one session may be.

use stomp::Version::V1_2;
use stomp::{Closed, Limits, ProtocolError, Server, ServerEvent, ServerOptions};

use crate::support::{Done, START, drive, open_with};

/// What a header counts besides its octets, as the documentation of the limit says.
const HEADER: usize = 64;

fn open(limits: Limits) -> Server {
    let options = ServerOptions {
        limits,
        ..ServerOptions::default()
    };
    open_with(options, V1_2)
}

fn hear(server: &mut Server, bytes: &str) -> Done {
    server.handle_input(bytes.as_bytes(), START);
    drive(server)
}

fn begin(name: impl std::fmt::Display) -> String {
    format!("BEGIN\ntransaction:{name}\nreceipt:7\n\n\0")
}

fn send(name: &str, body: &str) -> String {
    format!("SEND\ndestination:/a\ntransaction:{name}\n\n{body}\0")
}

/// What such a SEND counts.
fn octets_of_send(name: &str, body: &str) -> usize {
    "destination/atransaction".len() + name.len() + 2 * HEADER + body.len()
}

#[test]
fn as_many_transactions_as_the_limit_may_be_open() {
    let mut server = open(Limits::default());
    for name in 0..16 {
        assert_eq!(hear(&mut server, &begin(name)).closed, None);
    }
    // One that has ended makes room.
    hear(
        &mut server,
        "COMMIT\ntransaction:3\n\n\0ABORT\ntransaction:15\n\n\0",
    );
    for name in 16..18 {
        assert_eq!(hear(&mut server, &begin(name)).closed, None);
    }
    let done = hear(&mut server, &begin(18));
    assert_eq!(
        done.text(),
        "ERROR\nmessage:more than 16 transactions at a time\nreceipt-id:7\n\
         content-type:text/plain\nx-code:frame_invalid\ncontent-length:43\n\nSend COMMIT or ABORT before the next BEGIN.\0",
    );
    let fault = ProtocolError::TooManyTransactions(16);
    assert_eq!(done.closed, Some(Closed::Fault(fault)));
}

#[test]
fn a_limit_of_none_allows_none() {
    let mut server = open(Limits {
        transactions: 0,
        ..Limits::default()
    });
    let fault = ProtocolError::TooManyTransactions(0);
    let done = hear(&mut server, &begin("t"));
    assert_eq!(done.closed, Some(Closed::Fault(fault)));
}

#[test]
fn a_transaction_may_have_as_many_frames_as_the_limit() {
    let full = |server: &mut Server, name: &str| {
        hear(server, &begin(name));
        for _ in 0..1_000 {
            let done = hear(server, &format!("ACK\nid:1\ntransaction:{name}\n\n\0"));
            assert_eq!(done.closed, None);
        }
    };
    let mut server = open(Limits::default());
    // Each on its own, and a name that is used again begins anew.
    for name in ["s", "t"] {
        full(&mut server, name);
    }
    let done = hear(&mut server, "COMMIT\ntransaction:t\n\n\0");
    assert!(
        matches!(&done.events[..], [ServerEvent::Commit { actions, .. }] if actions.len() == 1_000)
    );
    full(&mut server, "t");

    let done = hear(&mut server, "ACK\nid:1\ntransaction:t\nreceipt:7\n\n\0");
    assert_eq!(
        done.text(),
        "ERROR\nmessage:the transaction has more than 1000 frames\nreceipt-id:7\n\
         content-type:text/plain\nx-code:frame_invalid\ncontent-length:55\n\n\
         Send COMMIT earlier, and put less into one transaction.\0",
    );
    let fault = ProtocolError::TransactionTooLong(1_000);
    assert_eq!(done.closed, Some(Closed::Fault(fault)));
}

#[test]
fn the_octets_of_all_open_transactions_are_limited_together() {
    let room = 2 + octets_of_send("s", "four") + octets_of_send("t", "four");
    let limits = Limits {
        transaction_bytes: room,
        ..Limits::default()
    };
    let filled = || {
        let mut server = open(limits);
        for frame in [begin("s"), begin("t"), send("s", "four")] {
            hear(&mut server, &frame);
        }
        assert_eq!(server.held(), 2 + octets_of_send("s", "four"));
        server
    };

    let mut server = filled();
    assert_eq!(hear(&mut server, &send("t", "four")).closed, None);
    assert_eq!(server.held(), room);
    // Committed, they are the application's, and there is room again.
    hear(&mut server, "COMMIT\ntransaction:s\n\n\0");
    assert_eq!(server.held(), 1 + octets_of_send("t", "four"));
    assert_eq!(hear(&mut server, &send("t", "four")).closed, None);

    let mut server = filled();
    let done = hear(&mut server, &send("t", "fives"));
    assert_eq!(
        done.closed,
        Some(Closed::Fault(ProtocolError::TransactionsTooLarge(room)))
    );
    assert_eq!(server.held(), 0);
    assert!(
        done.text().starts_with(&format!(
            "ERROR\nmessage:the open transactions hold more than the limit of {room} octets\n"
        )),
        "{}",
        done.text()
    );
}

/// Names are paid for as well, or a name of 10 KiB would be free.
#[test]
fn the_name_of_a_transaction_counts() {
    let limits = Limits {
        transaction_bytes: 9,
        ..Limits::default()
    };
    let mut server = open(limits);
    assert_eq!(hear(&mut server, &begin("123456789")).closed, None);
    assert_eq!(server.held(), 9);
    let done = hear(&mut server, &begin("1"));
    let fault = ProtocolError::TransactionsTooLarge(9);
    assert_eq!(done.closed, Some(Closed::Fault(fault)));
}

/// The default lets a thousand small messages pass, and refuses the seventeenth large one.
#[test]
fn a_mebibyte_is_held_by_default() {
    let large = "x".repeat(64_000);
    let mut server = open(Limits::default());
    hear(&mut server, &begin("t"));
    for _ in 0..16 {
        assert_eq!(hear(&mut server, &send("t", &large)).closed, None);
    }
    let done = hear(&mut server, &send("t", &large));
    let fault = ProtocolError::TransactionsTooLarge(1024 * 1024);
    assert_eq!(done.closed, Some(Closed::Fault(fault)));
}
