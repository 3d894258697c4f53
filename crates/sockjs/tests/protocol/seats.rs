//! Sessions that are opened and left: how many there may be, and that nothing of them stays.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Method, StatusCode},
};
use sockjs::{Options, Session};
use tokio::time::sleep;

use crate::support::{
    answer, app, ask, from, open, poll, post, request, send, session, settle, suite,
};

const SECOND: Duration = Duration::from_secs(1);

/// How many handlers run.
fn counting(options: Options) -> (Router, Arc<AtomicUsize>) {
    let running = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&running);
    let app = sockjs::router("/x", options, move |mut session: Session| {
        let count = Arc::clone(&count);
        async move {
            count.fetch_add(1, Ordering::Relaxed);
            while session.recv().await.is_some() {}
            count.fetch_sub(1, Ordering::Relaxed);
        }
    });
    (app, running)
}

#[tokio::test(start_paused = true)]
async fn a_full_endpoint_answers_503_until_someone_has_left() {
    let app = app(Options {
        max_sessions: 2,
        ..suite()
    });
    let (first, second, third) = (session("/echo"), session("/echo"), session("/echo"));
    open(&app, &first).await;
    open(&app, &second).await;
    for (method, transport) in [
        (Method::POST, "xhr"),
        (Method::POST, "xhr_streaming"),
        (Method::GET, "eventsource"),
        (Method::GET, "htmlfile?c=x"),
        (Method::GET, "jsonp?c=x"),
    ] {
        let path = format!("{third}/{transport}");
        let answer = ask(&app, method, &path, &[], Body::empty()).await;
        assert_eq!(
            answer.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{transport}"
        );
        assert_eq!(answer.body, "Too many sessions.\n");
        assert_eq!(answer.header("retry-after"), Some("5"));
    }
    // Those who are in are not affected.
    send(&app, &first, r#"["a"]"#).await;
    assert_eq!(poll(&app, &first).await, "a[\"a\"]\n");
    sleep(6 * SECOND).await;
    open(&app, &third).await;
}

#[tokio::test]
async fn one_address_has_its_own_limit() {
    let app = app(Options {
        max_sessions_per_address: 2,
        ..suite()
    });
    let open_from = async |address: &str| {
        let path = format!("{}/xhr", session("/echo"));
        answer(&app, from(address, request(Method::POST, &path, &[], ""))).await
    };
    for _ in 0..2 {
        assert_eq!(open_from("192.0.2.1").await.body, "o\n");
    }
    let answer = open_from("192.0.2.1").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.body, "Too many sessions from your address.\n");
    assert_eq!(open_from("192.0.2.2").await.body, "o\n");
    assert_eq!(open_from("[2001:db8::1]").await.body, "o\n");
}

#[tokio::test(start_paused = true)]
async fn of_sessions_that_were_opened_and_left_nothing_stays() {
    let (app, running) = counting(Options {
        max_sessions: 1000,
        ..suite()
    });
    for _ in 0..3 {
        let mut refused = 0;
        for _ in 0..1500 {
            let path = format!("{}/xhr", session("/x"));
            match post(&app, &path, "").await.status {
                StatusCode::OK => {}
                StatusCode::SERVICE_UNAVAILABLE => refused += 1,
                status => panic!("{status}"),
            }
        }
        assert_eq!(refused, 500);
        settle().await;
        assert_eq!(running.load(Ordering::Relaxed), 1000);
        sleep(6 * SECOND).await;
        assert_eq!(running.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_keeps_its_seat_until_its_handler_has_returned() {
    let options = Options {
        max_sessions: 1,
        ..suite()
    };
    let app = sockjs::router("/x", options, |session: Session| async move {
        sleep(60 * SECOND).await;
        drop(session);
    });
    open(&app, &session("/x")).await;
    sleep(50 * SECOND).await;
    let path = format!("{}/xhr", session("/x"));
    assert_eq!(
        post(&app, &path, "").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    sleep(20 * SECOND).await;
    open(&app, &session("/x")).await;
}
