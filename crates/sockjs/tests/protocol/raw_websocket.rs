//! `RawWebsocket`, over real sockets.

use sockjs::Options;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Client, app, serve};

const RAW: &str = "/echo/websocket";

#[tokio::test]
async fn test_transport() {
    let address = serve(app(Options::default())).await;
    let mut client = Client::connect(address, RAW).await;
    for text in ["a", "[\"a", "\n", "", "한국어😀", "Hello world!\u{ffff}"] {
        client.send(text).await;
        assert_eq!(client.text().await, text);
    }
    client.send_message(Message::binary(&b"\xff\0"[..])).await;
    match client.next().await {
        Some(Ok(Message::Binary(bytes))) => assert_eq!(&bytes[..], b"\xff\0"),
        other => panic!("expected bytes, got {other:?}"),
    }
}

#[tokio::test]
async fn test_close() {
    let address = serve(app(Options::default())).await;
    let mut client = Client::connect(address, "/close/websocket").await;
    let close = client.closed().await;
    assert_eq!(u16::from(close.code), 3000);
    assert_eq!(close.reason.as_str(), "Go away!");
}
