//! `XhrPolling`.

use axum::{
    Router,
    body::Body,
    http::{Method, StatusCode},
};

use crate::support::{
    app, ask, assert_cors, assert_not_cached, assert_options, open, poll, post, send, session,
    stream, suite,
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

/// Asks for the next frame, as one who has had so many answers.
async fn poll_after(app: &Router, session: &str, answers: u32) -> String {
    let path = format!("{session}/xhr?answers={answers}");
    post(app, &path, "").await.body
}

#[tokio::test]
async fn an_answer_that_a_counting_peer_has_not_had_is_not_passed_over() {
    let app = app(suite());
    let session = session("/echo");
    assert_eq!(poll_after(&app, &session, 0).await, "o\n");
    send(&app, &session, r#"["lost"]"#).await;
    assert_eq!(poll_after(&app, &session, 1).await, "a[\"lost\"]\n");
    // The connection was cut before that came through, and the browser asks again by itself.
    let interrupted = "c[1002,\"Connection interrupted\"]\n";
    assert_eq!(poll_after(&app, &session, 1).await, interrupted);
    // The session is over, for whoever counts right too.
    assert_eq!(poll_after(&app, &session, 2).await, interrupted);
}

#[tokio::test]
async fn a_peer_that_counts_right_goes_on_whichever_way_it_fetches() {
    let app = app(suite());
    let session = session("/echo");
    assert_eq!(poll_after(&app, &session, 0).await, "o\n");
    for answers in 1..5 {
        send(&app, &session, r#"["x"]"#).await;
        assert_eq!(poll_after(&app, &session, answers).await, "a[\"x\"]\n");
    }
    // Whoever does not count is not asked to.
    send(&app, &session, r#"["y"]"#).await;
    assert_eq!(poll(&app, &session).await, "a[\"y\"]\n");
    let path = format!("{session}/xhr_streaming?answers=6");
    let mut streaming = stream(&app, Method::POST, &path).await;
    assert!(streaming.next().await.unwrap().starts_with("hhh"));
    send(&app, &session, r#"["z"]"#).await;
    assert_eq!(streaming.next().await.as_deref(), Some("a[\"z\"]\n"));
}

#[tokio::test]
async fn what_is_no_count_of_answers_is_400_and_the_session_goes_on() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    for count in ["", "-1", "one", "4294967296"] {
        let answer = post(&app, &format!("{session}/xhr?answers={count}"), "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{count}");
        assert!(answer.body.contains("\"answers\" must be"), "{count}");
    }
    send(&app, &session, r#"["a"]"#).await;
    assert_eq!(poll_after(&app, &session, 1).await, "a[\"a\"]\n");
}
