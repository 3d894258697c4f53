//! A client and a server that may say anything.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use stomp::{
    AckRequest, Client, ClientEvent, ClientOptions, Closed, Headers, Limits, Output, SendRequest,
};

use crate::support::START;

#[derive(Clone, Debug)]
enum Operation {
    Input(Vec<u8>),
    Wait(Duration),
    Send,
    Ack,
    Nack,
    Transaction,
    Disconnect,
}

fn operation() -> impl Strategy<Value = Operation> {
    let piece = select(vec![
        "CONNECTED\nversion:1.2\nheart-beat:1000,1000\n\n\0",
        "CONNECTED\n\n\0",
        "MESSAGE\nsubscription:0\nmessage-id:1\ndestination:/a\nack:x\n\nhello\0",
        "RECEIPT\nreceipt-id:bye\n\n\0",
        "ERROR\nmessage:no\n\n\0",
        "\n",
        "\r\n",
        "\0",
        "MESSAGE\n",
        "content-length:3\n",
        "a:\\c\n",
    ]);
    prop_oneof![
        6 => vec(piece, 0..4).prop_map(|pieces| Operation::Input(pieces.concat().into_bytes())),
        1 => vec(any::<u8>(), 0..8).prop_map(Operation::Input),
        2 => (0..20_000_u64).prop_map(|time| Operation::Wait(Duration::from_millis(time))),
        2 => Just(Operation::Send),
        1 => Just(Operation::Ack),
        1 => Just(Operation::Nack),
        1 => Just(Operation::Transaction),
        1 => Just(Operation::Disconnect),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// It never panics; it says nothing and hears nothing after the end, which it does not take
    /// back; and a command that it takes is one transmission, one that it refuses is none.
    #[test]
    fn a_client_survives_everything(operations in vec(operation(), 0..25)) {
        let mut now = START;
        let limits = Limits { frame: 200, ..Limits::default() };
        let options = ClientOptions { limits, heartbeat: (1_000, 1_000), ..ClientOptions::default() };
        let mut client = Client::new(options, now);
        let mut closed: Option<Closed> = None;
        let mut message = Headers::new();
        let _ = drive(&mut client, &mut closed, &mut message);
        for operation in operations {
            let commanded = match operation {
                Operation::Input(octets) => {
                    client.handle_input(&octets, now);
                    None
                }
                Operation::Wait(time) => {
                    now += time;
                    client.handle_timeout(now);
                    None
                }
                Operation::Send => Some(client.send(SendRequest::new("/a", "x"), now)),
                Operation::Ack => Some(client.ack(AckRequest::new(message.clone()), now)),
                Operation::Nack => Some(client.nack(AckRequest::new(message.clone()), now)),
                Operation::Transaction => Some(client.begin("t".into(), None, now)),
                Operation::Disconnect => Some(client.disconnect(Some("bye".into()), now)),
            };
            let was_closed = closed.is_some();
            let sent = drive(&mut client, &mut closed, &mut message);
            if was_closed {
                prop_assert_eq!(sent, 0);
            }
            match commanded {
                Some(Ok(())) => prop_assert_eq!(sent, 1),
                Some(Err(_)) => prop_assert_eq!(sent, 0),
                None => prop_assert!(sent <= 1, "a beat at most"),
            }
        }
    }
}

/// Polls until there is nothing to do, and counts what is transmitted.
fn drive(client: &mut Client, closed: &mut Option<Closed>, message: &mut Headers) -> usize {
    let mut sent = 0;
    loop {
        match client.poll() {
            Output::Transmit(_) => sent += 1,
            Output::Event(event) => {
                assert_eq!(*closed, None, "nothing follows the end");
                if let ClientEvent::Message { headers, .. } = event {
                    *message = headers;
                }
            }
            Output::Wait(_) => {
                assert_eq!(*closed, None, "the end is final");
                return sent;
            }
            Output::Closed(end) => {
                assert!(closed.as_ref().is_none_or(|before| *before == end));
                *closed = Some(end);
                return sent;
            }
        }
    }
}
