//! A server on a free port with a fresh log.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use server::{Config, Reloader, Server};
use tempfile::TempDir;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) use crate::client::{Client, Stream, line_of, text_of};
pub(crate) use crate::http::{http, http_over};
pub(crate) use crate::log::HeldLog;

/// Long enough for a busy machine; nothing waits this long unless it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// What must happen soon.
pub(crate) async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("an answer in time")
}

/// A connection with a small window: little of what is said to it leaves the server unread, so that
/// a test need not say much.
pub(crate) async fn narrow(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    socket.connect(address).await.unwrap()
}

/// A front end of one file: these tests look at everything but the browser.
pub(crate) fn fake_site(root: &Path) -> std::path::PathBuf {
    let site = root.join("site");
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    std::fs::write(site.join("pkg/roomside.js"), "export {};\n").unwrap();
    site
}

/// Settings for a server over `root`, on a port of the system's choosing.
pub(crate) fn config(root: &Path) -> Config {
    Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: root.join("data"),
        site: Some(fake_site(root)),
        ..Config::default()
    }
}

/// A server in this process.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    /// Where STOMP is served over TCP, if it is.
    pub(crate) stomp: Option<SocketAddr>,
    pub(crate) reloader: Reloader,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    root: TempDir,
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(adjust: impl FnOnce(&mut Config)) -> Self {
        let root = tempfile::tempdir().unwrap();
        Self::start_over(root, adjust).await
    }

    /// Starts over the log in this folder.
    pub(crate) async fn start_over(root: TempDir, adjust: impl FnOnce(&mut Config)) -> Self {
        let mut config = config(root.path());
        adjust(&mut config);
        let server = Server::start(&config).await.unwrap();
        let address = server.address().unwrap();
        let stomp = server.stomp_address().unwrap();
        let reloader = server.reloader();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run(async move {
            let _ = stopped.await;
        }));
        Self {
            address,
            stomp,
            reloader,
            stop,
            task,
            root,
        }
    }

    /// The folder of the log.
    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.root.path().join("data")
    }

    /// One of the numbers of `/metrics`, with its labels as they are written there; zero where it
    /// is not there yet.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let (status, _, text) = http(self.address, "GET /metrics HTTP/1.1", "").await;
        assert_eq!(status, 200);
        let line = text.lines().find_map(|line| {
            let value = line.strip_prefix(name)?.strip_prefix(' ')?;
            Some(value.parse().expect("a whole number"))
        });
        line.unwrap_or(0)
    }

    /// Waits until a number of `/metrics` is as high as this.
    pub(crate) async fn metric_reaches(&self, name: &str, value: u64) {
        in_time(async {
            while self.metric(name).await < value {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }

    /// Stops in good order and gives the folder of the log back.
    pub(crate) async fn stop(self) -> TempDir {
        self.stop.send(()).unwrap();
        tokio::time::timeout(PATIENCE, self.task)
            .await
            .expect("it stops")
            .unwrap();
        self.root
    }

    /// Stops in good order, and starts again over the same log.
    pub(crate) async fn restart(self) -> Self {
        let root = self.stop().await;
        Self::start_over(root, |_| {}).await
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.address).await
    }

    /// A client over TCP; the settings must have asked for it.
    pub(crate) async fn tcp_client(&self) -> Client {
        let mut client = Client::open_tcp(self.stomp.unwrap()).await;
        client.sign_in().await;
        client
    }
}
