//! Every limit at its edge, over real sockets where bytes matter.

use crate::support::{Client, app, serve, soon};
use bytes::Bytes;
use sockjs::{Closed, Options, Session, frame};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{CloseCode, Data, OpCode},
    },
};

const RAW: &str = "/echo/websocket";

fn small() -> Options {
    Options {
        max_message: 1000,
        ..Options::default()
    }
}

#[tokio::test]
async fn a_message_may_be_as_long_as_the_limit_and_not_one_byte_more() {
    let address = serve(app(small())).await;
    let mut client = Client::connect(address, RAW).await;
    client.send(&"x".repeat(1000)).await;
    assert_eq!(client.text().await.len(), 1000);
    client.send(&"x".repeat(1001)).await;
    let close = client.closed().await;
    assert_eq!(close.code, CloseCode::Size);
    assert_eq!(close.reason.as_str(), "Message too big.");
}

#[tokio::test]
async fn the_default_limit_takes_the_largest_piece_an_old_stomp_client_sends() {
    let address = serve(app(Options::default())).await;
    let mut client = Client::connect(address, "/echo/1/2/websocket").await;
    assert_eq!(client.text().await, "o");
    // 16 Ki UTF-16 units, every one escaped.
    let text = format!("[\"{}\"]", "\\u200d".repeat(16 * 1024));
    client.send(&text).await;
    assert_eq!(client.text().await, format!("a{text}"));
}

#[tokio::test]
async fn a_message_in_pieces_has_the_same_limit() {
    let piece =
        |code, fin| Message::Frame(Frame::message("x".repeat(500), OpCode::Data(code), fin));
    let address = serve(app(small())).await;
    let mut client = Client::connect(address, RAW).await;
    client.send_message(piece(Data::Text, false)).await;
    client.send_message(piece(Data::Continue, true)).await;
    assert_eq!(client.text().await.len(), 1000);
    client.send_message(piece(Data::Text, false)).await;
    client.send_message(piece(Data::Continue, false)).await;
    client.send_message(piece(Data::Continue, true)).await;
    assert_eq!(client.closed().await.code, CloseCode::Size);
}

#[tokio::test]
async fn the_reason_reaches_a_peer_that_goes_on_sending() {
    let options = Options {
        // On a busy machine it takes its time to read all this.
        close_timeout: std::time::Duration::from_secs(15),
        ..small()
    };
    let address = serve(app(options)).await;
    let mut client = Client::connect(address, RAW).await;
    // More than any socket buffer on the way holds: if the server hung up without reading it, the
    // connection would be reset and the reason lost.
    let message = Message::text("x".repeat(32 * 1024 * 1024));
    client.send_message(message).await;
    assert_eq!(client.closed().await.code, CloseCode::Size);
}

#[tokio::test]
async fn an_array_with_too_many_messages_closes_with_1009() {
    let address = serve(app(Options::default())).await;
    let mut client = Client::connect(address, "/echo/1/2/websocket").await;
    assert_eq!(client.text().await, "o");
    let full = frame::client_messages(std::iter::repeat_n("", frame::MAX_MESSAGES));
    client.send(&full).await;
    for _ in 0..frame::MAX_MESSAGES {
        assert_eq!(client.text().await, "a[\"\"]");
    }
    let over = frame::client_messages(std::iter::repeat_n("", frame::MAX_MESSAGES + 1));
    client.send(&over).await;
    assert_eq!(client.closed().await.code, CloseCode::Size);
}

#[tokio::test]
async fn text_that_is_not_utf8_closes_with_1007() {
    let address = serve(app(Options::default())).await;
    for path in [RAW, "/echo/1/2/websocket"] {
        let mut client = Client::connect(address, path).await;
        if path != RAW {
            assert_eq!(client.text().await, "o");
        }
        let frame = Frame::message(&b"[\"\xff\"]"[..], OpCode::Data(Data::Text), true);
        client.send_message(Message::Frame(frame)).await;
        let close = client.closed().await;
        assert_eq!(close.code, CloseCode::Invalid);
        assert_eq!(close.reason.as_str(), "Text is not UTF-8.");
    }
}

