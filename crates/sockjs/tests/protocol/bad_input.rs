//! What a peer must not send, at the edge of each limit.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Method, StatusCode},
};
use bytes::Bytes;
use futures_util::{StreamExt, future::join, stream as futures_stream};
use sockjs::{Options, Session, frame};
use tokio::time::{Instant, sleep};

use crate::support::{Client, app, ask, open, poll, post, send, serve, session, settle, suite};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn what_is_no_array_of_strings_is_broken_json() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    for body in [
        &b"[\"a"[..],
        b"a",
        b"{}",
        b"[1]",
        b"[null]",
        b"[[\"a\"]]",
        b"[\"a\"]x",
        b" ",
        b"[\"\xff\"]",
        b"\xef\xbb\xbf[\"a\"]",
        b"[\"\n\"]",
    ] {
        for transport in ["xhr_send", "jsonp_send"] {
            let path = format!("{session}/{transport}");
            let answer = post(&app, &path, body).await;
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(answer.body, "Broken JSON encoding.\n", "{body:?}");
        }
    }
    send(&app, &session, r#"["fine"]"#).await;
    assert_eq!(poll(&app, &session).await, "a[\"fine\"]\n");
}

#[tokio::test]
async fn of_an_array_that_is_broken_no_message_is_taken() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    let path = format!("{session}/xhr_send");
    post(&app, &path, r#"["one","two",3]"#).await;
    send(&app, &session, r#"["fine"]"#).await;
    assert_eq!(poll(&app, &session).await, "a[\"fine\"]\n");
}

#[tokio::test]
async fn posts_to_sessions_that_nobody_opened_are_404() {
    let app = app(suite());
    for transport in ["xhr_send", "jsonp_send"] {
        let path = format!("{}/{transport}", session("/echo"));
        let answer = post(&app, &path, "[\"a\"]").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.body.starts_with("Unknown session"));
    }
}

#[tokio::test]
async fn a_session_of_a_websocket_is_not_found_by_its_id() {
    let app = app(suite());
    let address = serve(app.clone()).await;
    let mut client = Client::connect(address, "/echo/0/shared/websocket").await;
    assert_eq!(client.text().await, "o");
    let answer = post(&app, "/echo/0/shared/xhr_send", "[\"a\"]").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    // Nor does one that polls get in its way.
    open(&app, "/echo/0/shared").await;
    client.send("[\"b\"]").await;
    assert_eq!(client.text().await, "a[\"b\"]");
}

fn small() -> Options {
    Options {
        max_message: 1000,
        max_body: 4000,
        ..suite()
    }
}

#[tokio::test]
async fn a_message_may_be_as_long_as_the_limit_and_not_one_byte_more() {
    let app = app(small());
    let session = session("/echo");
    open(&app, &session).await;
    let fits = format!("[\"{}\"]", "x".repeat(1000));
    send(&app, &session, &fits).await;
    assert_eq!(poll(&app, &session).await, format!("a{fits}\n"));
    let path = format!("{session}/xhr_send");
    let answer = post(&app, &path, format!("[\"a\",\"{}\"]", "x".repeat(1001))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.body, "Message too big.\n");
    send(&app, &session, r#"["b"]"#).await;
    assert_eq!(poll(&app, &session).await, "a[\"b\"]\n");
}

/// With and without a length that tells it beforehand.
#[tokio::test]
async fn a_body_may_be_as_long_as_the_limit_and_not_one_byte_more() {
    let app = app(small());
    let session = session("/echo");
    open(&app, &session).await;
    let path = format!("{session}/xhr_send");
    let pieces = |text: &str| {
        let pieces: Vec<_> = text
            .as_bytes()
            .chunks(100)
            .map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece)))
            .collect();
        Body::from_stream(futures_stream::iter(pieces))
    };
    let fits = format!("{:4000}", "[\"a\"]");
    let over = format!("{:4001}", "[\"a\"]");
    for (body, status) in [
        (Body::from(fits.clone()), StatusCode::NO_CONTENT),
        (pieces(&fits), StatusCode::NO_CONTENT),
        (Body::from(over.clone()), StatusCode::PAYLOAD_TOO_LARGE),
        (pieces(&over), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(post(&app, &path, body).await.status, status);
    }
    let lies = [("content-length", "999999999999999999999")];
    let answer = ask(&app, Method::POST, &path, &lies, "[\"a\"]").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(poll(&app, &session).await, "a[\"a\",\"a\",\"a\"]\n");
}

#[tokio::test]
async fn a_client_that_saved_up_many_messages_may_post_them_together() {
    let app = app(Options {
        response_limit: 128 * 1024,
        ..suite()
    });
    let session = session("/echo");
    open(&app, &session).await;
    // What a client has after it was told to send 1 MB in the pieces of old STOMP clients.
    let text = "x".repeat(16 * 1024);
    let body = frame::client_messages(std::iter::repeat_n(text.as_str(), 60));
    assert!(body.len() > Options::default().max_message);
    send(&app, &session, &body).await;
    let mut received = 0;
    while received < 60 {
        received += poll(&app, &session).await.matches("\"x").count();
    }
    assert_eq!(received, 60);
}

