//! The services that the protocol's test suite asks for, in process or on a free port, and clients
//! for them.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, BodyDataStream, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode},
};
use futures_util::{FutureExt, SinkExt, StreamExt};
use sockjs::{AllowedOrigins, Options, Session};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        ClientRequestBuilder, Error, Message, handshake::client::Response, protocol::CloseFrame,
    },
};
use tower::ServiceExt;

/// Longer than anything here takes; only a hang gets there.
const HANG: Duration = Duration::from_secs(120);

/// What a session answers that was closed by the service `/close`.
pub(crate) const GO_AWAY: &str = r#"c[3000,"Go away!"]"#;

/// Options of the protocol's test server: any page may ask, and streams are short.
pub(crate) fn suite() -> Options {
    Options {
        allowed_origins: AllowedOrigins::any(),
        response_limit: 4096,
        client_url: Some("/lib/sockjs.js".to_owned()),
        ..Options::default()
    }
}

/// `/echo` sends everything back, `/close` says `c[3000,"Go away!"]` at once, and the other two are
/// what they are called.
pub(crate) fn app(options: Options) -> Router {
    let no_websocket = Options {
        websocket: false,
        ..options.clone()
    };
    let cookie_needed = Options {
        cookie_needed: true,
        ..options.clone()
    };
    Router::new()
        .merge(sockjs::router("/echo", options.clone(), echo))
        .merge(sockjs::router(
            "/disabled_websocket_echo",
            no_websocket,
            echo,
        ))
        .merge(sockjs::router("/cookie_needed_echo", cookie_needed, echo))
        .merge(sockjs::router(
            "/close",
            options,
            |session: Session| async move {
                session.close(3000, "Go away!").await;
            },
        ))
}

pub(crate) async fn echo(mut session: Session) {
    while let Some(message) = session.recv().await {
        if session.send(message).await.is_err() {
            break;
        }
    }
}

/// Serves the router and returns its address.
pub(crate) async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// One WebSocket client.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) response: Response,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr, path: &str) -> Self {
        Self::try_connect(address, path, &[], &[]).await.unwrap()
    }

    pub(crate) async fn try_connect(
        address: SocketAddr,
        path: &str,
        protocols: &[&str],
        headers: &[(&str, &str)],
    ) -> Result<Self, Error> {
        let mut request =
            ClientRequestBuilder::new(format!("ws://{address}{path}").parse().unwrap());
        for protocol in protocols {
            request = request.with_sub_protocol(*protocol);
        }
        for (name, value) in headers {
            request = request.with_header(*name, *value);
        }
        let (socket, response) = soon(connect_async(request)).await?;
        Ok(Self { socket, response })
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    pub(crate) async fn send_message(&mut self, message: Message) {
        soon(self.socket.send(message)).await.unwrap();
    }

    /// The next message that is no ping.
    pub(crate) async fn next(&mut self) -> Option<Result<Message, Error>> {
        loop {
            match soon(self.socket.next()).await {
                Some(Ok(Message::Ping(_))) => {}
                other => return other,
            }
        }
    }

    /// The next message, which has to be text.
    pub(crate) async fn text(&mut self) -> String {
        match self.next().await {
            Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
            other => panic!("expected text, got {other:?}"),
        }
    }

    /// The close frame, which has to be next, and then the end of the connection.
    pub(crate) async fn closed(&mut self) -> CloseFrame {
        let frame = match self.next().await {
            Some(Ok(Message::Close(Some(frame)))) => frame,
            other => panic!("expected a close frame, got {other:?}"),
        };
        match self.next().await {
            None | Some(Err(_)) => frame,
            Some(Ok(message)) => panic!("{message:?} after the close"),
        }
    }
}

/// Fails the test when something hangs.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANG, future).await.expect("it hangs")
}

/// A session path that no other test uses.
pub(crate) fn session(service: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{service}/000/session-{number}")
}