#[tokio::test]
async fn a_broken_websocket_closes_with_1002() {
    let (sender, mut ended) = mpsc::unbounded_channel();
    let app = sockjs::router("/x", Options::default(), move |mut session: Session| {
        let sender = sender.clone();
        async move {
            while session.recv().await.is_some() {}
            let _ = sender.send(session.closed());
        }
    });
    let address = serve(app).await;
    let mut client = Client::connect(address, "/x/websocket").await;
    let stray = Frame::message("x", OpCode::Data(Data::Continue), true);
    client.send_message(Message::Frame(stray)).await;
    assert_eq!(client.closed().await.code, CloseCode::Protocol);
    assert_eq!(soon(ended.recv()).await.unwrap(), Some(Closed::Fault));
}

#[tokio::test]
async fn frames_that_are_not_masked_close_with_1002() {
    let address = serve(app(Options::default())).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET {RAW} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\n\
         Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n"
    );
    // The frame comes in one write with the request, before there is an answer.
    let bytes = [request.as_bytes(), b"\x81\x01a"].concat();
    stream.write_all(&bytes).await.unwrap();
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    let text = String::from_utf8_lossy(&answer);
    assert!(text.starts_with("HTTP/1.1 101 "), "{text}");
    assert!(text.contains("HSmrc0sMlYUkAGmm5OPpG2HaGWk="), "{text}");
    let close = b"\x88\x1b\x03\xeaWebSocket protocol error.";
    assert!(answer.ends_with(close), "{text}");
}

#[tokio::test]
async fn a_peer_that_takes_nothing_is_closed_and_only_its_handler_waits() {
    let options = Options {
        send_timeout: std::time::Duration::from_millis(300),
        ..Options::default()
    };
    let (sender, mut ended) = mpsc::unbounded_channel();
    let app = sockjs::router("/flood", options, move |mut session: Session| {
        let sender = sender.clone();
        async move {
            let message = Bytes::from(vec![b'x'; 64 * 1024]);
            let mut sent = 0u64;
            while session.send(message.clone()).await.is_ok() {
                sent += 1;
            }
            let _ = sender.send((session.closed(), sent));
        }
    });
    let address = serve(app).await;
    let client = Client::connect(address, "/flood/websocket").await;
    let (why, sent) = soon(ended.recv()).await.unwrap();
    assert_eq!(why, Some(Closed::Slow));
    // What the socket buffers of both ends take is the system's choice; it is not for ever more.
    assert!(
        sent < 1000,
        "{sent} messages of 64 KiB were taken for a peer that reads nothing"
    );
    drop(client);
}

#[tokio::test]
async fn a_peer_that_is_not_heard_is_held_back_and_loses_nothing() {
    let options = Options {
        inbox: 1024,
        ..Options::default()
    };
    let (open, gate) = tokio::sync::watch::channel(false);
    let (sender, mut received) = mpsc::unbounded_channel();
    let app = sockjs::router("/late", options, move |mut session: Session| {
        let (sender, mut gate) = (sender.clone(), gate.clone());
        async move {
            gate.wait_for(|open| *open).await.unwrap();
            while let Some(message) = session.recv().await {
                let _ = sender.send(message);
            }
        }
    });
    let address = serve(app).await;
    let mut client = Client::connect(address, "/late/websocket").await;
    // Far more than inbox and socket buffers hold, so the writer gets stuck until the gate opens.
    let writer = tokio::spawn(async move {
        for number in 0..1000 {
            let text = format!("{number:>65000}");
            client.send_message(Message::text(text)).await;
        }
        client
    });
    open.send(true).unwrap();
    for number in 0..1000 {
        let message = soon(received.recv()).await.unwrap();
        assert_eq!(message, format!("{number:>65000}"));
    }
    writer.await.unwrap();
}
