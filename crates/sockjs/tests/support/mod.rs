//! An endpoint of three services on a free port, and clients for it.

#![allow(
    dead_code,
    reason = "each test file uses its own part of the support code"
)]

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode},
};
use futures_util::{SinkExt, StreamExt};
use sockjs::{Options, Session};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        ClientRequestBuilder, Error, Message, handshake::client::Response, protocol::CloseFrame,
    },
};
use tower::ServiceExt;

/// Longer than anything here takes; only a hang gets there.
const HANG: Duration = Duration::from_secs(20);

/// `/echo` sends everything back, `/close` says `c[3000,"Go away!"]` at once.
pub(crate) fn app(options: Options) -> Router {
    Router::new()
        .merge(sockjs::router("/echo", options.clone(), echo))
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

/// A plain answer.
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

/// Asks the router in process.
pub(crate) async fn ask(
    app: Router,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = app
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 64 * 1024).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

pub(crate) async fn get(path: &str) -> Answer {
    ask(app(Options::default()), Method::GET, path, &[]).await
}
