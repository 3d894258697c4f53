//! Searching: the JSON interface, and the page.

use std::time::Duration;

use crate::support::{Client, Running, http};
use serde_json::Value;

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn ask(server: &Running, query: &str) -> (u16, Value) {
    let get = format!("GET /api/search?{query} HTTP/1.1");
    let (status, _, body) = http(server.address, &get, "").await;
    (status, serde_json::from_str(&body).expect(&body))
}

/// What is found, as `room/seq`, once the index has so many.
async fn found(server: &Running, query: &str, count: usize) -> Vec<String> {
    let place = |one: &Value| {
        let message = &one["message"];
        format!("{}/{}", message["roomId"].as_str().unwrap(), message["seq"])
    };
    let look = async {
        loop {
            let (status, answer) = ask(server, query).await;
            assert_eq!(status, 200, "{answer}");
            let results = answer["results"].as_array().unwrap();
            if results.len() == count {
                return results.iter().map(place).collect();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), look)
        .await
        .expect("the index follows the log")
}

#[tokio::test]
async fn what_was_said_is_found_and_what_was_deleted_is_not() {
    let server = Running::start().await;
    let key = "x-author-key:0123456789abcdef\n";
    let mut client = Client::connect_with(server.address, key).await;
    client.say("lobby", "철수", "🙂 여러분 안녕하세요").await;
    client.say("other", "철수", "안녕, everybody").await;
    let q = format!("q={}", encode("안녕"));
    assert_eq!(found(&server, &q, 2).await, ["other/1", "lobby/1"]);
    assert_eq!(
        found(&server, &format!("{q}&room=lobby"), 1).await,
        ["lobby/1"]
    );
    assert_eq!(
        found(&server, &format!("{q}&room=nobody"), 0).await,
        [""; 0]
    );
    assert_eq!(found(&server, "q=EVERY", 1).await, ["other/1"]);
    let (_, answer) = ask(&server, &format!("{q}&room=lobby")).await;
    // In UTF-16 code units: the emoji has two.
    assert_eq!(answer["results"][0]["matches"], serde_json::json!([[7, 9]]));
    assert_eq!(answer["next"], Value::Null);

    // Page by page.
    let (_, first) = ask(&server, &format!("{q}&limit=1")).await;
    let next = first["next"].as_str().unwrap();
    let second = found(&server, &format!("{q}&limit=1&before={next}"), 1).await;
    assert_eq!(second, ["lobby/1"]);

    let body = r#"{"type":"TALK","roomId":"lobby","sender":"철수","message":"","deletes":1}"#;
    client
        .send(&format!(
            "SEND\ndestination:/app/chat/message\nreceipt:d\n\n{body}\0"
        ))
        .await;
    client.receipt("d").await;
    let (_, answer) = ask(&server, &q).await;
    assert_eq!(answer["results"].as_array().unwrap().len(), 1, "at once");

    // The index lies beside the log and goes on after a restart.
    let server = server.restart().await;
    assert_eq!(found(&server, &q, 1).await, ["other/1"]);
}

#[tokio::test]
async fn whatever_is_typed_gets_an_answer_or_a_clear_no() {
    let server = Running::start().await;
    for typed in ["\"", "%", "'", "*", " ", "", "\n"] {
        let (status, answer) = ask(&server, &format!("q={}", encode(typed))).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (400, Some("query_empty")),
            "{typed:?}"
        );
    }
    for typed in [
        "\"ab\"",
        "ab OR cd",
        "ab* NEAR(cd)",
        "🙂",
        "100%",
        "안녕\0",
        "has:ab",
        "ab';--",
    ] {
        let (status, answer) = ask(&server, &format!("q={}", encode(typed))).await;
        assert_eq!(
            (status, answer["results"].as_array().map(Vec::len)),
            (200, Some(0)),
            "{typed:?}"
        );
    }
    for (query, code) in [
        ("q=a".to_owned(), "query_too_short"),
        (format!("q={}", encode("가")), "query_too_short"),
        (format!("q={}", "a".repeat(201)), "query_too_long"),
        (format!("q={}", "a".repeat(10_000)), "query_too_long"),
        (String::new(), "query_empty"),
        ("q=ab&before=-1".to_owned(), "query_invalid"),
        ("q=ab&before=x".to_owned(), "query_invalid"),
        (
            "q=ab&before=99999999999999999999".to_owned(),
            "query_invalid",
        ),
        ("q=ab&limit=-1".to_owned(), "query_invalid"),
        ("q=ab&page=2".to_owned(), "query_invalid"),
    ] {
        let (status, answer) = ask(&server, &query).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (400, Some(code)),
            "{query:.60}"
        );
    }
    let (status, answer) = ask(&server, "q=ab&room=a%20b").await;
    assert_eq!(
        (status, answer["code"].as_str()),
        (422, Some("room_id_invalid"))
    );
}

#[tokio::test]
async fn the_page_needs_no_script_and_shows_text_as_text() {
    let server = Running::start().await;
    let mut client = server.client().await;
    client.say("lobby", "<i>철수", "<b>안녕하세요").await;
    let q = encode("안녕");
    found(&server, &format!("q={q}"), 1).await;
    let get = format!("GET /search?q={q}&room=lobby HTTP/1.1\r\naccept-language: ko");
    let (status, head, page) = http(server.address, &get, "").await;
    let page = page.replace("<!>", "");
    assert_eq!(status, 200);
    assert!(
        head.contains("content-security-policy: default-src 'none'; style-src"),
        "{head}"
    );
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("&lt;b&gt;<mark>안녕</mark>하세요"), "{page}");
    assert!(page.contains("&lt;i&gt;철수"), "{page}");
    assert!(page.contains(r#"href="/rooms/lobby/m/1""#), "{page}");
    for (path, status, says) in [
        ("/search", 200, "id=\"q\""),
        ("/search?q=", 200, "id=\"q\""),
        ("/search?q=zz", 200, "id=\"nothing\""),
        ("/search?q=a", 400, "role=\"alert\""),
        ("/search?q=zz&before=x", 400, "role=\"alert\""),
    ] {
        let get = format!("GET {path} HTTP/1.1");
        let (got, _, page) = http(server.address, &get, "").await;
        assert_eq!(got, status, "{path}");
        assert!(page.contains(says), "{path}: {page}");
    }
}
