//! What a client says once it is connected, octet by octet, in the form of each version.

use bytes::Bytes;
use stomp::{
    AckMode, AckRequest, Client, ClientEvent, Command, Headers, Output, SendRequest,
    SubscribeRequest, UsageError, Version,
};

use crate::link::{Pair, connecting, ms};

/// A client that a server of this version has let in, and that has been told this message.
fn told(version: Version, message: &str) -> (Client, Headers) {
    let (mut client, now) = connecting();
    client.handle_input(
        format!("CONNECTED\nversion:{version}\n\n\0").as_bytes(),
        now,
    );
    assert!(matches!(
        client.poll(),
        Output::Event(ClientEvent::Connected { .. })
    ));
    client.handle_input(message.as_bytes(), now);
    match client.poll() {
        Output::Event(ClientEvent::Message { headers, .. }) => (client, headers),
        other => panic!("not a message: {other:?}"),
    }
}

fn said(client: &mut Client) -> Bytes {
    match client.poll() {
        Output::Transmit(bytes) => bytes,
        other => panic!("nothing was said: {other:?}"),
    }
}

const MESSAGE: &str =
    "MESSAGE\nsubscription:s:0\nmessage-id:m\\c1\ndestination:/a\nack:t\\c1\n\n\0";

/// STOMP 1.2, ACK and NACK.
#[test]
fn in_1_2_an_ack_repeats_the_ack_of_the_message() {
    let (mut client, headers) = told(Version::V1_2, MESSAGE);
    let request = AckRequest {
        transaction: Some("tx".into()),
        receipt: Some("r".into()),
        headers: [("requeue", "false")].into_iter().collect(),
        ..AckRequest::new(headers.clone())
    };
    assert_eq!(client.ack(AckRequest::new(headers), ms(0)), Ok(()));
    assert_eq!(said(&mut client), "ACK\nid:t\\c1\n\n\0");
    assert_eq!(client.nack(request, ms(0)), Ok(()));
    assert_eq!(
        said(&mut client),
        "NACK\nid:t\\c1\ntransaction:tx\nreceipt:r\nrequeue:false\n\n\0"
    );
}

/// STOMP 1.1, ACK and NACK.
#[test]
fn in_1_1_an_ack_repeats_message_id_and_subscription() {
    let (mut client, headers) = told(Version::V1_1, MESSAGE);
    assert_eq!(client.ack(AckRequest::new(headers.clone()), ms(0)), Ok(()));
    assert_eq!(
        said(&mut client),
        "ACK\nmessage-id:m\\c1\nsubscription:s\\c0\n\n\0"
    );
    assert_eq!(client.nack(AckRequest::new(headers), ms(0)), Ok(()));
    assert_eq!(
        said(&mut client),
        "NACK\nmessage-id:m\\c1\nsubscription:s\\c0\n\n\0"
    );
}

/// STOMP 1.0, ACK. There is no NACK, and the session goes on without it.
#[test]
fn in_1_0_an_ack_repeats_message_id_and_there_is_no_nack() {
    let (mut client, headers) = told(
        Version::V1_0,
        "MESSAGE\nmessage-id: 1\ndestination: /a\n\n\0",
    );
    assert_eq!(
        client.nack(AckRequest::new(headers.clone()), ms(0)),
        Err(UsageError::NotInVersion {
            command: Command::Nack,
            version: Version::V1_0,
        })
    );
    assert_eq!(client.poll(), Output::Wait(None));
    assert_eq!(client.ack(AckRequest::new(headers), ms(0)), Ok(()));
    assert_eq!(said(&mut client), "ACK\nmessage-id:1\n\n\0");
}

#[test]
fn what_asks_for_no_ack_gets_none() {
    let message = "MESSAGE\nsubscription:0\nmessage-id:1\ndestination:/a\n\n\0";
    let (mut client, headers) = told(Version::V1_2, message);
    assert_eq!(
        client.ack(AckRequest::new(headers), ms(0)),
        Err(UsageError::NothingToAck)
    );
    let (mut old, _) = told(Version::V1_1, message);
    assert_eq!(
        old.nack(AckRequest::default(), ms(0)),
        Err(UsageError::NothingToAck)
    );
    assert_eq!(client.poll(), Output::Wait(None));
}

