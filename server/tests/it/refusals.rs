//! What is wrong is said in one ERROR, the session ends with 1002, and nobody else notices.

use crate::support::{Client, Running, http};
use chat::{RoomName, Text};

/// A frame that must be refused, and what its ERROR must say.
struct Wrong {
    frame: String,
    says: &'static str,
    code: Option<&'static str>,
}

fn wrong(frame: impl Into<String>, says: &'static str) -> Wrong {
    Wrong {
        frame: frame.into(),
        says,
        code: None,
    }
}

fn refused(body: &str, says: &'static str, code: &'static str) -> Wrong {
    let frame = format!("SEND\ndestination:/app/chat/message\nreceipt:r-1\n\n{body}\0");
    Wrong {
        frame,
        says,
        code: Some(code),
    }
}

#[tokio::test]
async fn every_wrong_frame_is_answered_with_what_was_wrong() {
    let server = Running::start().await;
    let mut other = server.client().await;
    other.follow("lobby", "").await;

    let long_text = "x".repeat(Text::MAX_CHARS + 1);
    let talk = |text: &str| {
        format!(r#"{{"type":"TALK","roomId":"lobby","sender":"a","message":"{text}"}}"#)
    };
    for Wrong { frame, says, code } in [
        wrong("NONSENSE\n\n\0", "NONSENSE"),
        Wrong {
            code: Some("frame_invalid"),
            ..wrong("COMMIT\ntransaction:t\nreceipt:r-1\n\n\0", "not open")
        },
        wrong("SEND\nno colon here\n\n\0", "no colon here"),
        wrong("SEND\nreceipt:r-1\n\nhi\0", "destination"),
        wrong(
            "SEND\ndestination:/nowhere/x\nreceipt:r-1\n\nhi\0",
            "destination",
        ),
        wrong(
            "SEND\ndestination:/app/nowhere\nreceipt:r-1\n\nhi\0",
            "/app/nowhere",
        ),
        wrong(
            "SEND\ndestination:/topic/chat/room/lobby\nreceipt:r-1\n\nhi\0",
            "nobody may send",
        ),
        wrong("SUBSCRIBE\nid:1\nreceipt:r-1\n\n\0", "destination"),
        wrong("SUBSCRIBE\ndestination:/topic/x\nreceipt:r-1\n\n\0", "id"),
        wrong(
            "SUBSCRIBE\nid:1\ndestination:/other\nreceipt:r-1\n\n\0",
            "destination",
        ),
        wrong("UNSUBSCRIBE\nid:nine\nreceipt:r-1\n\n\0", "nine"),
        wrong(
            "SUBSCRIBE\nid:1\ndestination:/topic/**\nreceipt:r-1\n\n\0",
            "wildcard",
        ),
        wrong(
            "SUBSCRIBE\nid:1\ndestination:/topic/chat/room/a b\nreceipt:r-1\n\n\0",
            "address",
        ),
        wrong(
            "SUBSCRIBE\nid:1\ndestination:/topic/chat/room/a\nx-since:soon\nreceipt:r-1\n\n\0",
            "x-since",
        ),
        wrong("CONNECT\naccept-version:1.2\nreceipt:r-1\n\n\0", "CONNECT"),
        wrong(
            "MESSAGE\ndestination:/topic/x\nreceipt:r-1\n\nforged\0",
            "MESSAGE",
        ),
        wrong(
            format!("SEND\ndestination:/topic/x\n\n{}\0", "x".repeat(65_536)),
            "65536",
        ),
        refused("not json", "cannot be read", "draft_malformed"),
        refused(&talk(""), "nothing to send", "text_empty"),
        refused(&talk(&long_text), "4000", "text_too_long"),
        refused(
            r#"{"type":"ENTER","roomId":"a/b","sender":"a"}"#,
            "address",
            "room_id_invalid",
        ),
        refused(
            r#"{"type":"ENTER","roomId":"a","sender":null}"#,
            "nickname",
            "sender_empty",
        ),
    ] {
        let mut client = server.client().await;
        client.send(&frame).await;
        let (error, close) = client.refusal().await;
        let message = error.headers.get("message").unwrap();
        assert!(message.contains(says), "{frame:.80}: {message}");
        assert_eq!(close, 1002, "{frame:.80}");
        if frame.contains("receipt:r-1") {
            assert_eq!(error.headers.get("receipt-id"), Some("r-1"), "{frame:.80}");
        }
        let said = error.headers.get("x-code");
        assert!(said.is_some(), "{frame:.80}");
        if let Some(code) = code {
            assert_eq!(said, Some(code), "{frame:.80}");
        }
        assert!(
            !error.body.is_empty(),
            "{frame:.80} has a body that explains"
        );
    }

    // Nobody else noticed, and nothing of all that was stored.
    other
        .send_to_room("TALK", "lobby", "철수", "still here", "")
        .await;
    assert_eq!(other.lines(1).await, ["1 철수: still here"]);
}

#[tokio::test]
async fn what_is_wrong_is_quoted_by_its_beginning() {
    let server = Running::start().await;
    // A debugger's escapes would make six octets of each of these.
    let long = "\u{200b}".repeat(3_000);
    for frame in [
        format!("UNSUBSCRIBE\nid:{long}"),
        format!("SEND\ndestination:/app/{long}"),
        format!("SEND\ndestination:/temp-queue/{long}"),
        format!("SUBSCRIBE\nid:1\ndestination:/app/{long}"),
        format!(
            "SUBSCRIBE\nid:{long}\ndestination:/topic/a\n\n\0\
             SUBSCRIBE\nid:{long}\ndestination:/topic/a"
        ),
        format!("COMMIT\ntransaction:{long}"),
        format!("SEND\ndestination:/app/chat/message\n\n{{\"type\":\"{long}\"}}"),
    ] {
        let mut client = server.client().await;
        let end = if frame.ends_with('}') { "" } else { "\n\n" };
        client.send(&format!("{frame}{end}\0")).await;
        let (error, _) = client.refusal().await;
        let length = error.headers.get("message").unwrap().len();
        assert!(length < 500, "{length} octets answer {frame:.80}");
    }
}

#[tokio::test]
async fn a_frame_before_connect_is_refused() {
    let server = Running::start().await;
    let mut client = Client::open(server.address).await;
    client.send("SEND\ndestination:/topic/x\n\nhi\0").await;
    let (error, close) = client.refusal().await;
    assert_eq!(
        error.headers.get("message"),
        Some("SEND came before the session was opened"),
        "{error:?}"
    );
    assert_eq!(close, 1002);
}

#[tokio::test]
async fn a_version_that_nobody_speaks_is_answered_with_ours() {
    let server = Running::start().await;
    let mut client = Client::open(server.address).await;
    client.send("CONNECT\naccept-version:9.9\n\n\0").await;
    let (error, close) = client.refusal().await;
    assert_eq!(error.headers.get("version"), Some("1.0,1.1,1.2"));
    assert_eq!(close, 1002);
}

#[tokio::test]
async fn who_never_connects_is_sent_away() {
    let server = Running::start_with(|config| config.connect_timeout = 1).await;
    let mut client = Client::open(server.address).await;
    let (error, close) = client.refusal().await;
    let message = error.headers.get("message").unwrap();
    assert!(message.contains("within 1000 ms"), "{error:?}");
    assert!(error.body.starts_with(b"Send CONNECT"), "{error:?}");
    assert_eq!(close, 1002);
}

#[tokio::test]
async fn a_session_speaks_with_one_name() {
    let server = Running::start().await;
    let mut client = server.client().await;
    client.say("lobby", "철수", "나는 철수").await;
    client
        .send_to_room("TALK", "lobby", "영희", "나는 영희", "receipt:r\n")
        .await;
    let (error, _) = client.refusal().await;
    assert_eq!(error.headers.get("x-code"), Some("sender_changed"));
}

#[tokio::test]
async fn rooms_only_by_request_if_configured_so() {
    let server = Running::start_with(|config| config.create_rooms_on_entry = false).await;
    let mut client = server.client().await;
    client
        .say("lobby", "철수", "the lobby is always there")
        .await;
    client
        .send_to_room("ENTER", "elsewhere", "철수", "", "receipt:r\n")
        .await;
    let (error, _) = client.refusal().await;
    assert_eq!(error.headers.get("x-code"), Some("room_unknown"));
    assert_eq!(error.headers.get("receipt-id"), Some("r"));
}

#[tokio::test]
async fn subscriptions_are_limited_at_the_edge_and_ids_used_once() {
    let server = Running::start_with(|config| config.max_subscriptions = 2).await;
    let subscribe =
        |id: u8| format!("SUBSCRIBE\nid:{id}\ndestination:/topic/x\nreceipt:{id}\n\n\0");
    let mut client = server.client().await;
    for id in [1, 2] {
        client.send(&subscribe(id)).await;
        client.receipt(&id.to_string()).await;
    }
    client.send(&subscribe(3)).await;
    let (error, _) = client.refusal().await;
    assert_eq!(error.headers.get("x-code"), Some("too_many_subscriptions"));

    let mut client = server.client().await;
    client.send(&subscribe(1)).await;
    client.receipt("1").await;
    client.send(&subscribe(1)).await;
    let (error, _) = client.refusal().await;
    assert_eq!(error.headers.get("x-code"), Some("subscription_id_in_use"));
}

#[tokio::test]
async fn rooms_of_a_session_are_limited_at_the_edge() {
    let server = Running::start_with(|config| config.max_subscriptions = 2).await;
    let mut client = server.client().await;
    // Again is no more, and who has left one room may enter another.
    for (kind, room) in [
        ("ENTER", "a"),
        ("ENTER", "b"),
        ("ENTER", "a"),
        ("LEAVE", "a"),
        ("ENTER", "c"),
    ] {
        client
            .send_to_room(kind, room, "철수", "", "receipt:r\n")
            .await;
        client.receipt("r").await;
    }
    client
        .send_to_room("ENTER", "d", "철수", "", "receipt:r\n")
        .await;
    let (error, _) = client.refusal().await;
    assert_eq!(error.headers.get("x-code"), Some("too_many_rooms"));
}

#[tokio::test]
async fn names_of_rooms_are_refused_in_the_visitors_language() {
    let server = Running::start().await;
    let post = "POST /api/rooms HTTP/1.1\r\ncontent-type: application/json";
    let long = "방".repeat(RoomName::MAX_CHARS + 1);
    for (name, code) in [
        ("", "room_name_empty"),
        (&*long, "room_name_too_long"),
        ("a\\u0007b", "room_name_control"),
    ] {
        for (language, korean) in [("ko", true), ("en", false)] {
            let request = format!("{post}\r\naccept-language: {language}");
            let body = format!(r#"{{"name":"{name}"}}"#);
            let (status, _, answer) = http(server.address, &request, &body).await;
            let problem: chat::Problem = serde_json::from_str(&answer).unwrap();
            assert_eq!((status, &*problem.code), (422, code));
            assert_eq!(
                problem.message.chars().any(|c| ('가'..='힣').contains(&c)),
                korean
            );
        }
    }
    let (status, _, answer) = http(server.address, post, "{").await;
    assert_eq!(status, 400, "{answer}");
    let (status, _, _) = http(
        server.address,
        post,
        &format!(r#"{{"name":"{}"}}"#, "x".repeat(20_000)),
    )
    .await;
    assert_eq!(status, 413);
}
