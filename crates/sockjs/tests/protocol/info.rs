//! `InfoTest`.

use std::collections::HashSet;

use axum::{
    body::Body,
    http::{Method, StatusCode},
};

use crate::support::{app, ask, assert_cors, assert_not_cached, assert_options, get, suite};

#[tokio::test]
async fn test_basic() {
    let headers = [("origin", "test")];
    let answer = ask(
        &app(suite()),
        Method::GET,
        "/echo/info",
        &headers,
        Body::empty(),
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=UTF-8")
    );
    assert_eq!(answer.header("set-cookie"), None);
    assert_not_cached(&answer.headers);
    assert_cors(&answer.headers, Some("test"));
    let info: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(info["websocket"], true);
    assert_eq!(info["cookie_needed"], false);
    assert_eq!(info["origins"], serde_json::json!(["*:*"]));
    assert!(info["entropy"].as_u64().unwrap() <= u64::from(u32::MAX));
}

#[tokio::test]
async fn test_entropy() {
    let app = app(suite());
    let mut seen = HashSet::new();
    for _ in 0..16 {
        let answer = get(&app, "/echo/info").await;
        let info: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        seen.insert(info["entropy"].as_u64().unwrap());
    }
    // Sixteen draws of 32 bits meet once in forty million runs.
    assert_eq!(seen.len(), 16);
}

#[tokio::test]
async fn test_options() {
    assert_options(&app(suite()), "/echo/info", "OPTIONS, GET").await;
}

#[tokio::test]
async fn test_options_null_origin() {
    let headers = [
        ("origin", "null"),
        ("access-control-request-method", "POST"),
    ];
    let answer = ask(&app(suite()), Method::OPTIONS, "/echo/info", &headers, "").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.body, "");
    assert_cors(&answer.headers, Some("null"));
}

#[tokio::test]
async fn test_disabled_websocket() {
    let answer = get(&app(suite()), "/disabled_websocket_echo/info").await;
    assert_eq!(answer.status, StatusCode::OK);
    let info: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(info["websocket"], false);
}

#[tokio::test]
async fn without_an_origin_it_is_for_all_without_credentials() {
    let answer = get(&app(suite()), "/echo/info").await;
    assert_cors(&answer.headers, None);
}

#[tokio::test]
async fn it_is_for_get_and_options_only() {
    let answer = ask(&app(suite()), Method::POST, "/echo/info", &[], "").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), Some("OPTIONS, GET"));
}