/// STOMP 1.2, BEGIN, COMMIT, ABORT.
#[test]
fn a_transaction_is_spelled_like_this() {
    let (mut client, headers) = told(Version::V1_2, MESSAGE);
    let now = ms(0);
    let send = SendRequest {
        transaction: Some("a:b".into()),
        receipt: Some("r-1".into()),
        headers: [("transaction", "not this one")].into_iter().collect(),
        ..SendRequest::new("/a", "x")
    };
    let ack = AckRequest {
        transaction: Some("a:b".into()),
        ..AckRequest::new(headers)
    };
    client
        .begin("a:b".into(), None, now)
        .expect("it is connected");
    client.send(send, now).expect("it is connected");
    client.ack(ack, now).expect("it is connected");
    client
        .commit("a:b".into(), Some("r-2".into()), now)
        .expect("it is connected");
    client
        .abort("c".into(), Some("r-3".into()), now)
        .expect("it is connected");
    let said: Vec<Bytes> = (0..5).map(|_| said(&mut client)).collect();
    assert_eq!(
        said,
        [
            "BEGIN\ntransaction:a\\cb\n\n\0",
            "SEND\ndestination:/a\ntransaction:a\\cb\nreceipt:r-1\ntransaction:not this one\n\
             content-length:1\n\nx\0",
            "ACK\nid:t\\c1\ntransaction:a\\cb\n\n\0",
            "COMMIT\ntransaction:a\\cb\nreceipt:r-2\n\n\0",
            "ABORT\ntransaction:c\nreceipt:r-3\n\n\0",
        ]
    );
}

/// STOMP 1.2, SUBSCRIBE ack Header, SEND.
#[test]
fn a_subscription_and_a_message_are_spelled_like_this() {
    let (mut client, _) = told(Version::V1_2, MESSAGE);
    let subscribe = SubscribeRequest {
        ack: AckMode::ClientIndividual,
        headers: [("id", "not this one"), ("x-since", "41")]
            .into_iter()
            .collect(),
        ..SubscribeRequest::new("0", "/a")
    };
    let send = SendRequest {
        headers: [("content-type", "text/plain")].into_iter().collect(),
        ..SendRequest::new("/a", "\0")
    };
    client.subscribe(subscribe, ms(0)).expect("it is connected");
    client.send(send, ms(0)).expect("it is connected");
    assert_eq!(
        said(&mut client),
        "SUBSCRIBE\nid:0\ndestination:/a\nack:client-individual\nid:not this one\nx-since:41\n\n\0"
    );
    assert_eq!(
        said(&mut client),
        "SEND\ndestination:/a\ncontent-type:text/plain\ncontent-length:1\n\n\0\0"
    );
}

/// STOMP 1.2, DISCONNECT: after it the client sends nothing more, but still hears.
#[test]
fn nothing_is_said_after_disconnect() {
    let (mut client, headers) = told(Version::V1_2, MESSAGE);
    let now = ms(0);
    assert_eq!(client.disconnect(Some("bye".into()), now), Ok(()));
    assert_eq!(said(&mut client), "DISCONNECT\nreceipt:bye\n\n\0");
    let refused = Err(UsageError::NotConnected);
    assert_eq!(client.send(SendRequest::new("/a", "x"), now), refused);
    assert_eq!(client.subscribe(SubscribeRequest::default(), now), refused);
    assert_eq!(client.unsubscribe("0".into(), None, now), refused);
    assert_eq!(client.ack(AckRequest::new(headers.clone()), now), refused);
    assert_eq!(client.nack(AckRequest::new(headers), now), refused);
    assert_eq!(client.begin("t".into(), None, now), refused);
    assert_eq!(client.commit("t".into(), None, now), refused);
    assert_eq!(client.abort("t".into(), None, now), refused);
    assert_eq!(client.disconnect(None, now), refused);
    assert_eq!(client.poll(), Output::Wait(Some(ms(10_000))));
    client.handle_input(MESSAGE.as_bytes(), now);
    assert!(matches!(
        client.poll(),
        Output::Event(ClientEvent::Message { .. })
    ));
}

/// Both machines together: a message comes back only once its transaction is committed.
#[test]
fn a_transaction_between_two_machines() {
    let mut pair = Pair::connected((0, 0), (0, 0));
    pair.client_events.clear();
    let now = pair.now;
    let send = |body: &'static str| SendRequest {
        transaction: Some("t".into()),
        ..SendRequest::new("/topic/a", body)
    };
    let receipt = |id: &'static str| ClientEvent::Receipt {
        id: id.into(),
        headers: Headers::from_iter([("receipt-id", id)]),
    };
    for (end, heard) in [("abort", vec![]), ("commit", vec!["one", "two"])] {
        let client = &mut pair.client;
        client
            .begin("t".into(), Some("r-1".into()), now)
            .expect("it is connected");
        client.send(send("one"), now).expect("it is connected");
        client.send(send("two"), now).expect("it is connected");
        pair.settle();
        assert_eq!(pair.client_events, [receipt("r-1")]);
        let done = match end {
            "abort" => pair.client.abort("t".into(), Some("r-2".into()), now),
            _ => pair.client.commit("t".into(), Some("r-2".into()), now),
        };
        done.expect("it is connected");
        pair.settle();
        let bodies = pair.client_events.iter().filter_map(|event| match event {
            ClientEvent::Message { body, .. } => std::str::from_utf8(body).ok(),
            _ => None,
        });
        assert_eq!(bodies.collect::<Vec<_>>(), heard);
        assert_eq!(pair.client_events.last(), Some(&receipt("r-2")));
        pair.client_events.clear();
    }
}
