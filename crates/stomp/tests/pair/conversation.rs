//! What is said in good order.

use stomp::{
    Client, ClientEvent, ClientOptions, Closed, Headers, Output, SendRequest, ServerEvent,
    SubscribeRequest, UsageError, Version,
};

use crate::link::{Pair, connecting, ms};

#[test]
fn a_conversation() {
    let mut pair = Pair::connected((0, 0), (0, 0));
    let [
        ClientEvent::Connected {
            version: Version::V1_2,
            headers,
        },
    ] = &pair.client_events[..]
    else {
        panic!("{:?}", pair.client_events);
    };
    assert_eq!(headers.get("heart-beat"), Some("0,0"));
    pair.client_events.clear();

    let now = pair.now;
    let mut subscribe = SubscribeRequest::new("sub:0", "/topic/a");
    subscribe.headers.push("x-since", "41");
    subscribe.receipt = Some("r-1".into());
    pair.client
        .subscribe(subscribe, now)
        .expect("it is connected");
    let mut send = SendRequest::new("/topic/a", "nul \0 and 안녕");
    send.receipt = Some("r-2".into());
    pair.client.send(send, now).expect("it is connected");
    pair.client
        .unsubscribe("sub:0".into(), Some("r-3".into()), now)
        .expect("it is connected");
    pair.client
        .disconnect(Some("bye".into()), now)
        .expect("it is connected");
    pair.settle();

    assert!(matches!(&pair.server_events[1..], [
        ServerEvent::Subscribe { id, headers, .. },
        ServerEvent::Action { .. },
        ServerEvent::Unsubscribe { id: ended, .. },
        ServerEvent::Disconnect,
    ] if id == "sub:0" && ended == "sub:0" && headers.get("x-since") == Some("41")));
    let receipt = |id: &'static str| ClientEvent::Receipt {
        id: id.into(),
        headers: Headers::from_iter([("receipt-id", id)]),
    };
    let [
        first,
        ClientEvent::Message {
            subscription,
            destination,
            message_id,
            body,
            ..
        },
        second,
        third,
    ] = &pair.client_events[..]
    else {
        panic!("{:?}", pair.client_events);
    };
    assert_eq!(
        [first, second, third],
        [&receipt("r-1"), &receipt("r-2"), &receipt("r-3")]
    );
    assert_eq!(
        (
            subscription.as_str(),
            destination.as_str(),
            message_id.as_str()
        ),
        ("sub:0", "/topic/a", "m-1")
    );
    assert_eq!(body, "nul \0 and 안녕");
    assert_eq!(pair.client_closed, Some(Closed::Clean));
    assert_eq!(pair.server_closed, Some(Closed::Clean));
}

#[test]
fn a_client_connects_with_these_octets() {
    let options = ClientOptions {
        host: Some("example.org".into()),
        headers: [("login", "joe"), ("heart-beat", "1,1")]
            .into_iter()
            .collect(),
        ..ClientOptions::default()
    };
    let mut client = Client::new(options, ms(0));
    let expected = "CONNECT\naccept-version:1.2,1.1,1.0\nheart-beat:0,10000\nhost:example.org\n\
                    login:joe\nheart-beat:1,1\n\n\0";
    assert_eq!(client.poll(), Output::Transmit(expected.into()));
    assert_eq!(client.poll(), Output::Wait(Some(ms(10_000))));
    assert_eq!(
        client.send(SendRequest::new("/a", "x"), ms(0)),
        Err(UsageError::NotConnected)
    );
}

/// An old server: no version, no heart-beat, no escapes, no subscription.
#[test]
fn a_1_0_server_is_understood() {
    let (mut client, now) = connecting();
    client.handle_input(
        b"CONNECTED\nsession:7\n\n\0\nMESSAGE\ndestination:/a\nmessage-id:1\\c\n\nx\0\n",
        now,
    );
    assert!(matches!(
        client.poll(),
        Output::Event(ClientEvent::Connected {
            version: Version::V1_0,
            ..
        })
    ));
    let Output::Event(ClientEvent::Message {
        subscription,
        message_id,
        ..
    }) = client.poll()
    else {
        panic!("the MESSAGE is an event");
    };
    assert_eq!((subscription.as_str(), message_id.as_str()), ("/a", "1\\c"));
    assert_eq!(client.poll(), Output::Wait(None));
}
