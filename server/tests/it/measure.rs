//! What the page that compares transports measures against.

use tokio_tungstenite::tungstenite::Message;

use crate::support::{Client, Running, http};

const BOX: &str = "/api/measure/01890a5d-ac96-774b-bcce-b302099a8057";

async fn post(server: &Running, path: &str, body: &str) -> (u16, String, String) {
    http(server.address, &format!("POST {path} HTTP/1.1"), body).await
}

#[tokio::test]
async fn the_echo_speaks_over_polling_and_counts_the_heads_of_requests() {
    let server = Running::start().await;
    let xhr = "/websc/measure/000/abc/xhr";
    let (_, head, body) = post(&server, xhr, "").await;
    assert_eq!(body, "o\n");
    let sent = format!(
        "POST {xhr} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        server.address
    );
    let counted = format!("\nx-request-head: {}\n", sent.len());
    assert!(head.contains(&counted), "{head}");
    let said = post(&server, "/websc/measure/000/abc/xhr_send", r#"["hello"]"#).await;
    assert_eq!(said.0, 204);
    assert_eq!(post(&server, xhr, "").await.2, "a[\"hello\"]\n");
}

#[tokio::test]
async fn the_echo_speaks_over_websocket_until_enough_is_measured() {
    let server = Running::start().await;
    let mut client = Client::open_at(server.address, "measure/websocket", "").await;
    for number in 0..64 {
        let said = Message::text(number.to_string());
        client.send_message(said.clone()).await;
        assert_eq!(client.message().await, said);
    }
    let closed = client.closed().await;
    assert_eq!(closed, (1000, "enough is measured".to_owned()));
}

#[tokio::test]
async fn the_echo_leaves_when_the_server_stops() {
    let server = Running::start().await;
    let mut client = Client::open_at(server.address, "measure/websocket", "").await;
    client.send_message(Message::text("here")).await;
    client.message().await;
    let closed = tokio::join!(server.stop(), client.close_code()).1;
    assert_eq!(closed, 1001);
}

#[tokio::test]
async fn a_letter_is_there_for_who_asks_for_it_first() {
    let server = Running::start().await;
    let get = format!("GET {BOX} HTTP/1.1");
    assert_eq!(http(server.address, &get, "").await.0, 204);
    assert_eq!(post(&server, BOX, "a letter").await.0, 204);
    let (status, head, body) = http(server.address, &get, "").await;
    assert_eq!((status, &*body), (200, "a letter"));
    assert!(head.contains("\ncache-control: no-store\n"), "{head}");
    assert!(head.contains("\nx-request-head: "), "{head}");
    assert_eq!(http(server.address, &get, "").await.0, 204);
}

#[tokio::test]
async fn letters_that_cannot_be_kept_are_refused() {
    let server = Running::start().await;
    assert_eq!(post(&server, BOX, &"x".repeat(256)).await.0, 204);
    for (path, body, status, code) in [
        (BOX, "x".repeat(257), 413, "letter_invalid"),
        ("/api/measure/me", String::new(), 400, "measurement_invalid"),
    ] {
        let (got, _, body) = post(&server, path, &body).await;
        let problem: chat::Problem = serde_json::from_str(&body).expect(path);
        assert_eq!((got, &*problem.code), (status, code), "{path}");
    }
}

#[tokio::test]
async fn without_websockets_there_is_none_to_measure() {
    let server = Running::start_with(|config| config.websocket = false).await;
    let request = "GET /websc/measure/websocket HTTP/1.1";
    assert_eq!(http(server.address, request, "").await.0, 404);
}

#[tokio::test]
async fn the_page_comes_in_the_visitors_language_with_its_own_script_and_no_other() {
    let server = Running::start().await;
    for (tag, word) in [("ko", "폴링"), ("en", "Long polling")] {
        let request = format!("GET /transports HTTP/1.1\r\naccept-language: {tag}");
        let (status, head, body) = http(server.address, &request, "").await;
        assert_eq!(status, 200);
        assert!(head.contains("script-src 'self';"), "{head}");
        assert!(body.contains(&format!("<html lang=\"{tag}\"")), "{body}");
        assert!(body.contains(word), "{body}");
        let scripts: Vec<_> = body.split("<script").skip(1).collect();
        assert_eq!(scripts.len(), 1, "{body}");
    }
    for script in ["measure", "values"] {
        let request = format!("GET /transports/{script}.js HTTP/1.1");
        let (status, head, _) = http(server.address, &request, "").await;
        assert_eq!(status, 200);
        assert!(head.contains("\ncontent-type: text/javascript"), "{head}");
    }
}
