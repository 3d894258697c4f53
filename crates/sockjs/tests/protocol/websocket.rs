//! `Websocket`, over real sockets.

use bytes::Bytes;
use sockjs::{AllowedOrigins, Options, SendError, Session, Transport};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::{Error, http::StatusCode, protocol::frame::coding::CloseCode};

use crate::support::{Client, app, echo, serve, soon};

const ECHO: &str = "/echo/000/abc/websocket";
const RAW: &str = "/echo/websocket";

#[tokio::test]
async fn the_open_frame_comes_first_and_by_itself() {
    // The handler does nothing, not even look at its session, before the client has its frame.
    let (seen, gate) = tokio::sync::oneshot::channel::<()>();
    let gate = std::sync::Arc::new(tokio::sync::Mutex::new(Some(gate)));
    let address = serve(sockjs::router(
        "/gate",
        Options::default(),
        move |session| {
            let gate = gate.clone();
            async move {
                let gate = gate.lock().await.take();
                gate.unwrap().await.unwrap();
                echo(session).await;
            }
        },
    ))
    .await;
    let mut client = Client::connect(address, "/gate/1/2/websocket").await;
    assert_eq!(client.text().await, "o");
    seen.send(()).unwrap();
    client.send(r#"["a"]"#).await;
    assert_eq!(client.text().await, r#"a["a"]"#);
}

#[tokio::test]
async fn test_transport() {
    let address = serve(app(Options::default())).await;
    let mut client = Client::connect(address, ECHO).await;
    assert_eq!(client.text().await, "o");
    for text in [r#"["a"]"#, r#"["한국어\n\u0000"]"#, r#"[""]"#] {
        client.send(text).await;
        assert_eq!(client.text().await, format!("a{text}"));
    }
    client.send(r#""alone""#).await;
    assert_eq!(client.text().await, r#"a["alone"]"#);
}

#[tokio::test]
async fn several_messages_of_one_array_arrive_one_by_one() {
    let address = serve(app(Options::default())).await;
    let mut client = Client::connect(address, ECHO).await;
    assert_eq!(client.text().await, "o");
    client.send(r#"["a","b","c"]"#).await;
    for text in ["a", "b", "c"] {
        assert_eq!(client.text().await, format!(r#"a["{text}"]"#));
    }
}

#[tokio::test]
async fn test_empty_frame() {
    let address = serve(app(Options::default())).await;
    let mut client = Client::connect(address, ECHO).await;
    assert_eq!(client.text().await, "o");
    client.send("").await;
    client.send("[]").await;
    client.send(r#"["a"]"#).await;
    assert_eq!(client.text().await, r#"a["a"]"#);
}

#[tokio::test]
async fn the_first_protocol_of_the_server_that_the_client_lists_is_echoed() {
    let options = Options {
        protocols: vec!["v12.stomp", "v11.stomp", "v10.stomp"],
        ..Options::default()
    };
    let (sender, mut seen) = mpsc::unbounded_channel();
    let app = sockjs::router("/echo", options, move |session: Session| {
        let _ = sender.send(session.info().protocol().map(str::to_owned));
        async {}
    });
    let address = serve(app).await;
    for (listed, chosen) in [
        (&["v12.stomp", "v11.stomp", "v10.stomp"][..], "v12.stomp"),
        (&["v10.stomp", "v11.stomp"], "v11.stomp"),
        (&["mqtt", "v10.stomp"], "v10.stomp"),
    ] {
        let client = Client::try_connect(address, RAW, listed, &[])
            .await
            .unwrap();
        assert_eq!(
            client.response.headers()["sec-websocket-protocol"],
            chosen,
            "{listed:?}"
        );
        assert_eq!(soon(seen.recv()).await.unwrap().as_deref(), Some(chosen));
    }
    let client = Client::connect(address, RAW).await;
    assert!(
        !client
            .response
            .headers()
            .contains_key("sec-websocket-protocol")
    );
    assert_eq!(soon(seen.recv()).await.unwrap(), None);
}

#[tokio::test]
async fn a_client_whose_protocols_are_all_unknown_gets_none() {
    let options = Options {
        protocols: vec!["v12.stomp"],
        ..Options::default()
    };
    let address = serve(app(options)).await;
    // The client library takes this for a failure, as browsers do; the server has not echoed.
    let refused = Client::try_connect(address, RAW, &["mqtt"], &[]).await;
    assert!(matches!(refused, Err(Error::Protocol(_))));
}

#[tokio::test]
async fn test_reuse_session_id() {
    let address = serve(app(Options::default())).await;
    let mut first = Client::connect(address, ECHO).await;
    let mut second = Client::connect(address, ECHO).await;
    for (client, text) in [(&mut first, "a"), (&mut second, "b")] {
        assert_eq!(client.text().await, "o");
        client.send(&format!(r#"["{text}"]"#)).await;
        assert_eq!(client.text().await, format!(r#"a["{text}"]"#));
    }
    soon(first.socket.close(None)).await.unwrap();
    let mut third = Client::connect(address, ECHO).await;
    assert_eq!(third.text().await, "o");
}

#[tokio::test]
async fn fed_messages_go_out_with_the_flush_and_in_order() {
    let app = sockjs::router(
        "/feed",
        Options::default(),
        |mut session: Session| async move {
            for number in 0..100 {
                session
                    .feed(Bytes::from(format!("{number}")))
                    .await
                    .unwrap();
            }
            session.flush().await.unwrap();
            let rest = (100..200).map(|number| Bytes::from(format!("{number}")));
            session.send_all(rest).await.unwrap();
            session.close(1000, "").await;
        },
    );
    let address = serve(app).await;
    let mut client = Client::connect(address, "/feed/websocket").await;
    for number in 0..200 {
        assert_eq!(client.text().await, number.to_string());
    }
    assert_eq!(client.closed().await.code, CloseCode::Normal);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused_on_sockjs_and_the_session_goes_on() {
    let app = sockjs::router(
        "/bytes",
        Options::default(),
        |mut session: Session| async move {
            let refused = session.send(Bytes::from_static(b"\xff")).await;
            assert_eq!(refused, Err(SendError::NotText));
            session.send(Bytes::from_static(b"fine")).await.unwrap();
            session.recv().await;
        },
    );
    let address = serve(app).await;
    let mut client = Client::connect(address, "/bytes/1/2/websocket").await;
    assert_eq!(client.text().await, "o");
    assert_eq!(client.text().await, r#"a["fine"]"#);
}

#[tokio::test]
async fn the_handler_knows_who_is_there() {
    let (sender, mut infos) = mpsc::unbounded_channel();
    let options = Options {
        allowed_origins: AllowedOrigins::any(),
        ..Options::default()
    };
    let app = sockjs::router("/who", options, move |session: Session| {
        let _ = sender.send(session.info().clone());
        async {}
    });
    let address = serve(app).await;
    let headers = [
        ("accept-language", "ko-KR,ko;q=0.9"),
        ("origin", "https://chat.example"),
        ("x-secret", "not kept"),
    ];
    let client = Client::try_connect(address, "/who/1/2/websocket", &[], &headers)
        .await
        .unwrap();
    let local = match client.socket.get_ref() {
        tokio_tungstenite::MaybeTlsStream::Plain(stream) => stream.local_addr().unwrap(),
        _ => panic!("the test does not use TLS"),
    };
    let info = soon(infos.recv()).await.unwrap();
    assert_eq!(info.transport(), Transport::WebSocket);
    assert_eq!(info.remote(), Some(local));
    assert_eq!(info.header("accept-language"), Some("ko-KR,ko;q=0.9"));
    assert_eq!(info.header("origin"), Some("https://chat.example"));
    assert_eq!(info.header("x-secret"), None);
    Client::connect(address, "/who/websocket").await;
    let info = soon(infos.recv()).await.unwrap();
    assert_eq!(info.transport(), Transport::RawWebSocket);
}

#[tokio::test]
async fn a_full_endpoint_answers_503_until_someone_leaves() {
    let options = Options {
        max_sessions: 1,
        ..Options::default()
    };
    let (sender, mut ended) = mpsc::unbounded_channel();
    let app = sockjs::router("/echo", options, move |session| {
        let sender = sender.clone();
        async move {
            echo(session).await;
            let _ = sender.send(());
        }
    });
    let address = serve(app).await;
    let mut first = Client::connect(address, RAW).await;
    match Client::try_connect(address, RAW, &[], &[]).await {
        Err(Error::Http(response)) => {
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        }
        other => panic!(
            "expected 503, got {:?}",
            other.map(|client| client.response)
        ),
    }
    soon(first.socket.close(None)).await.unwrap();
    soon(ended.recv()).await.unwrap();
    // The seat is given back right after the handler has returned, which is not yet now.
    soon(Box::pin(async {
        while Client::try_connect(address, RAW, &[], &[]).await.is_err() {
            tokio::task::yield_now().await;
        }
    }))
    .await;
}

#[tokio::test]
async fn test_broken_json() {
    let address = serve(app(Options::default())).await;
    for text in [r#"["a"#, "a", "{}", "[1]"] {
        let mut client = Client::connect(address, ECHO).await;
        assert_eq!(client.text().await, "o");
        client.send(text).await;
        let close = client.closed().await;
        assert_eq!(close.code, CloseCode::Invalid, "{text}");
        assert_eq!(close.reason.as_str(), "Broken JSON encoding.");
    }
}

#[tokio::test]
async fn test_close() {
    let address = serve(app(Options::default())).await;
    let mut client = Client::connect(address, "/close/000/abc/websocket").await;
    assert_eq!(client.text().await, "o");
    assert_eq!(client.text().await, r#"c[3000,"Go away!"]"#);
    let close = client.closed().await;
    assert_eq!(u16::from(close.code), 3000);
    assert_eq!(close.reason.as_str(), "Go away!");
}

#[tokio::test]
async fn test_headers_sanity() {
    let address = serve(app(Options::default())).await;
    let client = Client::connect(address, ECHO).await;
    let headers = client.response.headers();
    assert_eq!(client.response.status(), StatusCode::SWITCHING_PROTOCOLS);
    assert!(
        headers["connection"]
            .as_bytes()
            .eq_ignore_ascii_case(b"upgrade")
    );
    assert!(
        headers["upgrade"]
            .as_bytes()
            .eq_ignore_ascii_case(b"websocket")
    );
    assert!(!headers.contains_key("content-length"));
}
