//! `Protocol`.

use axum::http::StatusCode;

use crate::support::{GO_AWAY, app, open, poll, post, send, session, settle, suite, waiting_poll};

#[tokio::test]
async fn test_simple_session() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    send(&app, &session, r#"["a"]"#).await;
    assert_eq!(poll(&app, &session).await, "a[\"a\"]\n");

    let answer = post(&app, "/echo/000/bad_session/xhr_send", r#"["a"]"#).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);

    let first = waiting_poll(&app, &session);
    settle().await;
    assert_eq!(
        poll(&app, &session).await,
        "c[2010,\"Another connection still open\"]\n"
    );
    // The one that waited goes on waiting.
    send(&app, &session, r#"["b"]"#).await;
    assert_eq!(first.await.unwrap().body, "a[\"b\"]\n");
}

#[tokio::test]
async fn test_close_session() {
    let app = app(suite());
    let session = session("/close");
    open(&app, &session).await;
    for _ in 0..3 {
        assert_eq!(poll(&app, &session).await, format!("{GO_AWAY}\n"));
    }
}
