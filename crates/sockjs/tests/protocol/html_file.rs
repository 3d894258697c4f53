//! `HtmlFile`.

use axum::http::{Method, StatusCode};

use crate::support::{app, assert_not_cached, get, send, session, stream, suite};

fn head(callback: &str) -> String {
    [
        "<!doctype html>",
        "<html><head>",
        "  <meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\" />",
        "  <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />",
        "</head><body><h2>Don't panic!</h2>",
        "  <script>",
        "    document.domain = document.domain;",
        &format!("    var c = parent.{callback};"),
        "    c.start();",
        "    function p(d) {c.message(d);};",
        "    window.onload = function() {c.stop();};",
        "  </script>",
    ]
    .join("\n")
}

#[tokio::test]
async fn test_transport() {
    let app = app(suite());
    let session = session("/echo");
    let path = format!("{session}/htmlfile?c=%63allback");
    let mut response = stream(&app, Method::GET, &path).await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(
        response.header("content-type"),
        Some("text/html; charset=UTF-8")
    );
    assert_not_cached(&response.headers);
    let prelude = response.next().await.unwrap();
    assert_eq!(prelude.trim(), head("callback"));
    assert!(prelude.len() > 1024);
    assert_eq!(
        response.next().await.unwrap(),
        "<script>\np(\"o\");\n</script>\r\n"
    );
    send(&app, &session, r#"["x"]"#).await;
    assert_eq!(
        response.next().await.unwrap(),
        "<script>\np(\"a[\\\"x\\\"]\");\n</script>\r\n"
    );
}

#[tokio::test]
async fn test_no_callback() {
    let answer = get(&app(suite()), "/echo/a/a/htmlfile").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains(r#""callback" parameter required"#));
}

#[tokio::test]
async fn test_invalid_callback() {
    let app = app(suite());
    for callback in ["%20", "*", "abc(", "abc%28", "%3Cscript%3E"] {
        let answer = get(&app, &format!("/echo/a/a/htmlfile?c={callback}")).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.body.contains(r#"invalid "callback" parameter"#));
    }
}

#[tokio::test]
async fn test_response_limit() {
    let app = app(suite());
    let session = session("/echo");
    let path = format!("{session}/htmlfile?c=callback");
    let mut response = stream(&app, Method::GET, &path).await;
    response.next().await.unwrap();
    response.next().await.unwrap();
    let text = "x".repeat(4096);
    send(&app, &session, &format!("[\"{text}\"]")).await;
    assert_eq!(
        response.next().await.unwrap(),
        format!("<script>\np(\"a[\\\"{text}\\\"]\");\n</script>\r\n")
    );
    assert_eq!(response.next().await, None);
}
