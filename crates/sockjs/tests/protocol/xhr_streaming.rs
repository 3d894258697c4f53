//! `XhrStreaming`.

use axum::http::{Method, StatusCode};

use crate::support::{
    GO_AWAY, app, ask, assert_cors, assert_not_cached, assert_options, poll, send, session, stream,
    suite,
};

#[tokio::test]
async fn test_options() {
    assert_options(
        &app(suite()),
        "/echo/abc/abc/xhr_streaming",
        "OPTIONS, POST",
    )
    .await;
}

#[tokio::test]
async fn test_transport() {
    let app = app(suite());
    let session = session("/echo");
    let mut response = stream(&app, Method::POST, &format!("{session}/xhr_streaming")).await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(
        response.header("content-type"),
        Some("application/javascript; charset=UTF-8")
    );
    assert_cors(&response.headers, None);
    assert_not_cached(&response.headers);
    assert_eq!(response.next().await.unwrap(), "h".repeat(2048) + "\n");
    assert_eq!(response.next().await.unwrap(), "o\n");
    send(&app, &session, r#"["x"]"#).await;
    assert_eq!(response.next().await.unwrap(), "a[\"x\"]\n");
    assert!(response.is_quiet().await);
}

#[tokio::test]
async fn cors_names_the_site_that_asks() {
    let path = format!("{}/xhr_streaming", session("/close"));
    let headers = [("origin", "test")];
    let answer = ask(&app(suite()), Method::POST, &path, &headers, "").await;
    assert_cors(&answer.headers, Some("test"));
    assert!(answer.body.ends_with(&format!("\no\n{GO_AWAY}\n")));
}

#[tokio::test]
async fn test_response_limit() {
    let app = app(suite());
    let session = session("/echo");
    let path = format!("{session}/xhr_streaming");
    let mut response = stream(&app, Method::POST, &path).await;
    response.next().await.unwrap();
    assert_eq!(response.next().await.unwrap(), "o\n");
    let message = format!("[\"{}\"]", "x".repeat(128));
    for _ in 0..31 {
        send(&app, &session, &message).await;
        assert_eq!(response.next().await.unwrap(), format!("a{message}\n"));
    }
    assert_eq!(response.next().await, None);

    // Nothing is lost in between, and there is no second `o`.
    send(&app, &session, &message).await;
    let mut response = stream(&app, Method::POST, &path).await;
    assert_eq!(response.next().await.unwrap().len(), 2049);
    assert_eq!(response.next().await.unwrap(), format!("a{message}\n"));
    assert!(response.is_quiet().await);
}

#[tokio::test]
async fn a_response_ends_with_the_limit_even_if_more_waits() {
    let app = app(suite());
    let session = session("/echo");
    assert_eq!(poll(&app, &session).await, "o\n");
    let texts: Vec<String> = (0..200)
        .map(|number| format!("\"{number:0>98}\""))
        .collect();
    send(&app, &session, &format!("[{}]", texts.join(","))).await;
    let mut all = String::new();
    let mut responses = 0;
    while all.len() < 200 * 98 {
        let mut response = stream(&app, Method::POST, &format!("{session}/xhr_streaming")).await;
        response.next().await.unwrap();
        let mut bytes = 0;
        while let Some(chunk) = response.next().await {
            bytes += chunk.len();
            all.extend(chunk.chars().filter(char::is_ascii_digit));
            if all.len() == 200 * 98 {
                break;
            }
        }
        assert!(bytes <= 4096 + 300, "{bytes} bytes in one response");
        responses += 1;
    }
    assert_eq!(responses, 5);
    let expected: String = (0..200).map(|number| format!("{number:0>98}")).collect();
    assert_eq!(all, expected);
}

#[tokio::test]
async fn proxies_are_asked_not_to_buffer() {
    let app = app(suite());
    for (method, transport) in [
        (Method::POST, "xhr_streaming"),
        (Method::GET, "eventsource"),
        (Method::GET, "htmlfile?c=x"),
    ] {
        let path = format!("{}/{transport}", session("/echo"));
        let response = stream(&app, method, &path).await;
        assert_eq!(response.header("x-accel-buffering"), Some("no"));
    }
}