/// One request.
pub(crate) fn request(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

/// An answer whose body is complete.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// An answer that is still on its way. Dropped, it is a peer that hangs up.
pub(crate) struct Streaming {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    chunks: BodyDataStream,
}

impl Streaming {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The next chunk; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<String> {
        let chunk = soon(self.chunks.next()).await?.unwrap();
        Some(String::from_utf8(chunk.to_vec()).unwrap())
    }

    /// Whether nothing comes for now.
    pub(crate) async fn is_quiet(&mut self) -> bool {
        settle().await;
        self.chunks.next().now_or_never().is_none()
    }
}

/// Lets everything run that can.
pub(crate) async fn settle() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

/// Asks in process, and takes the whole answer.
pub(crate) async fn ask(
    app: &Router,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    answer(app, request(method, path, headers, body)).await
}

/// Asks in process, and takes the whole answer.
pub(crate) async fn answer(app: &Router, request: Request<Body>) -> Answer {
    let response = soon(app.clone().oneshot(request)).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = soon(to_bytes(body, 16 * 1024 * 1024)).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// Asks in process, and takes the answer as it comes.
pub(crate) async fn stream(app: &Router, method: Method, path: &str) -> Streaming {
    let request = request(method, path, &[], Body::empty());
    let response = soon(app.clone().oneshot(request)).await.unwrap();
    let (parts, body) = response.into_parts();
    Streaming {
        status: parts.status,
        headers: parts.headers,
        chunks: body.into_data_stream(),
    }
}

pub(crate) async fn get(app: &Router, path: &str) -> Answer {
    ask(app, Method::GET, path, &[], Body::empty()).await
}

pub(crate) async fn post(app: &Router, path: &str, body: impl Into<Body>) -> Answer {
    ask(app, Method::POST, path, &[], body).await
}

/// Opens a session by polling.
pub(crate) async fn open(app: &Router, session: &str) {
    let answer = post(app, &format!("{session}/xhr"), "").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::OK, "o\n")
    );
}

/// What the next poll says.
pub(crate) async fn poll(app: &Router, session: &str) -> String {
    let answer = post(app, &format!("{session}/xhr"), "").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.body
}

/// Posts, which has to succeed.
pub(crate) async fn send(app: &Router, session: &str, body: &str) {
    let answer = post(app, &format!("{session}/xhr_send"), body.to_owned()).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    assert_eq!(answer.body, "");
}

/// A poll that waits. Aborted, it is a peer that hangs up.
pub(crate) fn waiting_poll(app: &Router, session: &str) -> tokio::task::JoinHandle<Answer> {
    let (app, session) = (app.clone(), session.to_owned());
    tokio::spawn(async move { post(&app, &format!("{session}/xhr"), "").await })
}

/// A request that comes from this address.
pub(crate) fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
    let address: SocketAddr = format!("{address}:1234").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(address));
    request
}

/// What the suite wants of an answer that no cache may keep.
pub(crate) fn assert_not_cached(headers: &HeaderMap) {
    assert_eq!(
        headers["cache-control"],
        "no-store, no-cache, no-transform, must-revalidate, max-age=0"
    );
    assert!(!headers.contains_key("expires"));
    assert!(!headers.contains_key("last-modified"));
}

/// What the suite wants of an answer that another site may read.
pub(crate) fn assert_cors(headers: &HeaderMap, origin: Option<&str>) {
    let credentials = headers.get("access-control-allow-credentials");
    match origin {
        Some(origin) => {
            assert_eq!(headers["access-control-allow-origin"], origin);
            assert_eq!(credentials.unwrap(), "true");
        }
        None => {
            assert_eq!(headers["access-control-allow-origin"], "*");
            assert_eq!(credentials, None);
        }
    }
    assert_eq!(headers["vary"], "Origin");
}

/// What the suite wants of the answers to OPTIONS.
pub(crate) async fn assert_options(app: &Router, path: &str, allowed: &str) {
    for origin in ["test", "null"] {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", allowed),
        ];
        let answer = ask(app, Method::OPTIONS, path, &headers, Body::empty()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path}");
        assert_eq!(
            answer.header("cache-control"),
            Some("public, max-age=31536000")
        );
        assert!(answer.header("expires").is_some());
        assert_eq!(answer.header("access-control-max-age"), Some("31536000"));
        assert_eq!(answer.header("access-control-allow-methods"), Some(allowed));
        assert_eq!(answer.header("access-control-allow-headers"), None);
        assert_eq!(answer.body, "");
        assert_cors(&answer.headers, Some(origin));
    }
}
