//! The plain requests, rule by rule as sockjs-protocol has them: greeting, info, 404 and the
//! handshakes that fail.

mod support;

use std::collections::HashSet;

use axum::{
    Router,
    http::{Method, StatusCode},
};
use sockjs::Options;
use support::{app, ask, echo, get};

const SESSION: &str = "/echo/000/abc/websocket";

/// The headers of a handshake that lacks nothing.
const HANDSHAKE: [(&str, &str); 4] = [
    ("upgrade", "websocket"),
    ("connection", "Upgrade"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "x3JJHMbDL1EzLkh9GBhXDw=="),
];

#[tokio::test]
async fn greeting_with_and_without_a_slash() {
    for path in ["/echo", "/echo/"] {
        let answer = get(path).await;
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
async fn the_greeting_is_for_get_only() {
    let answer = ask(app(Options::default()), Method::POST, "/echo", &[]).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), Some("GET"));
}

#[tokio::test]
async fn an_endpoint_can_be_the_whole_server_or_live_in_a_router_with_state() {
    let root: Router = sockjs::router("", Options::default(), echo);
    for path in ["/", "/info"] {
        let answer = ask(root.clone(), Method::GET, path, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    let with_state = Router::<String>::new()
        .merge(sockjs::router("/a/b/c/", Options::default(), echo))
        .with_state(String::new());
    for path in ["/a/b/c", "/a/b/c/", "/a/b/c/info"] {
        let answer = ask(with_state.clone(), Method::GET, path, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    let nested = Router::new().nest("/x", sockjs::router("/y", Options::default(), echo));
    let answer = ask(nested, Method::GET, "/x/y/info", &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn other_paths_are_not_found() {
    for path in [
        "/echo/a",
        "/echo/a.html",
        "/echo//",
        "/echo///",
        "/echo/a/a",
        "/echo/a/a/",
        "/echo/a/",
        "/echo/info/",
        "/echo/websocket/x",
        "/echo/000/abc/xhr",
        "/echo/000/abc/xhr_streaming",
        "/echo/000/abc/eventsource",
        "/echo/000/abc/jsonp",
        "/echo/iframe.html",
    ] {
        assert_eq!(get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn session_paths_with_empty_parts_or_dots_are_not_found() {
    for ids in ["//", "/a./a", "/a/a.", "/./.", "/", "///"] {
        for transport in ["websocket", "xhr"] {
            let path = format!("/echo{ids}/{transport}");
            for method in [Method::GET, Method::POST] {
                let answer = ask(app(Options::default()), method, &path, &HANDSHAKE).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn info_tells_what_the_server_can_do() {
    let answer = get("/echo/info").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=UTF-8")
    );
    let info: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(info["websocket"], true);
    assert_eq!(info["cookie_needed"], false);
    assert_eq!(info["origins"], serde_json::json!(["*:*"]));
    assert!(info["entropy"].as_u64().unwrap() <= u64::from(u32::MAX));
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test]
async fn info_follows_the_options() {
    let options = Options {
        cookie_needed: true,
        websocket: false,
        ..Options::default()
    };
    let answer = ask(app(options), Method::GET, "/echo/info", &[]).await;
    let info: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(info["websocket"], false);
    assert_eq!(info["cookie_needed"], true);
}

#[tokio::test]
async fn info_is_never_cached() {
    let answer = get("/echo/info").await;
    assert_eq!(
        answer.header("cache-control"),
        Some("no-store, no-cache, no-transform, must-revalidate, max-age=0")
    );
    assert_eq!(answer.header("expires"), None);
    assert_eq!(answer.header("last-modified"), None);
}

#[tokio::test]
async fn info_has_another_entropy_every_time() {
    let mut seen = HashSet::new();
    for _ in 0..16 {
        let info: serde_json::Value = serde_json::from_str(&get("/echo/info").await.body).unwrap();
        seen.insert(info["entropy"].as_u64().unwrap());
    }
    // Sixteen draws of 32 bits meet once in forty million runs.
    assert_eq!(seen.len(), 16);
}

#[tokio::test]
async fn info_is_for_any_origin_with_credentials() {
    for origin in ["test", "null", "https://chat.example"] {
        let headers = [("origin", origin)];
        let answer = ask(app(Options::default()), Method::GET, "/echo/info", &headers).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(
            answer.header("access-control-allow-credentials"),
            Some("true")
        );
        assert_eq!(answer.header("vary"), Some("Origin"));
    }
}

#[tokio::test]
async fn info_without_an_origin_is_for_all_without_credentials() {
    let answer = get("/echo/info").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn info_answers_preflights_for_a_year() {
    for origin in ["test", "null"] {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "a, b, c"),
        ];
        let answer = ask(
            app(Options::default()),
            Method::OPTIONS,
            "/echo/info",
            &headers,
        )
        .await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(answer.body, "");
        assert_eq!(
            answer.header("cache-control"),
            Some("public, max-age=31536000")
        );
        assert!(answer.header("expires").is_some());
        assert_eq!(answer.header("access-control-max-age"), Some("31536000"));
        assert_eq!(
            answer.header("access-control-allow-methods"),
            Some("OPTIONS, GET")
        );
        assert_eq!(
            answer.header("access-control-allow-headers"),
            Some("a, b, c")
        );
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(
            answer.header("access-control-allow-credentials"),
            Some("true")
        );
    }
}

#[tokio::test]
async fn a_preflight_that_asks_for_no_headers_is_told_of_none() {
    for headers in [
        vec![("origin", "test"), ("access-control-request-headers", "")],
        vec![("origin", "test")],
    ] {
        let answer = ask(
            app(Options::default()),
            Method::OPTIONS,
            "/echo/info",
            &headers,
        )
        .await;
        assert_eq!(answer.header("access-control-allow-headers"), None);
    }
}

#[tokio::test]
async fn info_is_for_get_and_options_only() {
    let answer = ask(app(Options::default()), Method::POST, "/echo/info", &[]).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), Some("OPTIONS, GET"));
}

#[tokio::test]
async fn websocket_get_without_upgrade_is_400() {
    for path in [SESSION, "/echo/websocket"] {
        let answer = get(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.body, r#"Can "Upgrade" only to "WebSocket"."#);
    }
}

#[tokio::test]
async fn websocket_upgrade_of_the_prefix_itself_is_only_greeted() {
    let answer = ask(app(Options::default()), Method::GET, "/echo", &HANDSHAKE).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn websocket_with_a_rewritten_connection_header_is_400() {
    let headers = [("upgrade", "WebSocket"), ("connection", "close")];
    let answer = ask(app(Options::default()), Method::GET, SESSION, &headers).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.body, r#""Connection" must be "upgrade"."#);
}

#[tokio::test]
async fn websocket_of_another_version_is_426_and_told_ours() {
    let mut headers = HANDSHAKE;
    headers[2].1 = "8";
    let answer = ask(app(Options::default()), Method::GET, SESSION, &headers).await;
    assert_eq!(answer.status, StatusCode::UPGRADE_REQUIRED);
    assert_eq!(answer.header("sec-websocket-version"), Some("13"));
}

#[tokio::test]
async fn websocket_without_a_key_is_400() {
    let answer = ask(
        app(Options::default()),
        Method::GET,
        SESSION,
        &HANDSHAKE[..3],
    )
    .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn websocket_post_is_405_with_allow_and_nothing_else() {
    for headers in [&HANDSHAKE[..2], &[]] {
        let answer = ask(app(Options::default()), Method::POST, SESSION, headers).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.header("allow"), Some("GET"));
        assert_eq!(answer.header("content-type"), None);
        assert_eq!(answer.body, "");
    }
}

#[tokio::test]
async fn websocket_that_is_switched_off_is_not_found() {
    let options = Options {
        websocket: false,
        ..Options::default()
    };
    for path in [SESSION, "/echo/websocket"] {
        let answer = ask(app(options.clone()), Method::GET, path, &HANDSHAKE).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}
