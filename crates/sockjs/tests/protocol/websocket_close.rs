//! How WebSocket sessions end, over real sockets.

use bytes::Bytes;
use sockjs::{Closed, Options, SendError, Session};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use crate::support::{Client, app, serve, soon};

const ECHO: &str = "/echo/000/abc/websocket";
const RAW: &str = "/echo/websocket";

#[tokio::test]
async fn a_binary_message_closes_with_1003() {
    let address = serve(app(Options::default())).await;
    for bytes in [&b"[\"a\"]"[..], b"\xff", b""] {
        let mut client = Client::connect(address, ECHO).await;
        assert_eq!(client.text().await, "o");
        client.send_message(Message::binary(bytes)).await;
        let close = client.closed().await;
        assert_eq!(close.code, CloseCode::Unsupported);
        assert_eq!(
            close.reason.as_str(),
            "SockJS takes text messages only. For binary use the raw WebSocket."
        );
    }
}

#[tokio::test]
async fn a_handler_closes_with_the_code_and_the_reason_it_likes() {
    for code in [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 3000, 4500, 4999,
    ] {
        let router = sockjs::router(
            "/x",
            Options::default(),
            move |session: Session| async move {
                session.close(code, "because").await;
            },
        );
        let address = serve(router).await;
        let mut client = Client::connect(address, "/x/1/2/websocket").await;
        assert_eq!(client.text().await, "o");
        assert_eq!(client.text().await, format!(r#"c[{code},"because"]"#));
        let close = client.closed().await;
        assert_eq!(
            (u16::from(close.code), close.reason.as_str()),
            (code, "because")
        );
        let close = Client::connect(address, "/x/websocket")
            .await
            .closed()
            .await;
        assert_eq!(
            (u16::from(close.code), close.reason.as_str()),
            (code, "because")
        );
    }
}

#[tokio::test]
async fn a_reason_is_cut_between_characters_at_123_bytes() {
    for (reason, kept) in [
        ("x".repeat(123), 123),
        ("x".repeat(124), 123),
        (format!("x{}", "한".repeat(41)), 121),
    ] {
        let cut = reason[..kept].to_owned();
        let router = sockjs::router("/x", Options::default(), move |session: Session| {
            let reason = reason.clone();
            async move { session.close(3000, &reason).await }
        });
        let address = serve(router).await;
        let mut client = Client::connect(address, "/x/1/2/websocket").await;
        assert_eq!(client.text().await, "o");
        assert_eq!(client.text().await, format!(r#"c[3000,"{cut}"]"#));
        assert_eq!(client.closed().await.reason.as_str(), cut);
    }
}

#[tokio::test]
async fn a_handler_that_returns_closes_with_1000() {
    let address = serve(sockjs::router("/x", Options::default(), |_| async {})).await;
    let mut client = Client::connect(address, "/x/1/2/websocket").await;
    assert_eq!(client.text().await, "o");
    assert_eq!(client.text().await, r#"c[1000,""]"#);
    assert_eq!(client.closed().await.code, CloseCode::Normal);
}

#[tokio::test]
async fn the_handler_learns_that_the_peer_left_and_how() {
    let (sender, mut ended) = mpsc::unbounded_channel();
    let app = sockjs::router("/echo", Options::default(), move |mut session: Session| {
        let sender = sender.clone();
        async move {
            while session.recv().await.is_some() {}
            let after = session.send(Bytes::from_static(b"late")).await;
            let _ = sender.send((session.closed(), after));
        }
    });
    let address = serve(app).await;
    let gone = (Some(Closed::Peer), Err(SendError::Closed(Closed::Peer)));

    let mut polite = Client::connect(address, ECHO).await;
    let frame = CloseFrame {
        code: CloseCode::Away,
        reason: "bye".into(),
    };
    soon(polite.socket.close(Some(frame.clone())))
        .await
        .unwrap();
    assert_eq!(polite.text().await, "o");
    assert_eq!(polite.closed().await, frame, "the close is answered");
    assert_eq!(soon(ended.recv()).await.unwrap(), gone);

    drop(Client::connect(address, ECHO).await);
    assert_eq!(soon(ended.recv()).await.unwrap(), gone);
}

#[tokio::test]
async fn what_came_before_the_end_is_still_received() {
    let (sender, mut received) = mpsc::unbounded_channel();
    let (left, gate) = tokio::sync::watch::channel(false);
    let app = sockjs::router("/echo", Options::default(), move |mut session: Session| {
        let (sender, mut gate) = (sender.clone(), gate.clone());
        async move {
            gate.wait_for(|left| *left).await.unwrap();
            while let Some(message) = session.recv().await {
                let _ = sender.send(message);
            }
        }
    });
    let address = serve(app).await;
    let mut client = Client::connect(address, RAW).await;
    client.send("one").await;
    client.send("two").await;
    soon(client.socket.close(None)).await.unwrap();
    left.send(true).unwrap();
    assert_eq!(soon(received.recv()).await.unwrap(), "one");
    assert_eq!(soon(received.recv()).await.unwrap(), "two");
}

#[tokio::test]
async fn a_handler_that_panics_takes_only_its_own_connection_down() {
    let app = sockjs::router(
        "/panic",
        Options::default(),
        |mut session: Session| async move {
            if session.recv().await.is_some_and(|message| message == "now") {
                panic!("as the test asked");
            }
        },
    );
    let address = serve(app).await;
    let mut other = Client::connect(address, "/panic/websocket").await;
    let mut client = Client::connect(address, "/panic/websocket").await;
    client.send("now").await;
    let close = client.closed().await;
    assert_eq!(close.code, CloseCode::Error);
    assert_eq!(close.reason.as_str(), "Internal error");
    other.send("fine").await;
    assert_eq!(other.closed().await.code, CloseCode::Normal);
}
