//! `JsessionidCookie`.

use axum::{
    Router,
    body::Body,
    http::{Method, StatusCode},
};

use crate::support::{app, ask, get, post, session, stream, suite};

const SERVICE: &str = "/cookie_needed_echo";
const DUMMY: &str = "JSESSIONID=dummy; Path=/";

#[tokio::test]
async fn test_basic() {
    let answer = get(&app(suite()), "/cookie_needed_echo/info").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("set-cookie"), None);
    let info: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(info["cookie_needed"], true);
}

#[tokio::test]
async fn test_xhr() {
    let app = app(suite());
    let answer = post(&app, &format!("{}/xhr", session(SERVICE)), "").await;
    assert_eq!(answer.body, "o\n");
    assert_eq!(answer.header("set-cookie"), Some(DUMMY));
    for (cookies, expected) in [
        ("JSESSIONID=abcdef", "JSESSIONID=abcdef; Path=/"),
        (
            "a=b; JSESSIONID=abcdef.node1; c=d",
            "JSESSIONID=abcdef.node1; Path=/",
        ),
        ("XJSESSIONID=abcdef", DUMMY),
        ("JSESSIONID=", DUMMY),
        (&format!("JSESSIONID={}", "x".repeat(513)), DUMMY),
    ] {
        let path = format!("{}/xhr", session(SERVICE));
        let answer = ask(&app, Method::POST, &path, &[("cookie", cookies)], "").await;
        assert_eq!(answer.body, "o\n");
        assert_eq!(answer.header("set-cookie"), Some(expected));
    }
}

async fn streamed(app: &Router, method: Method, transport: &str) {
    let path = format!("{}/{transport}", session(SERVICE));
    let response = stream(app, method, &path).await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.header("set-cookie"), Some(DUMMY));
}

#[tokio::test]
async fn test_xhr_streaming() {
    streamed(&app(suite()), Method::POST, "xhr_streaming").await;
}

#[tokio::test]
async fn test_eventsource() {
    streamed(&app(suite()), Method::GET, "eventsource").await;
}

#[tokio::test]
async fn test_htmlfile() {
    streamed(&app(suite()), Method::GET, "htmlfile?c=%63allback").await;
}

#[tokio::test]
async fn test_jsonp() {
    let app = app(suite());
    let session = session(SERVICE);
    let answer = get(&app, &format!("{session}/jsonp?c=%63allback")).await;
    assert_eq!(answer.header("set-cookie"), Some(DUMMY));
    assert_eq!(answer.body, "/**/callback(\"o\");\r\n");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let path = format!("{session}/jsonp_send");
    let body = Body::from("d=%5B%22x%22%5D");
    let answer = ask(&app, Method::POST, &path, &form, body).await;
    assert_eq!(answer.body, "ok");
    assert_eq!(answer.header("set-cookie"), Some(DUMMY));
}

#[tokio::test]
async fn an_endpoint_that_needs_no_cookie_sets_none() {
    let app = app(suite());
    for path in ["xhr", "xhr_streaming"] {
        let path = format!("{}/{path}", session("/close"));
        assert_eq!(post(&app, &path, "").await.header("set-cookie"), None);
    }
}
