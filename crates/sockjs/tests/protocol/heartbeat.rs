//! What a request hears while nobody says anything.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use sockjs::{Options, Session};
use tokio::time::{Instant, sleep};

use crate::support::{app, get, open, poll, send, session, stream, suite};

const SECOND: Duration = Duration::from_secs(1);

fn assert_late(start: Instant, due: Duration) {
    let late = start.elapsed() - due;
    assert!(late <= SECOND / 10, "{late:?} late");
}

#[tokio::test(start_paused = true)]
async fn a_poll_is_answered_with_a_heartbeat_after_25_seconds() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    for _ in 0..3 {
        let start = Instant::now();
        assert_eq!(poll(&app, &session).await, "h\n");
        assert_late(start, 25 * SECOND);
        sleep(2 * SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn jsonp_hears_one_before_the_client_gives_up() {
    let app = app(suite());
    let path = format!("{}/jsonp?c=x", session("/echo"));
    assert_eq!(get(&app, &path).await.body, "/**/x(\"o\");\r\n");
    let start = Instant::now();
    assert_eq!(get(&app, &path).await.body, "/**/x(\"h\");\r\n");
    assert!(start.elapsed() < 35 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_stream_beats_every_25_seconds_of_silence() {
    let app = app(Options {
        response_time: None,
        ..suite()
    });
    let session = session("/echo");
    let path = format!("{session}/eventsource");
    let mut response = stream(&app, Method::GET, &path).await;
    response.next().await.unwrap();
    assert_eq!(response.next().await.unwrap(), "data: o\r\n\r\n");
    for _ in 0..2 {
        let start = Instant::now();
        assert_eq!(response.next().await.unwrap(), "data: h\r\n\r\n");
        assert_late(start, 25 * SECOND);
    }
    sleep(20 * SECOND).await;
    send(&app, &session, r#"["a"]"#).await;
    assert_eq!(response.next().await.unwrap(), "data: a[\"a\"]\r\n\r\n");
    let start = Instant::now();
    assert_eq!(response.next().await.unwrap(), "data: h\r\n\r\n");
    assert_late(start, 25 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_interval_is_an_option() {
    let app = app(Options {
        heartbeat: Some(3 * SECOND),
        ..suite()
    });
    let session = session("/echo");
    open(&app, &session).await;
    let start = Instant::now();
    assert_eq!(poll(&app, &session).await, "h\n");
    assert_late(start, 3 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn switched_off_it_still_ends_a_poll_that_hears_nothing_else() {
    let options = Options {
        heartbeat: None,
        ..suite()
    };
    let router = sockjs::router("/x", options, |mut session: Session| async move {
        // The application beats by itself once it has been greeted.
        session.recv().await;
        for _ in 0..5 {
            sleep(10 * SECOND).await;
            let _ = session.send(Bytes::from_static(b"\n")).await;
        }
        session.recv().await;
    });
    let session = session("/x");
    open(&router, &session).await;
    let start = Instant::now();
    assert_eq!(poll(&router, &session).await, "h\n");
    assert_late(start, 25 * SECOND);
    send(&router, &session, r#"["hello"]"#).await;
    for _ in 0..5 {
        assert_eq!(poll(&router, &session).await, "a[\"\\n\"]\n");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_after_25_seconds_before_a_proxy_cuts_it() {
    let app = app(suite());
    let session = session("/echo");
    let path = format!("{session}/xhr_streaming");
    for busy in [false, true] {
        let start = Instant::now();
        let mut response = stream(&app, Method::POST, &path).await;
        assert_eq!(response.next().await.unwrap().len(), 2049);
        if !busy {
            assert_eq!(response.next().await.unwrap(), "o\n");
        }
        let mut last = String::new();
        let mut number = 0;
        loop {
            tokio::select! {
                chunk = response.next() => match chunk {
                    Some(chunk) => last = chunk,
                    None => break,
                },
                () = sleep(2 * SECOND), if busy => {
                    number += 1;
                    send(&app, &session, &format!("[\"{number}\"]")).await;
                }
            }
        }
        assert_late(start, 25 * SECOND);
        assert_eq!(last, "h\n");
    }
    // The session goes on.
    send(&app, &session, r#"["a"]"#).await;
    assert_eq!(poll(&app, &session).await, "a[\"a\"]\n");
}