#[tokio::test]
async fn an_array_may_hold_max_messages_and_not_one_more() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    let path = format!("{session}/xhr_send");
    let over = frame::client_messages(std::iter::repeat_n("", frame::MAX_MESSAGES + 1));
    let answer = post(&app, &path, over).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.body, "Too many messages in one array.\n");
    let full = frame::client_messages(std::iter::repeat_n("", frame::MAX_MESSAGES));
    send(&app, &session, &full).await;
}

/// A handler that does not take anything.
fn deaf(options: Options) -> Router {
    sockjs::router("/deaf", options, |session: Session| async move {
        std::future::pending::<()>().await;
        drop(session);
    })
}

#[tokio::test(start_paused = true)]
async fn posts_wait_for_a_handler_that_is_busy_and_are_then_refused() {
    let app = deaf(Options {
        inbox: 1000,
        disconnect_delay: 3600 * SECOND,
        ..suite()
    });
    let session = session("/deaf");
    open(&app, &session).await;
    // Each costs 64 bytes besides its own.
    for _ in 0..10 {
        send(&app, &session, &format!("[\"{}\"]", "x".repeat(36))).await;
    }
    let start = Instant::now();
    let answer = post(&app, &format!("{session}/xhr_send"), "[\"a\"]").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(start.elapsed() - 10 * SECOND <= SECOND / 10);
}

#[tokio::test]
async fn posts_that_wait_are_taken_in_the_order_in_which_they_came() {
    let (gate, opened) = tokio::sync::watch::channel(false);
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let options = Options {
        inbox: 0,
        ..suite()
    };
    let app = sockjs::router("/late", options, move |mut session: Session| {
        let (mut opened, sender) = (opened.clone(), sender.clone());
        async move {
            opened.wait_for(|opened| *opened).await.unwrap();
            while let Some(message) = session.recv().await {
                let _ = sender.send(message);
            }
        }
    });
    let session = session("/late");
    open(&app, &session).await;
    let mut posts = Vec::new();
    for number in 0..20 {
        let (app, path) = (app.clone(), format!("{session}/xhr_send"));
        posts.push(tokio::spawn(async move {
            post(&app, &path, format!("[\"{number}\"]")).await.status
        }));
        settle().await;
    }
    gate.send(true).unwrap();
    for number in 0..20 {
        assert_eq!(received.recv().await.unwrap(), number.to_string());
    }
    for post in posts {
        assert_eq!(post.await.unwrap(), StatusCode::NO_CONTENT);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_408_and_holds_up_nobody_else() {
    let app = app(Options {
        disconnect_delay: 3600 * SECOND,
        ..suite()
    });
    let (slow, other) = (session("/echo"), session("/echo"));
    open(&app, &slow).await;
    open(&app, &other).await;
    let start = Instant::now();
    let path = format!("{slow}/xhr_send");
    let never = Body::from_stream(futures_stream::pending::<Result<Bytes, Infallible>>());
    let meanwhile = async {
        settle().await;
        send(&app, &other, r#"["a"]"#).await;
        assert_eq!(poll(&app, &other).await, "a[\"a\"]\n");
        start.elapsed()
    };
    let (answer, other_took) = join(post(&app, &path, never), meanwhile).await;
    assert!(other_took < SECOND);
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
    assert!(start.elapsed() - 40 * SECOND <= SECOND / 10);
}

/// Bytes, and then nothing for ever.
fn stuck_after(bytes: usize) -> Body {
    let some = futures_stream::iter([Ok::<_, Infallible>(Bytes::from(vec![b' '; bytes]))]);
    Body::from_stream(some.chain(futures_stream::pending()))
}

#[tokio::test(start_paused = true)]
async fn of_large_bodies_only_64_are_read_at_a_time() {
    let app = app(Options {
        disconnect_delay: 3600 * SECOND,
        ..small()
    });
    for _ in 0..64 {
        let session = session("/echo");
        open(&app, &session).await;
        let app = app.clone();
        tokio::spawn(
            async move { post(&app, &format!("{session}/xhr_send"), stuck_after(1001)).await },
        );
    }
    let session = session("/echo");
    open(&app, &session).await;
    settle().await;
    let start = Instant::now();
    send(&app, &session, &format!("{:1000}", "[\"small\"]")).await;
    assert!(start.elapsed() < SECOND);
    // The next has to wait until those before it have timed out.
    sleep(SECOND).await;
    send(&app, &session, &format!("{:1001}", "[\"large\"]")).await;
    assert!(start.elapsed() - 40 * SECOND <= SECOND / 10);
    settle().await;
    assert_eq!(poll(&app, &session).await, "a[\"small\",\"large\"]\n");
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_the_session_as_it_was() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    let broken = futures_stream::iter([
        Ok(Bytes::from_static(b"[\"a\"")),
        Err(std::io::Error::other("the peer hung up")),
    ]);
    let answer = post(
        &app,
        &format!("{session}/xhr_send"),
        Body::from_stream(broken),
    )
    .await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    send(&app, &session, r#"["b"]"#).await;
    assert_eq!(poll(&app, &session).await, "a[\"b\"]\n");
}

#[tokio::test]
async fn a_request_that_fetches_may_bring_a_body_that_nobody_reads() {
    let app = app(suite());
    let session = session("/echo");
    let answer = post(&app, &format!("{session}/xhr"), "x".repeat(1024 * 1024)).await;
    assert_eq!(answer.body, "o\n");
    let path = format!("{}/xhr_streaming", crate::support::session("/close"));
    assert_eq!(post(&app, &path, "x").await.status, StatusCode::OK);
}
