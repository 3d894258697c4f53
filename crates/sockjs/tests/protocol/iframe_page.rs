//! `IframePage`, and the scripts that the page loads.

use std::fs;

use axum::{
    Router,
    body::Body,
    http::{Method, StatusCode},
};
use sockjs::{AllowedOrigins, Options};

use crate::support::{Answer, app, ask, echo, get, suite};

/// The page as the suite has it, but for the address of the script.
fn page(script: &str) -> String {
    [
        "<!DOCTYPE html>",
        "<html>",
        "<head>",
        "  <meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\" />",
        "  <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />",
        &format!("  <script src=\"{script}\"></script>"),
        "  <script>",
        "    document.domain = document.domain;",
        "    SockJS.bootstrap_iframe();",
        "  </script>",
        "</head>",
        "<body>",
        "  <h2>Don't panic!</h2>",
        "  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>",
        "</body>",
        "</html>",
        "",
    ]
    .join("\n")
}

fn assert_page(answer: &Answer, script: &str) {
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=UTF-8")
    );
    assert_eq!(
        answer.header("cache-control"),
        Some("public, max-age=31536000")
    );
    assert!(answer.header("expires").is_some());
    assert!(answer.header("etag").unwrap().starts_with('"'));
    assert_eq!(answer.header("last-modified"), None);
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(answer.body, page(script));
}

#[tokio::test]
async fn test_simple_url() {
    let answer = get(&app(suite()), "/echo/iframe.html").await;
    assert_page(&answer, "/lib/sockjs.js");
}

#[tokio::test]
async fn test_versioned_url() {
    let app = app(suite());
    for name in ["-a", "-", "-0.1.2", "-0.1.2abc-dirty.2144"] {
        let answer = get(&app, &format!("/echo/iframe{name}.html")).await;
        assert_page(&answer, "/lib/sockjs.js");
    }
}

#[tokio::test]
async fn test_queried_url() {
    let app = app(suite());
    for name in [
        "-a.html?t=1234",
        "-0.1.2.html?t=123414",
        "-0.1.2abc-dirty.2144.html?t=qweqweq123",
    ] {
        let answer = get(&app, &format!("/echo/iframe{name}")).await;
        assert_page(&answer, "/lib/sockjs.js");
    }
}

#[tokio::test]
async fn test_invalid_url() {
    let app = app(suite());
    for name in [
        "iframe.htm",
        "iframe",
        "IFRAME.HTML",
        "IFRAME",
        "iframe.HTML",
        "iframe.xml",
        "iframe-/.html",
    ] {
        let answer = get(&app, &format!("/echo/{name}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn test_cacheability() {
    let app = app(suite());
    let first = get(&app, "/echo/iframe.html").await;
    let second = get(&app, "/echo/iframe.html").await;
    let etag = first.header("etag").unwrap();
    assert_eq!(second.header("etag"), Some(etag));
    for known in [etag, &format!("W/{etag}"), &format!("\"x\", {etag}"), "*"] {
        let headers = [("if-none-match", known)];
        let answer = ask(
            &app,
            Method::GET,
            "/echo/iframe.html",
            &headers,
            Body::empty(),
        )
        .await;
        assert_eq!(answer.status, StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(answer.header("content-type"), None);
        assert_eq!(answer.header("etag"), Some(etag));
        assert_eq!(answer.body, "");
    }
    let headers = [("if-none-match", "\"another\"")];
    let answer = ask(
        &app,
        Method::GET,
        "/echo/iframe.html",
        &headers,
        Body::empty(),
    )
    .await;
    assert_page(&answer, "/lib/sockjs.js");
}

/// An endpoint with the scripts of two versions and some other files in its folder.
fn hosting(options: Options) -> Router {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("sockjs-1.1.2.min.js", "/* one */"),
        ("sockjs-1.6.1.min.js", "/* six */"),
        ("sockjs-1.6.1.js", "/* not minified */"),
        ("secret.txt", "secret"),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let options = Options {
        client_scripts: Some(folder.path().to_owned()),
        ..options
    };
    // The folder may go, as it was read.
    sockjs::router("/echo", options, echo)
}

#[tokio::test]
async fn a_hosted_version_has_its_page_and_its_script() {
    let app = hosting(Options::default());
    for (version, content) in [("1.1.2", "/* one */"), ("1.6.1", "/* six */")] {
        let script = format!("/echo/sockjs-{version}.min.js");
        let answer = get(&app, &format!("/echo/iframe-{version}.html")).await;
        assert_page(&answer, &script);
        let answer = get(&app, &script).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body, content);
        assert_eq!(
            answer.header("content-type"),
            Some("text/javascript; charset=UTF-8")
        );
        assert_eq!(
            answer.header("cache-control"),
            Some("public, max-age=31536000")
        );
        let headers = [("if-none-match", answer.header("etag").unwrap())];
        let answer = ask(&app, Method::GET, &script, &headers, Body::empty()).await;
        assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
    }
}

/// Clients from 1.0 on ask for the page without their version (see `specs/sockjs.spec.ts` of the
/// browser tests for what comes then).
#[tokio::test]
async fn the_page_without_a_version_loads_a_script_that_asks_for_it() {
    let app = hosting(Options::default());
    let answer = get(&app, "/echo/iframe.html").await;
    assert_page(&answer, "/echo/sockjs-bootstrap.min.js");
    let answer = get(&app, "/echo/sockjs-bootstrap.min.js").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("bootstrap_iframe: function"));
}

#[tokio::test]
async fn a_version_that_is_not_hosted_has_neither() {
    let app = hosting(Options::default());
    for path in [
        "iframe-.html",
        "iframe-1.0.0.html",
        "iframe-1.6.1.js.html",
        "sockjs-1.0.0.min.js",
        "sockjs-..%2f..%2fsecret.min.js",
        "secret.txt",
    ] {
        let answer = get(&app, &format!("/echo/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn an_endpoint_without_scripts_has_no_page_and_the_rest_works() {
    let missing = Options {
        client_scripts: Some("/there/is/no/such/folder".into()),
        ..Options::default()
    };
    for options in [Options::default(), missing] {
        let app = app(options);
        for path in [
            "iframe-1.6.1.html",
            "iframe.html",
            "sockjs-bootstrap.min.js",
        ] {
            let answer = get(&app, &format!("/echo/{path}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(get(&app, "/echo/info").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn the_page_loads_its_script_from_where_the_visitor_is() {
    let app = Router::new().nest("/deep\"er", hosting(Options::default()));
    let answer = get(&app, "/deep\"er/echo/iframe-1.6.1.html").await;
    assert_page(&answer, "/deep&quot;er/echo/sockjs-1.6.1.min.js");
}

#[tokio::test]
async fn only_sites_that_may_connect_may_frame_the_page() {
    let listed = AllowedOrigins::patterns(["https://*.friend.example"]).unwrap();
    for (allowed_origins, policy) in [
        (AllowedOrigins::any(), None),
        (AllowedOrigins::same(), Some("frame-ancestors 'self'")),
        (
            listed,
            Some("frame-ancestors 'self' https://*.friend.example"),
        ),
    ] {
        let app = hosting(Options {
            allowed_origins,
            ..Options::default()
        });
        let answer = get(&app, "/echo/iframe-1.6.1.html").await;
        assert_eq!(answer.header("content-security-policy"), policy);
    }
}

#[tokio::test]
async fn page_and_script_are_for_get_only() {
    let app = hosting(Options::default());
    for path in ["/echo/iframe-1.6.1.html", "/echo/sockjs-1.6.1.min.js"] {
        let answer = ask(&app, Method::POST, path, &[], "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}
