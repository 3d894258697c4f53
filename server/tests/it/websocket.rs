//! STOMP on WebSockets: subprotocols, how frames and messages meet, and how a connection ends.

use crate::support::{Client, Running, in_time};
use stomp::Command;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

const CONNECT: &str = "CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\0";

#[tokio::test]
async fn the_subprotocols_of_stomp_are_chosen_and_echoed() {
    let server = Running::start().await;
    // `open_at` checks that the first is chosen, and none where none is asked for.
    for protocols in [
        "v12.stomp",
        "v11.stomp",
        "v10.stomp",
        "v12.stomp, v11.stomp, v10.stomp",
        "v12.stomp, something-else",
        "",
    ] {
        for path in ["websocket", "000/a-session/websocket"] {
            Client::open_at(server.address, path, protocols).await;
        }
    }
}

#[tokio::test]
async fn text_and_binary_messages_carry_frames_in_any_number_of_pieces() {
    let server = Running::start().await;
    let mut client = Client::open(server.address).await;
    client.send_message(Message::binary(CONNECT)).await;
    assert_eq!(client.frame().await.command, Command::Connected);
    // Two frames and a half in one message, and the rest byte by byte.
    let send = |receipt: u8| format!("SEND\ndestination:/topic/x\nreceipt:{receipt}\n\nhi\0");
    let all = [send(1), send(2), send(3)].concat();
    let (first, rest) = all.split_at(all.len() - 20);
    client.send(first).await;
    for byte in rest.bytes() {
        client.send_message(Message::binary(vec![byte])).await;
    }
    for receipt in ["1", "2", "3"] {
        client.receipt(receipt).await;
    }
}

#[tokio::test]
async fn a_character_may_be_cut_between_binary_messages() {
    let server = Running::start().await;
    let mut client = server.client().await;
    client.follow("lobby", "").await;
    let body = r#"{"type":"TALK","roomId":"lobby","sender":"철수","message":"안녕"}"#;
    let frame = format!("SEND\ndestination:/app/chat/message\n\n{body}\0");
    for piece in frame.as_bytes().chunks(1) {
        client.send_message(Message::binary(piece.to_vec())).await;
    }
    assert_eq!(client.lines(1).await, ["1 철수: 안녕"]);
}

#[tokio::test]
async fn what_was_said_before_leaving_is_heard() {
    let server = Running::start().await;
    let mut reader = server.client().await;
    reader.follow("lobby", "").await;
    let mut client = server.client().await;
    client.follow("lobby", "").await;
    for number in 1..=50 {
        let text = number.to_string();
        client
            .send_to_room("TALK", "lobby", "a", &text, "receipt:r\n")
            .await;
    }
    client.send_message(Message::Close(None)).await;
    drop(client);
    let heard = in_time(reader.lines(50)).await;
    assert_eq!(heard.last().unwrap(), "50 a: 50");
}

#[tokio::test]
async fn every_end_has_its_code_and_a_reason() {
    let server = Running::start_with(|config| config.max_waiting = config.max_frame * 2).await;
    let mut ends = Vec::new();

    let mut client = server.client().await;
    client.send("DISCONNECT\n\n\0").await;
    ends.push((1000, client.closed().await));

    let mut client = server.client().await;
    client.send("NONSENSE\n\n\0").await;
    ends.push((1002, client.closed().await));

    let mut client = server.client().await;
    let unmasked = Frame::message(vec![0], OpCode::Data(Data::Reserved(3)), true);
    client.send_message(Message::Frame(unmasked)).await;
    ends.push((1002, client.closed().await));

    let mut client = server.client().await;
    let no_text = Frame::message(vec![0xff], OpCode::Data(Data::Text), true);
    client.send_message(Message::Frame(no_text)).await;
    ends.push((1007, client.closed().await));

    let mut client = server.client().await;
    client
        .send_message(Message::binary(vec![b'x'; 128 * 1024 + 1]))
        .await;
    ends.push((1009, client.closed().await));

    let mut client = server.client().await;
    server.stop().await;
    ends.push((1001, client.closed().await));

    for (expected, (code, reason)) in ends {
        assert_eq!(code, expected, "{reason}");
        assert!(!reason.is_empty(), "{code}");
    }
}

#[tokio::test]
async fn who_is_too_slow_for_a_plain_topic_is_told_so() {
    let server = Running::start_with(|config| config.max_waiting = config.max_frame * 2).await;
    let mut slow = server.client().await;
    slow.send("SUBSCRIBE\nid:s\ndestination:/topic/x\nreceipt:s\n\n\0")
        .await;
    slow.receipt("s").await;
    let mut a = server.client().await;
    let body = "x".repeat(60_000);
    // As much as all buffers between the two hold, and then some.
    for _ in 0..400 {
        a.send(&format!(
            "SEND\ndestination:/topic/x\nreceipt:r\n\n{body}\0"
        ))
        .await;
        a.receipt("r").await;
    }
    let (code, reason) = slow.closed().await;
    assert_eq!(code, 4500);
    assert!(reason.contains("subscription s"), "{reason}");
}

#[tokio::test]
async fn a_ping_is_answered() {
    let server = Running::start().await;
    let mut client = server.client().await;
    client
        .send_message(Message::Ping("are you there?".into()))
        .await;
    assert_eq!(
        client.message().await,
        Message::Pong("are you there?".into())
    );
}

/// Some clients take it for a fault if the server closes while they still say goodbye.
#[tokio::test]
async fn who_disconnects_is_left_to_close() {
    let server = Running::start().await;
    let mut client = server.client().await;
    client.send("DISCONNECT\n\n\0").await;
    for ask in ["still there?", "and now?"] {
        client.send_message(Message::Ping(ask.into())).await;
        assert_eq!(client.message().await, Message::Pong(ask.into()));
    }
    client.send("SEND\ndestination:/topic/x\n\nunheard\0").await;
    client.send_message(Message::Close(None)).await;
    assert_eq!(client.message().await, Message::Close(None));
}

#[tokio::test]
async fn who_is_left_to_close_does_not_hold_up_a_server_that_stops() {
    let server = Running::start().await;
    let mut client = server.client().await;
    client.send("DISCONNECT\nreceipt:r\n\n\0").await;
    client.receipt("r").await;
    server.stop().await;
    assert_eq!(client.close_code().await, 1000);
}

#[tokio::test]
async fn binary_data_does_not_end_the_sessions_of_sockjs_clients() {
    let server = Running::start().await;
    let mut old = Client::open_at(server.address, "000/a/websocket", "").await;
    let quote = |frame: &str| serde_json::to_string(&[frame]).unwrap();
    old.send(&quote(CONNECT)).await;
    old.send(&quote(
        "SUBSCRIBE\nid:s\ndestination:/topic/x\nreceipt:s\n\n\0",
    ))
    .await;
    let text = async |old: &mut Client| old.message().await.into_text().unwrap().to_string();
    assert_eq!(text(&mut old).await, "o");
    assert!(text(&mut old).await.starts_with(r#"a["CONNECTED"#));
    assert!(text(&mut old).await.starts_with(r#"a["RECEIPT"#));

    let mut new = server.client().await;
    let binary = b"SEND\ndestination:/topic/x\ncontent-length:1\n\n\xff\0";
    new.send_message(Message::binary(binary.to_vec())).await;
    new.send("SEND\ndestination:/topic/x\n\nwords\0").await;
    let message = text(&mut old).await;
    assert!(message.contains("words"), "{message}");
}
