//! `HandlingClose`, and how else sessions of the HTTP transports end.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    http::{Method, StatusCode},
};
use bytes::Bytes;
use sockjs::{Closed, Options, SendError, Session};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    time::{Instant, sleep},
};

use crate::support::{
    GO_AWAY, app, ask, open, poll, post, send, serve, session, settle, soon, stream, suite,
    waiting_poll,
};

const ANOTHER: &str = "c[2010,\"Another connection still open\"]\n";
const INTERRUPTED: &str = "c[1002,\"Connection interrupted\"]\n";
const SECOND: Duration = Duration::from_secs(1);

/// An endpoint that tells why its sessions ended.
fn watched(options: Options) -> (Router, mpsc::UnboundedReceiver<Option<Closed>>) {
    let (sender, ended) = mpsc::unbounded_channel();
    let app = sockjs::router("/watched", options, move |mut session: Session| {
        let sender = sender.clone();
        async move {
            while let Some(message) = session.recv().await {
                if session.send(message).await.is_err() {
                    break;
                }
            }
            let _ = sender.send(session.closed());
        }
    });
    (app, ended)
}

#[tokio::test]
async fn test_close_frame() {
    let app = app(suite());
    let path = format!("{}/xhr_streaming", session("/close"));
    let mut first = stream(&app, Method::POST, &path).await;
    first.next().await.unwrap();
    assert_eq!(first.next().await.unwrap(), "o\n");
    assert_eq!(first.next().await.unwrap(), format!("{GO_AWAY}\n"));
    let mut second = stream(&app, Method::POST, &path).await;
    second.next().await.unwrap();
    assert_eq!(second.next().await.unwrap(), format!("{GO_AWAY}\n"));
    assert_eq!(first.next().await, None);
    assert_eq!(second.next().await, None);
}

#[tokio::test]
async fn test_close_request() {
    let app = app(suite());
    let path = format!("{}/xhr_streaming", session("/echo"));
    let mut first = stream(&app, Method::POST, &path).await;
    first.next().await.unwrap();
    assert_eq!(first.next().await.unwrap(), "o\n");
    let mut second = stream(&app, Method::POST, &path).await;
    second.next().await.unwrap();
    assert_eq!(second.next().await.unwrap(), ANOTHER);
    assert_eq!(second.next().await, None);
    assert!(first.is_quiet().await, "the first one goes on");
}

#[tokio::test]
async fn test_abort_xhr_streaming() {
    let app = app(suite());
    let path = format!("{}/xhr_streaming", session("/echo"));
    let mut first = stream(&app, Method::POST, &path).await;
    first.next().await.unwrap();
    assert_eq!(first.next().await.unwrap(), "o\n");
    let mut second = stream(&app, Method::POST, &path).await;
    second.next().await.unwrap();
    assert_eq!(second.next().await.unwrap(), ANOTHER);
    assert_eq!(second.next().await, None);
    drop(second);
    drop(first);
    let mut third = stream(&app, Method::POST, &path).await;
    third.next().await.unwrap();
    assert_eq!(third.next().await.unwrap(), INTERRUPTED);
    assert_eq!(third.next().await, None);
}

#[tokio::test]
async fn test_abort_xhr_polling() {
    let app = app(suite());
    let session = session("/echo");
    open(&app, &session).await;
    let first = waiting_poll(&app, &session);
    settle().await;
    assert_eq!(poll(&app, &session).await, ANOTHER);
    first.abort();
    settle().await;
    assert_eq!(poll(&app, &session).await, INTERRUPTED);
}

