//! `WebsocketHttpErrors`, and other handshakes that fail.

use axum::http::{Method, StatusCode};

use crate::support::{app, ask, get, suite};

const SESSION: &str = "/echo/000/abc/websocket";

/// The headers of a handshake that lacks nothing.
pub(crate) const HANDSHAKE: [(&str, &str); 4] = [
    ("upgrade", "websocket"),
    ("connection", "Upgrade"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "x3JJHMbDL1EzLkh9GBhXDw=="),
];

#[tokio::test]
async fn test_http_method() {
    let app = app(suite());
    for path in [SESSION, "/echo/websocket"] {
        let answer = get(&app, path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.body, r#"Can "Upgrade" only to "WebSocket"."#);
    }
}

#[tokio::test]
async fn test_invalid_connection_header() {
    let headers = [("upgrade", "WebSocket"), ("connection", "close")];
    let answer = ask(&app(suite()), Method::GET, SESSION, &headers, "").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.body, r#""Connection" must be "upgrade"."#);
}

#[tokio::test]
async fn test_invalid_method() {
    let app = app(suite());
    for headers in [&HANDSHAKE[..2], &[]] {
        let answer = ask(&app, Method::POST, SESSION, headers, "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.header("allow"), Some("GET"));
        assert_eq!(answer.header("content-type"), None);
        assert_eq!(answer.body, "");
    }
}

#[tokio::test]
async fn an_upgrade_of_the_prefix_itself_is_only_greeted() {
    let answer = ask(&app(suite()), Method::GET, "/echo", &HANDSHAKE, "").await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn another_version_is_426_and_told_ours() {
    let mut headers = HANDSHAKE;
    headers[2].1 = "8";
    let answer = ask(&app(suite()), Method::GET, SESSION, &headers, "").await;
    assert_eq!(answer.status, StatusCode::UPGRADE_REQUIRED);
    assert_eq!(answer.header("sec-websocket-version"), Some("13"));
}

#[tokio::test]
async fn a_handshake_without_a_key_is_400() {
    let answer = ask(&app(suite()), Method::GET, SESSION, &HANDSHAKE[..3], "").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn websockets_that_are_switched_off_are_not_found() {
    let app = app(suite());
    for path in ["/0/0/websocket", "/websocket"] {
        let path = format!("/disabled_websocket_echo{path}");
        let answer = ask(&app, Method::GET, &path, &HANDSHAKE, "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}
