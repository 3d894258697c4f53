//! `JsonPolling`.

use axum::{
    Router,
    body::Body,
    http::{Method, StatusCode},
};

use crate::support::{Answer, app, ask, assert_not_cached, get, post, session, suite};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn poll(app: &Router, session: &str) -> String {
    let answer = get(app, &format!("{session}/jsonp?c=x")).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.body
}

async fn send_form(app: &Router, session: &str, form: &str) -> Answer {
    let path = format!("{session}/jsonp_send");
    ask(app, Method::POST, &path, &[FORM], form.to_owned()).await
}

#[tokio::test]
async fn test_transport() {
    let app = app(suite());
    let session = session("/echo");
    let path = format!("{session}/jsonp?c=%63allback");
    let answer = get(&app, &path).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("content-type"),
        Some("application/javascript; charset=UTF-8")
    );
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_not_cached(&answer.headers);
    assert_eq!(answer.body, "/**/callback(\"o\");\r\n");

    let answer = send_form(&app, &session, "d=%5B%22x%22%5D").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, "ok");
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=UTF-8")
    );
    assert_not_cached(&answer.headers);

    let answer = get(&app, &path).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, "/**/callback(\"a[\\\"x\\\"]\");\r\n");
}

#[tokio::test]
async fn test_no_callback() {
    let answer = get(&app(suite()), "/echo/a/a/jsonp").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains(r#""callback" parameter required"#));
}

#[tokio::test]
async fn test_invalid_callback() {
    let app = app(suite());
    for callback in ["%20", "*", "abc(", "abc%28", &"x".repeat(33)] {
        let answer = get(&app, &format!("/echo/a/a/jsonp?c={callback}")).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.body.contains(r#"invalid "callback" parameter"#));
    }
    // None of these has opened the session.
    let answer = post(&app, "/echo/a/a/jsonp_send", "[\"x\"]").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn test_invalid_json() {
    let app = app(suite());
    let session = session("/echo");
    assert_eq!(poll(&app, &session).await, "/**/x(\"o\");\r\n");
    let answer = send_form(&app, &session, "d=%5B%22x").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("Broken JSON encoding."));
    for form in ["", "d=", "p=p"] {
        let answer = send_form(&app, &session, form).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.body.contains("Payload expected."), "{form}");
    }
    assert_eq!(
        send_form(&app, &session, "d=%5B%22b%22%5D").await.body,
        "ok"
    );
    assert_eq!(poll(&app, &session).await, "/**/x(\"a[\\\"b\\\"]\");\r\n");
}

#[tokio::test]
async fn test_content_types() {
    let app = app(suite());
    let session = session("/echo");
    assert_eq!(poll(&app, &session).await, "/**/x(\"o\");\r\n");
    let answer = send_form(&app, &session, "d=%5B%22abc%22%5D").await;
    assert_eq!(answer.body, "ok");
    let plain = [("content-type", "text/plain")];
    let path = format!("{session}/jsonp_send");
    let answer = ask(&app, Method::POST, &path, &plain, r#"["%61bc"]"#).await;
    assert_eq!(answer.body, "ok");
    assert_eq!(
        poll(&app, &session).await,
        "/**/x(\"a[\\\"abc\\\",\\\"%61bc\\\"]\");\r\n"
    );
}

#[tokio::test]
async fn test_close() {
    let app = app(suite());
    let session = session("/close");
    assert_eq!(poll(&app, &session).await, "/**/x(\"o\");\r\n");
    for _ in 0..2 {
        assert_eq!(
            poll(&app, &session).await,
            "/**/x(\"c[3000,\\\"Go away!\\\"]\");\r\n"
        );
    }
}

#[tokio::test]
async fn test_sending_empty_frame() {
    let app = app(suite());
    let session = session("/echo");
    assert_eq!(poll(&app, &session).await, "/**/x(\"o\");\r\n");
    assert_eq!(send_form(&app, &session, "d=%5B%5D").await.body, "ok");
    assert_eq!(
        send_form(&app, &session, "d=%5B%22x%22%5D").await.body,
        "ok"
    );
    assert_eq!(poll(&app, &session).await, "/**/x(\"a[\\\"x\\\"]\");\r\n");
}

#[tokio::test]
async fn forms_may_name_their_charset_and_hold_any_text() {
    let app = app(suite());
    let session = session("/echo");
    assert_eq!(poll(&app, &session).await, "/**/x(\"o\");\r\n");
    let form = [(
        "content-type",
        "application/x-www-form-urlencoded; charset=UTF-8",
    )];
    let path = format!("{session}/jsonp_send");
    let body = "d=%5B%22%ED%95%9C+%2B%22%5D";
    let answer = ask(&app, Method::POST, &path, &form, Body::from(body)).await;
    assert_eq!(answer.body, "ok");
    assert_eq!(
        poll(&app, &session).await,
        "/**/x(\"a[\\\"한 +\\\"]\");\r\n"
    );
}
