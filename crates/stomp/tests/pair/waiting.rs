//! Nobody waits for ever.

use stomp::{Client, ClientOptions, Closed, Output, ProtocolError, Server, ServerOptions};

use crate::link::{Pair, ms};

#[test]
fn a_silent_visitor_is_sent_away() {
    let mut server = Server::new(ServerOptions::default(), ms(500));
    assert_eq!(server.poll(), Output::Wait(Some(ms(10_500))));
    server.handle_input(b"\n\nCONNE", ms(10_000));
    server.handle_timeout(ms(10_499));
    assert_eq!(server.poll(), Output::Wait(Some(ms(10_500))));
    server.handle_timeout(ms(10_500));
    assert!(
        matches!(server.poll(), Output::Transmit(bytes) if bytes.starts_with(b"ERROR\nmessage:the session was not opened within 10000 ms\n"))
    );
    assert_eq!(
        server.poll(),
        Output::Closed(Closed::Fault(ProtocolError::ConnectTimeout(ms(10_000))))
    );
}

#[test]
fn a_client_does_not_wait_for_connected_for_ever() {
    let mut client = Client::new(ClientOptions::default(), ms(0));
    assert!(matches!(client.poll(), Output::Transmit(_)));
    client.handle_timeout(ms(9_999));
    assert_eq!(client.poll(), Output::Wait(Some(ms(10_000))));
    client.handle_timeout(ms(10_000));
    assert_eq!(
        client.poll(),
        Output::Closed(Closed::Fault(ProtocolError::ConnectTimeout(ms(10_000))))
    );
}

#[test]
fn a_client_does_not_wait_for_its_last_receipt_for_ever() {
    let mut pair = Pair::connected((0, 0), (0, 0));
    pair.up = false;
    let now = pair.now;
    pair.client
        .disconnect(Some("bye".into()), now)
        .expect("it is connected");
    pair.settle();
    assert_eq!(pair.client_closed, None);
    assert!(pair.step());
    assert_eq!(
        (pair.now - now, pair.client_closed),
        (ms(10_000), Some(Closed::Clean))
    );
}
