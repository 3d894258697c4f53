//! Requests of other sites, of every transport alike.

use axum::{
    Router,
    http::{Method, StatusCode},
};
use sockjs::{AllowedOrigins, Options};
use tokio_tungstenite::tungstenite::Error;

use crate::{
    handshake::HANDSHAKE,
    support::{Client, app, ask, assert_cors, open, serve, session, suite},
};

/// Everything that needs permission, with what it answers where it has some.
const REQUESTS: [(Method, &str, StatusCode); 10] = [
    (Method::GET, "/info", StatusCode::OK),
    (Method::OPTIONS, "/info", StatusCode::NO_CONTENT),
    (Method::POST, "/1/{}/xhr", StatusCode::OK),
    (Method::OPTIONS, "/1/{}/xhr", StatusCode::NO_CONTENT),
    (Method::POST, "/1/open/xhr_send", StatusCode::NO_CONTENT),
    (Method::GET, "/1/{}/jsonp?c=x", StatusCode::OK),
    (Method::POST, "/1/open/jsonp_send", StatusCode::OK),
    // The handler closes at once, so that the streams end.
    (Method::POST, "/1/{}/xhr_streaming", StatusCode::OK),
    (Method::GET, "/1/{}/eventsource", StatusCode::OK),
    (Method::GET, "/1/{}/htmlfile?c=x", StatusCode::OK),
];

async fn assert_all(allowed: AllowedOrigins, headers: &[(&str, &str)], permitted: bool) {
    let app = app(Options {
        allowed_origins: allowed,
        ..suite()
    });
    open(&app, "/close/1/open").await;
    for (number, (method, path, status)) in REQUESTS.into_iter().enumerate() {
        let path = format!("/close{}", path.replace("{}", &number.to_string()));
        let answer = ask(&app, method, &path, headers, "[\"a\"]").await;
        if permitted {
            assert_eq!(answer.status, status, "{path}");
            let origin = headers.iter().find(|(name, _)| *name == "origin");
            assert_cors(&answer.headers, origin.map(|(_, origin)| *origin));
        } else {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            assert!(answer.body.contains("is not allowed here"));
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
}

const HOST: (&str, &str) = ("host", "chat.example");

#[tokio::test]
async fn the_same_site_may_ask_by_default() {
    for origin in ["https://chat.example", "http://chat.example"] {
        assert_all(AllowedOrigins::default(), &[HOST, ("origin", origin)], true).await;
    }
}

#[tokio::test]
async fn who_names_no_origin_may_ask() {
    assert_all(AllowedOrigins::default(), &[HOST], true).await;
    assert_all(AllowedOrigins::default(), &[], true).await;
}

#[tokio::test]
async fn another_site_may_not() {
    for origin in [
        "https://evil.example",
        "http://chat.example:8080",
        "null",
        "x",
    ] {
        assert_all(
            AllowedOrigins::default(),
            &[HOST, ("origin", origin)],
            false,
        )
        .await;
    }
}

#[tokio::test]
async fn a_browser_that_asks_for_another_site_without_an_origin_may_not() {
    let headers = [HOST, ("sec-fetch-site", "cross-site")];
    assert_all(AllowedOrigins::default(), &headers, false).await;
}

#[tokio::test]
async fn a_listed_site_may() {
    let listed = || AllowedOrigins::patterns(["https://*.friend.example"]).unwrap();
    let friend = ("origin", "https://a.friend.example");
    assert_all(listed(), &[HOST, friend], true).await;
    let stranger = ("origin", "https://friend.example");
    assert_all(listed(), &[HOST, stranger], false).await;
}

#[tokio::test]
async fn everybody_may_where_any_site_is_allowed() {
    for origin in ["https://evil.example", "null"] {
        assert_all(AllowedOrigins::any(), &[HOST, ("origin", origin)], true).await;
    }
}

#[tokio::test]
async fn a_handshake_of_another_site_is_403() {
    let app = app(Options {
        allowed_origins: AllowedOrigins::default(),
        ..suite()
    });
    for path in ["/echo/1/2/websocket", "/echo/websocket"] {
        let mut headers = HANDSHAKE.to_vec();
        headers.extend([HOST, ("origin", "https://evil.example")]);
        let answer = ask(&app, Method::GET, path, &headers, "").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let address = serve(app).await;
    let own = format!("http://{address}");
    for (origin, permitted) in [(own.as_str(), true), ("https://evil.example", false)] {
        for path in ["/echo/1/2/websocket", "/echo/websocket"] {
            let client = Client::try_connect(address, path, &[], &[("origin", origin)]).await;
            match client {
                Ok(_) => assert!(permitted, "{origin}"),
                Err(Error::Http(response)) => {
                    assert!(!permitted, "{origin}");
                    assert_eq!(response.status(), StatusCode::FORBIDDEN);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[tokio::test]
async fn the_greeting_is_for_everybody() {
    let app: Router = app(Options::default());
    let headers = [HOST, ("origin", "https://evil.example")];
    let answer = ask(&app, Method::GET, "/echo", &headers, "").await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_foreign_request_opens_no_session() {
    let app = app(Options {
        max_sessions: 1,
        ..Options::default()
    });
    let headers = [HOST, ("origin", "https://evil.example")];
    for _ in 0..3 {
        let path = format!("{}/xhr", session("/echo"));
        let answer = ask(&app, Method::POST, &path, &headers, "").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    open(&app, &session("/echo")).await;
}
