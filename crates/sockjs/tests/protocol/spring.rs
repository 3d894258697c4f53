//! The endpoint as Spring has it, where that differs from the suite.

use axum::{
    Router,
    http::{Method, StatusCode},
};
use sockjs::Options;

use crate::support::{answer, app, from, get, open, post, request, session, stream, suite};

const NEVER: &str = "no-store, no-cache, must-revalidate, max-age=0";

fn spring() -> Router {
    app(Options {
        spring_compat: true,
        ..suite()
    })
}

#[tokio::test]
async fn there_is_no_jsonp() {
    let app = spring();
    let session = session("/echo");
    open(&app, &session).await;
    let answer = get(&app, &format!("{session}/jsonp?c=x")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let answer = post(&app, &format!("{session}/jsonp_send"), "[\"a\"]").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn caches_may_transform() {
    let app = spring();
    let answer = get(&app, "/echo/info").await;
    assert_eq!(answer.header("cache-control"), Some(NEVER));
    let answer = post(&app, &format!("{}/xhr", session("/echo")), "").await;
    assert_eq!(answer.header("cache-control"), Some(NEVER));
}

#[tokio::test]
async fn the_iframe_page_is_not_cached_and_only_for_the_same_site() {
    let app = spring();
    let answer = get(&app, "/echo/iframe.html").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), Some(NEVER));
    assert_eq!(answer.header("expires"), None);
    assert_eq!(answer.header("x-frame-options"), Some("SAMEORIGIN"));
    assert!(answer.header("etag").is_some());
}

#[tokio::test]
async fn server_sent_events_name_their_charset() {
    let app = spring();
    let path = format!("{}/eventsource", session("/echo"));
    let response = stream(&app, Method::GET, &path).await;
    assert_eq!(
        response.header("content-type"),
        Some("text/event-stream;charset=UTF-8")
    );
}

#[tokio::test]
async fn a_wrong_callback_is_called_a_missing_one() {
    let answer = get(&spring(), "/echo/a/a/htmlfile?c=*").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains(r#""callback" parameter required"#));
}

#[tokio::test]
async fn a_session_belongs_to_the_address_that_opened_it() {
    for (app, status) in [
        (spring(), StatusCode::NOT_FOUND),
        (app(suite()), StatusCode::OK),
    ] {
        let session = session("/close");
        let ask = async |address: &str, transport: &str| {
            let path = format!("{session}/{transport}");
            let request = request(Method::POST, &path, &[], "[]");
            answer(&app, from(address, request)).await.status
        };
        assert_eq!(ask("192.0.2.1", "xhr").await, StatusCode::OK);
        assert_eq!(ask("192.0.2.2", "xhr").await, status);
        let sent = ask("192.0.2.2", "xhr_send").await;
        assert_eq!(
            sent == StatusCode::NOT_FOUND,
            status == StatusCode::NOT_FOUND
        );
        assert_eq!(ask("192.0.2.1", "xhr").await, StatusCode::OK);
    }
}