/// The same over a real connection that the peer cuts, as the suite does it.
#[tokio::test]
async fn a_connection_that_is_cut_ends_the_session_at_once() {
    for transport in ["xhr", "xhr_streaming"] {
        let (app, mut ended) = watched(suite());
        let address = serve(app).await;
        let mut connection = TcpStream::connect(address).await.unwrap();
        let request = |path: &str| {
            format!("POST /watched/0/a/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        };
        let requests = format!("{}{}", request("xhr"), request(transport));
        connection.write_all(requests.as_bytes()).await.unwrap();
        let mut buffer = [0; 4096];
        let read = soon(connection.read(&mut buffer)).await.unwrap();
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200 "));
        drop(connection);
        assert_eq!(soon(ended.recv()).await.unwrap(), Some(Closed::Peer));
    }
}

#[tokio::test]
async fn what_an_answer_held_that_was_never_written_is_lost_with_the_session() {
    let (app, mut ended) = watched(suite());
    let session = session("/watched");
    open(&app, &session).await;
    send(&app, &session, r#"["a"]"#).await;
    // The answer is there, but the connection is gone before it takes the body.
    let answer = stream(&app, Method::POST, &format!("{session}/xhr")).await;
    assert_eq!(answer.status, StatusCode::OK);
    drop(answer);
    assert_eq!(soon(ended.recv()).await.unwrap(), Some(Closed::Peer));
    assert_eq!(poll(&app, &session).await, INTERRUPTED);
}

#[tokio::test(start_paused = true)]
async fn a_session_without_a_request_for_5_seconds_is_over_and_its_id_is_free() {
    let (app, mut ended) = watched(suite());
    let session = session("/watched");
    open(&app, &session).await;
    sleep(4 * SECOND).await;
    send(&app, &session, r#"["a"]"#).await;
    assert_eq!(poll(&app, &session).await, "a[\"a\"]\n");
    let left = Instant::now();
    assert_eq!(ended.recv().await.unwrap(), Some(Closed::Peer));
    let late = left.elapsed() - 5 * SECOND;
    assert!(late <= SECOND / 10, "{late:?} late");
    settle().await;
    let answer = post(&app, &format!("{session}/xhr_send"), r#"["a"]"#).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    open(&app, &session).await;
}

#[tokio::test(start_paused = true)]
async fn a_post_does_not_keep_a_session_alive() {
    let (app, mut ended) = watched(suite());
    let session = session("/watched");
    open(&app, &session).await;
    let start = Instant::now();
    let posts = async {
        loop {
            sleep(SECOND).await;
            post(&app, &format!("{session}/xhr_send"), "[]").await;
        }
    };
    tokio::select! {
        () = posts => {}
        why = ended.recv() => assert_eq!(why.unwrap(), Some(Closed::Peer)),
    }
    assert!(start.elapsed() - 5 * SECOND <= SECOND / 10);
}

#[tokio::test(start_paused = true)]
async fn the_close_frame_is_repeated_for_5_seconds_and_then_the_id_is_free() {
    let app = app(suite());
    let session = session("/close");
    open(&app, &session).await;
    let close = format!("{GO_AWAY}\n");
    assert_eq!(poll(&app, &session).await, close);
    sleep(4 * SECOND).await;
    assert_eq!(poll(&app, &session).await, close);
    // Posts do not fail meanwhile, so that the client learns the reason.
    send(&app, &session, r#"["late"]"#).await;
    sleep(2 * SECOND).await;
    open(&app, &session).await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_closes_between_two_polls_is_heard_by_the_next() {
    let (sender, mut closed) = mpsc::unbounded_channel();
    let app = sockjs::router("/x", suite(), move |mut session: Session| {
        let sender = sender.clone();
        async move {
            let _ = session.send(Bytes::from_static(b"last words")).await;
            let start = Instant::now();
            session.close(1001, "the server is going away").await;
            let _ = sender.send(start.elapsed());
        }
    });
    let session = session("/x");
    open(&app, &session).await;
    sleep(2 * SECOND).await;
    assert!(closed.try_recv().is_err(), "closing waits for the peer");
    assert_eq!(poll(&app, &session).await, "a[\"last words\"]\n");
    let close = "c[1001,\"the server is going away\"]\n";
    assert_eq!(poll(&app, &session).await, close);
    assert!(closed.recv().await.unwrap() < 3 * SECOND);
    assert_eq!(poll(&app, &session).await, close);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_come_for_the_close_frame_may_still_hear_it() {
    let (sender, mut closed) = mpsc::unbounded_channel();
    let app = sockjs::router("/x", suite(), move |session: Session| {
        let sender = sender.clone();
        async move {
            session.close(3000, "Go away!").await;
            let _ = sender.send(());
        }
    });
    let session = session("/x");
    open(&app, &session).await;
    let start = Instant::now();
    closed.recv().await.unwrap();
    assert!(start.elapsed() - 5 * SECOND <= SECOND / 10);
    sleep(4 * SECOND).await;
    assert_eq!(poll(&app, &session).await, format!("{GO_AWAY}\n"));
}

#[tokio::test]
async fn closing_ends_the_streams_of_all_transports() {
    let app = app(suite());
    for (method, transport, close) in [
        (Method::POST, "xhr_streaming", "o\nc[3000,\"Go away!\"]\n"),
        (
            Method::GET,
            "eventsource",
            "data: o\r\n\r\ndata: c[3000,\"Go away!\"]\r\n\r\n",
        ),
        (
            Method::GET,
            "htmlfile?c=x",
            "<script>\np(\"o\");\n</script>\r\n\
             <script>\np(\"c[3000,\\\"Go away!\\\"]\");\n</script>\r\n",
        ),
    ] {
        let path = format!("{}/{transport}", session("/close"));
        let answer = ask(&app, method, &path, &[], Body::empty()).await;
        assert!(answer.body.ends_with(close), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_handler_that_returns_closes_with_1000() {
    let app = sockjs::router("/x", suite(), |_| async {});
    let session = session("/x");
    open(&app, &session).await;
    assert_eq!(poll(&app, &session).await, "c[1000,\"\"]\n");
}

#[tokio::test]
async fn a_handler_that_panics_takes_only_its_own_session_down() {
    let app = sockjs::router("/x", suite(), |mut session: Session| async move {
        while let Some(message) = session.recv().await {
            assert_ne!(message, "panic", "as the test asked");
            let _ = session.send(message).await;
        }
    });
    let (bad, good) = (session("/x"), session("/x"));
    open(&app, &bad).await;
    open(&app, &good).await;
    let waiting = waiting_poll(&app, &bad);
    settle().await;
    send(&app, &bad, r#"["panic"]"#).await;
    let close = "c[1011,\"Internal error\"]\n";
    assert_eq!(waiting.await.unwrap().body, close);
    assert_eq!(poll(&app, &bad).await, close);
    send(&app, &good, r#"["a"]"#).await;
    assert_eq!(poll(&app, &good).await, "a[\"a\"]\n");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_fetch_makes_only_its_own_handler_wait() {
    let (sender, mut ended) = mpsc::unbounded_channel();
    let app = sockjs::router("/flood", suite(), move |mut session: Session| {
        let sender = sender.clone();
        async move {
            let message = Bytes::from(vec![b'x'; 1024]);
            let mut sent = 0;
            let error = loop {
                match session.send(message.clone()).await {
                    Ok(()) => sent += 1,
                    Err(error) => break error,
                }
            };
            let _ = sender.send((sent, error));
        }
    });
    let session = session("/flood");
    open(&app, &session).await;
    let (sent, error) = ended.recv().await.unwrap();
    assert_eq!(error, SendError::Closed(Closed::Peer));
    // 64 KiB, of which each message takes 64 bytes more than it is long.
    assert_eq!(sent, 64 * 1024 / (1024 + 64) + 1);
}

/// A response that is not polled is one whose connection takes nothing.
#[tokio::test(start_paused = true)]
async fn a_stream_that_takes_nothing_for_10_seconds_is_closed() {
    let (sender, mut ended) = mpsc::unbounded_channel();
    let app = sockjs::router("/x", suite(), move |mut session: Session| {
        let sender = sender.clone();
        async move {
            while let Some(message) = session.recv().await {
                let _ = session.send(message).await;
            }
            let _ = sender.send(session.closed());
        }
    });
    let session = session("/x");
    let mut response = stream(&app, Method::POST, &format!("{session}/xhr_streaming")).await;
    response.next().await.unwrap();
    assert_eq!(response.next().await.unwrap(), "o\n");
    sleep(20 * SECOND).await;
    send(&app, &session, r#"["a"]"#).await;
    let start = Instant::now();
    assert_eq!(ended.recv().await.unwrap(), Some(Closed::Slow));
    assert!(start.elapsed() - 10 * SECOND <= SECOND / 10);
    assert_eq!(response.next().await.unwrap(), INTERRUPTED);
    assert_eq!(response.next().await, None);
}
