//! `EventSource`.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};

use crate::support::{
    app, ask, assert_cors, assert_not_cached, assert_options, send, session, stream, suite,
};

#[tokio::test]
async fn test_transport() {
    let app = app(suite());
    let session = session("/echo");
    let mut response = stream(&app, Method::GET, &format!("{session}/eventsource")).await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.header("content-type"), Some("text/event-stream"));
    assert_not_cached(&response.headers);
    assert_cors(&response.headers, None);
    assert_eq!(response.next().await.unwrap(), "\r\n");
    assert_eq!(response.next().await.unwrap(), "data: o\r\n\r\n");
    send(&app, &session, r#"["x"]"#).await;
    assert_eq!(response.next().await.unwrap(), "data: a[\"x\"]\r\n\r\n");
    send(&app, &session, r#"["  \u0000\n\r "]"#).await;
    assert_eq!(
        response.next().await.unwrap(),
        "data: a[\"  \\u0000\\n\\r \"]\r\n\r\n"
    );
}

#[tokio::test]
async fn test_response_limit() {
    let app = app(suite());
    let session = session("/echo");
    let mut response = stream(&app, Method::GET, &format!("{session}/eventsource")).await;
    response.next().await.unwrap();
    assert_eq!(response.next().await.unwrap(), "data: o\r\n\r\n");
    let message = format!("[\"{}\"]", "x".repeat(4096));
    send(&app, &session, &message).await;
    assert_eq!(
        response.next().await.unwrap(),
        format!("data: a{message}\r\n\r\n")
    );
    assert_eq!(response.next().await, None);
}

#[tokio::test]
async fn it_is_for_get_and_preflights() {
    let app = app(suite());
    assert_options(&app, "/echo/a/b/eventsource", "OPTIONS, GET").await;
    let answer = ask(
        &app,
        Method::POST,
        "/echo/a/b/eventsource",
        &[],
        Body::empty(),
    )
    .await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), Some("OPTIONS, GET"));
}
