//! Editing and deleting what was said.

use crate::support::{Client, Running, http, line_of};
use chat::{MessagePage, Seq};
use stomp::Command;

const KEY: &str = "x-author-key:철수의-비밀";

fn key(name: &str) -> String {
    format!("x-author-key:{name:_>16}\nx-soft-errors:true\n")
}

/// SEND of a change, and the code of its refusal, if it was refused.
async fn change(client: &mut Client, change: &str, text: &str) -> Option<String> {
    change_with(client, change, text, "").await
}

async fn change_with(
    client: &mut Client,
    change: &str,
    text: &str,
    headers: &str,
) -> Option<String> {
    let body = format!(
        r#"{{"type":"TALK","roomId":"lobby","sender":"철수","message":"{text}",{change}}}"#
    );
    client
        .send(&format!(
            "SEND\ndestination:/app/chat/message\nreceipt:c\n{headers}\n{body}\0"
        ))
        .await;
    loop {
        let frame = client.frame().await;
        if frame.command == Command::Receipt {
            return None;
        }
        if let Some(code) = frame.headers.get("x-code") {
            return Some(code.to_owned());
        }
    }
}

async fn page(server: &Running) -> MessagePage {
    let get = "GET /api/rooms/lobby/messages HTTP/1.1";
    let (status, _, body) = http(server.address, get, "").await;
    assert_eq!(status, 200);
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn an_edit_and_a_deletion_reach_those_who_are_here_and_those_who_were_away() {
    let server = Running::start().await;
    let mut watcher = server.client().await;
    watcher.follow("lobby", "").await;
    let mut author = Client::connect_with(server.address, &key("a")).await;
    author.say("lobby", "철수", "오타").await;
    assert_eq!(change(&mut author, r#""edits":1"#, "고침").await, None);
    let edited = page(&server).await.messages;
    assert_eq!(change(&mut author, r#""deletes":1"#, "").await, None);

    assert_eq!(watcher.line().await.message, "오타");
    let edit = watcher.line().await;
    assert_eq!((edit.message.as_str(), edit.edits), ("고침", Some(Seq(1))));
    assert_eq!(
        (edited[0].message.as_str(), edited[0].edited_at),
        ("고침", Some(edit.created_at))
    );
    let deletion = watcher.line().await;
    assert_eq!(deletion.deletes, Some(Seq(1)));
    assert_eq!(deletion.message, "철수님이 메시지를 삭제했습니다.");

    // Whoever was away hears no text that is gone, and sees no hole.
    let mut late = server.client().await;
    late.follow("lobby", "x-since:0\n").await;
    for (text, deleted) in [("", true), ("", true), (&*deletion.message, false)] {
        let line = late.line().await;
        assert_eq!((line.message.as_str(), line.deleted), (text, deleted));
    }
    let page = page(&server).await;
    assert_eq!(page.messages[2], deletion);
}

#[tokio::test]
async fn the_author_is_known_by_the_key_and_not_by_the_name() {
    let server = Running::start().await;
    let mut author = Client::connect_with(server.address, &key("a")).await;
    author.say("lobby", "철수", "하나").await;
    let foreign = Some("message_foreign".to_owned());
    for headers in [key("b"), "x-soft-errors:true\n".to_owned()] {
        let mut other = Client::connect_with(server.address, &headers).await;
        assert_eq!(change(&mut other, r#""edits":1"#, "x").await, foreign);
        assert_eq!(change(&mut other, r#""deletes":1"#, "").await, foreign);
    }
    // The same secret later, by another session.
    drop(author);
    let mut again = Client::connect_with(server.address, &key("a")).await;
    assert_eq!(change(&mut again, r#""edits":1"#, "둘").await, None);

    // A session without a key is its own author, and nobody is after it.
    let mut guest = Client::connect_with(server.address, "x-soft-errors:true\n").await;
    guest.say("lobby", "철수", "손님").await;
    assert_eq!(change(&mut guest, r#""edits":3"#, "나").await, None);
    let mut other = Client::connect_with(server.address, "x-soft-errors:true\n").await;
    assert_eq!(change(&mut other, r#""edits":3"#, "x").await, foreign);
}

#[tokio::test]
async fn the_key_is_told_to_nobody() {
    let server = Running::start().await;
    let mut watcher = server.client().await;
    watcher.follow("lobby", "").await;
    let mut author = Client::connect_with(server.address, &key("secret")).await;
    author.say("lobby", "철수", "하나").await;
    let frame = watcher.next_message().await;
    let told = format!("{:?} {:?}", frame.headers, line_of(&frame));
    assert!(
        !told.contains("secret") && !told.contains("author"),
        "{told}"
    );
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_at_connect() {
    let server = Running::start().await;
    for bad in [KEY, "x-author-key:short", "x-author-key:0123456789 abcdef"] {
        let mut client = Client::open(server.address).await;
        client
            .send(&format!("CONNECT\naccept-version:1.2\n{bad}\n\n\0"))
            .await;
        let error = client.error().await;
        assert_eq!(error.headers.get("x-code"), Some("author_key_invalid"));
    }
}

#[tokio::test]
async fn what_cannot_be_changed_is_said() {
    let server = Running::start().await;
    let mut author = Client::connect_with(server.address, &key("a")).await;
    author
        .send_to_room("ENTER", "lobby", "철수", "", "receipt:r\n")
        .await;
    author.receipt("r").await;
    author.say("lobby", "철수", "하나").await;
    assert_eq!(change(&mut author, r#""deletes":2"#, "").await, None);
    for (wish, text, code) in [
        (r#""edits":1"#, "x", "message_fixed"),
        (r#""edits":2"#, "x", "message_fixed"),
        (r#""deletes":3"#, "", "message_fixed"),
        (r#""deletes":9"#, "", "message_unknown"),
        (r#""edits":18446744073709551615"#, "x", "message_unknown"),
        (r#""edits":1"#, "", "text_empty"),
        (r#""edits":1,"deletes":1"#, "x", "draft_malformed"),
        (r#""edits":-1"#, "x", "draft_malformed"),
        (r#""edits":18446744073709551616"#, "x", "draft_malformed"),
    ] {
        let refused = change(&mut author, wish, text).await;
        assert_eq!(refused.as_deref(), Some(code), "{wish}");
    }
    assert_eq!(page(&server).await.messages.len(), 3);
}

#[tokio::test]
async fn an_id_used_again_with_another_text_is_refused_and_the_first_stands() {
    let server = Running::start().await;
    let mut author = Client::connect_with(server.address, &key("a")).await;
    let id = "x-msg-id:01920000-0000-7000-8000-000000000001\nreceipt:r\n";
    for _ in 0..2 {
        author
            .send_to_room("TALK", "lobby", "철수", "하나", id)
            .await;
        author.receipt("r").await;
    }
    author.send_to_room("TALK", "lobby", "철수", "둘", id).await;
    let refused = author.next_message().await;
    assert_eq!(refused.headers.get("x-code"), Some("message_id_reused"));
    assert_eq!(refused.headers.get("receipt-id"), Some("r"));

    // A change is sent again as anything else is, and done once.
    let id = "x-msg-id:01920000-0000-7000-8000-000000000002\n";
    for _ in 0..2 {
        let done = change_with(&mut author, r#""edits":1"#, "셋", id).await;
        assert_eq!(done, None);
    }
    let texts: Vec<_> = page(&server)
        .await
        .messages
        .into_iter()
        .map(|line| line.message)
        .collect();
    assert_eq!(texts, ["셋", "셋"]);
}
