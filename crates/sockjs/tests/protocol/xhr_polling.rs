//! `XhrPolling`.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};

use crate::support::{
    app, ask, assert_cors, assert_not_cached, assert_options, open, poll, post, send, session,
    suite,
};

#[tokio::test]
async fn test_options() {
    let app = app(suite());
    for transport in ["xhr", "xhr_send"] {
        assert_options(&app, &format!("/echo/abc/abc/{transport}"), "OPTIONS, POST").await;
    }
}

#[tokio::test]
async fn test_transport() {
    let app = app(suite());
    let session = session("/echo");
    let origin = [("origin", "test")];
    let xhr = format!("{session}/xhr");
    let answer = ask(&app, Method::POST, &xhr, &origin, Body::empty()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, "o\n");
    assert_eq!(
        answer.header("content-type"),
        Some("application/javascript; charset=UTF-8")
    );
    assert_cors(&answer.headers, Some("test"));
    assert_not_cached(&answer.headers);

    let send = format!("{session}/xhr_send");
    let answer = ask(&app, Method::POST, &send, &origin, r#"["x"]"#).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.body, "");
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=UTF-8")
    );
    assert_cors(&answer.headers, Some("test"));
    assert_not_cached(&answer.headers);

    let answer = ask(&app, Method::POST, &xhr, &[], Body::empty()).await;
    assert_eq!(answer.body, "a[\"x\"]\n");
    assert_cors(&answer.headers, None);
}

#[tokio::test]
async fn test_invalid_session() {
    let app = app(suite());
    let path = format!("{}/xhr_send", session("/echo"));
    let answer = ask(&app, Method::POST, &path, &[("origin", "test")], r#"["x"]"#).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    // A page of another site may see the status only with these.
    assert_cors(&answer.headers, Some("test"));
}

#[tokio::test]
async fn test_invalid_json() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    let path = format!("{session}/xhr_send");
    let answer = post(&app, &path, r#"["x"#).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("Broken JSON encoding."));
    let answer = post(&app, &path, "").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("Payload expected."));
    send(&app, &session, r#"["a"]"#).await;
    assert_eq!(poll(&app, &session).await, "a[\"a\"]\n");
}

#[tokio::test]
async fn test_content_types() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    let path = format!("{session}/xhr_send");
    let types = [
        "text/plain",
        "T",
        "application/json",
        "application/xml",
        "",
        "application/json; charset=utf-8",
        "text/xml; charset=utf-8",
        "text/xml",
        "application/x-www-form-urlencoded",
    ];
    for content_type in types {
        let headers = [("content-type", content_type)];
        let answer = ask(&app, Method::POST, &path, &headers, r#"["a"]"#).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{content_type}");
        assert_eq!(answer.body, "");
    }
    let all = vec!["\"a\""; types.len()].join(",");
    assert_eq!(poll(&app, &session).await, format!("a[{all}]\n"));
}

#[tokio::test]
async fn test_request_headers_cors() {
    let app = app(suite());
    for (asked, allowed) in [
        (Some("a, b, c"), Some("a, b, c")),
        (Some(""), None),
        (None, None),
    ] {
        let path = format!("{}/xhr", session("/echo"));
        let mut headers = vec![
            ("origin", "test"),
            ("access-control-request-method", "POST"),
        ];
        headers.extend(asked.map(|asked| ("access-control-request-headers", asked)));
        let answer = ask(&app, Method::OPTIONS, &path, &headers, Body::empty()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_cors(&answer.headers, Some("test"));
        assert_eq!(answer.header("access-control-allow-headers"), allowed);
    }
}

#[tokio::test]
async fn test_sending_empty_frame() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    send(&app, &session, "[]").await;
    send(&app, &session, r#"["a"]"#).await;
    assert_eq!(poll(&app, &session).await, "a[\"a\"]\n");
}

#[tokio::test]
async fn messages_that_wait_come_together_and_in_order() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    let mut all = Vec::new();
    for number in 0..100 {
        send(&app, &session, &format!("[\"{number}\",\"한국어😀\"]")).await;
        all.push(format!("\"{number}\",\"한국어\\ud83d\\ude00\""));
    }
    assert_eq!(
        poll(&app, &session).await,
        format!("a[{}]\n", all.join(","))
    );
}

#[tokio::test]
async fn other_methods_are_405() {
    let app = app(suite());
    for transport in ["xhr", "xhr_send", "xhr_streaming"] {
        let path = format!("/echo/a/b/{transport}");
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let answer = ask(&app, method, &path, &[], Body::empty()).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(answer.header("allow"), Some("OPTIONS, POST"));
            assert_eq!(answer.header("content-type"), None);
            assert_eq!(answer.body, "");
        }
    }
}
