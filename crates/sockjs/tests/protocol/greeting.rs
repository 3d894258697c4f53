//! `BaseUrlGreeting`.

use axum::{
    Router,
    http::{Method, StatusCode},
};
use sockjs::Options;

use crate::support::{app, ask, echo, get, suite};

#[tokio::test]
async fn test_greeting() {
    let app = app(suite());
    for path in ["/echo", "/echo/"] {
        let answer = get(&app, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; charset=UTF-8")
        );
        assert_eq!(answer.body, "Welcome to SockJS!\n");
        assert_eq!(answer.header("set-cookie"), None);
    }
}

#[tokio::test]
async fn test_not_found() {
    let app = app(suite());
    for path in [
        "/a",
        "/a.html",
        "//",
        "///",
        "/a/a",
        "/a/a/",
        "/a/",
        "/info/",
        "/websocket/x",
        "/sockjs-1.6.1.min.js",
    ] {
        let answer = get(&app, &format!("/echo{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_greeting_is_for_get_only() {
    let answer = ask(&app(suite()), Method::POST, "/echo", &[], "").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), Some("GET"));
}

#[tokio::test]
async fn an_endpoint_can_be_the_whole_server_or_live_in_a_router_with_state() {
    let root: Router = sockjs::router("", Options::default(), echo);
    for path in ["/", "/info"] {
        assert_eq!(get(&root, path).await.status, StatusCode::OK, "{path}");
    }
    let with_state = Router::<String>::new()
        .merge(sockjs::router("/a/b/c/", Options::default(), echo))
        .with_state(String::new());
    for path in ["/a/b/c", "/a/b/c/", "/a/b/c/info"] {
        assert_eq!(
            get(&with_state, path).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    let nested = Router::new().nest("/x", sockjs::router("/y", Options::default(), echo));
    assert_eq!(get(&nested, "/x/y/info").await.status, StatusCode::OK);
}
