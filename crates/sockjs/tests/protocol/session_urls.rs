//! `SessionURLs`.

use axum::http::StatusCode;

use crate::support::{app, get, open, poll, post, send, session, suite};

#[tokio::test]
async fn test_any_value() {
    let app = app(suite());
    for path in [
        "/echo/a/a",
        "/echo/_/_",
        "/echo/1/1",
        "/echo/abcdefgh_i-j%20/abcdefg_i-j%20",
    ] {
        open(&app, path).await;
    }
}

#[tokio::test]
async fn test_invalid_paths() {
    let app = app(suite());
    for ids in ["//", "/a./a", "/a/a.", "/./.", "/", "///", ""] {
        for transport in ["xhr", "xhr_send", "eventsource", "jsonp?c=x", "websocket/x"] {
            let path = format!("/echo{ids}/{transport}");
            for answer in [get(&app, &path).await, post(&app, &path, "[]").await] {
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn test_ignoring_server_id() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    send(&app, &session, r#"["a"]"#).await;
    let elsewhere = session.replace("/000/", "/999/");
    assert_eq!(poll(&app, &elsewhere).await, "a[\"a\"]\n");
}

#[tokio::test]
async fn a_slash_that_is_encoded_is_a_part_of_the_id() {
    let app = app(suite());
    open(&app, "/echo/a/b%2Fc").await;
    let answer = post(&app, "/echo/a/b/xhr_send", "[\"a\"]").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
