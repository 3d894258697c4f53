//! HTTP connections, from the first byte to the last.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::serve::Listener as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use sockjs::Beneath;
use tokio::sync::watch;
use tower::ServiceExt as _;
use tracing::debug;

use super::listener::Listener;

/// How long a peer may take for the head of a request, and be silent before it. A connection that
/// asks for nothing is a file descriptor that somebody else could use.
const HEAD: Duration = Duration::from_secs(30);

/// Serves `app` to whoever comes, until `stop` resolves; then lets requests that are under way
/// come to their end, and waits for that.
///
/// # Cancel safety
///
/// Dropped, it takes nobody in any more, and requests under way go on.
pub(crate) async fn serve(mut listener: Listener, app: Router, stop: impl Future<Output = ()>) {
    // Every connection holds a receiver until it is down.
    let (ending, _) = watch::channel(());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD);
    tokio::pin!(stop);
    loop {
        let (stream, remote) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let app = app.clone();
        let beneath = stream.beneath().map(|stream| Beneath(stream));
        let answer = service_fn(move |mut request: Request<Incoming>| {
            if let Some(beneath) = &beneath {
                request.extensions_mut().insert(beneath.clone());
            }
            request.extensions_mut().insert(ConnectInfo(remote));
            app.clone().oneshot(request.map(Body::new))
        });
        // WebSockets leave HTTP behind, and are sessions from then on.
        let connection = http
            .serve_connection(TokioIo::new(stream), answer)
            .with_upgrades();
        let mut end = ending.subscribe();
        tokio::spawn(async move {
            tokio::pin!(connection);
            let served = tokio::select! {
                served = &mut connection => served,
                _ = end.changed() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = served {
                debug!(%remote, %error, "an HTTP connection broke");
            }
        });
    }
    drop(listener);
    ending.send_replace(());
    ending.closed().await;
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;
    use tokio::time::{Instant, sleep};

    use super::*;

    /// A server of one page, which takes five seconds; and what stops it.
    async fn serving() -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(anywhere, None).await.unwrap();
        let address = listener.address().unwrap();
        let page = async |ConnectInfo(remote): ConnectInfo<SocketAddr>| {
            sleep(Duration::from_secs(5)).await;
            remote.to_string()
        };
        let app = Router::new().route("/", get(page));
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            let _ = stopped.await;
        };
        (address, stop, tokio::spawn(serve(listener, app, stopped)))
    }

    async fn rest_of(stream: &mut TcpStream) -> String {
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        rest
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_for_nothing_is_hung_up_on() {
        let (address, _stop, _server) = serving().await;
        for beginning in ["", "GET / HTTP/1.1\r\nhost:"] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(beginning.as_bytes()).await.unwrap();
            let start = Instant::now();
            rest_of(&mut stream).await;
            assert_eq!(start.elapsed().as_secs(), HEAD.as_secs(), "{beginning}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_under_way_is_answered_before_the_end() {
        let (address, stop, server) = serving().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let local = stream.local_addr().unwrap().to_string();
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        sleep(Duration::from_secs(1)).await;
        stop.send(()).unwrap();
        let answer = rest_of(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.ends_with(&local), "it knows who asks: {answer}");
        server.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
