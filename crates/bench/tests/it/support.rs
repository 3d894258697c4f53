//! A Roomside server on a free port, and the program with its one line of JSON.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use server::{Config, Server};
use tempfile::TempDir;

/// A server in this process, for as long as the test runs.
pub(crate) struct Running {
    address: SocketAddr,
    _root: TempDir,
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(adjust: impl FnOnce(&mut Config)) -> Self {
        let root = tempfile::tempdir().unwrap();
        let mut config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: root.path().join("data"),
            site: Some(fake_site(root.path())),
            ..Config::default()
        };
        adjust(&mut config);
        let server = Server::start(&config).await.unwrap();
        let address = server.address().unwrap();
        tokio::spawn(server.run(std::future::pending()));
        Self {
            address,
            _root: root,
        }
    }

    /// Its raw WebSocket.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}/websc/websocket", self.address)
    }

    /// Its SockJS endpoint.
    pub(crate) fn sockjs(&self) -> String {
        format!("http://{}/websc", self.address)
    }
}

/// The server wants a front end, and these tests do not.
fn fake_site(root: &Path) -> std::path::PathBuf {
    let site = root.join("site");
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    std::fs::write(site.join("pkg/roomside.js"), "export {};\n").unwrap();
    site
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    /// What it printed; null where that is nothing.
    pub(crate) report: Value,
    pub(crate) complaint: String,
}

impl Ended {
    /// A number of the report, as in `number("/latency_us/p50")`.
    pub(crate) fn number(&self, path: &str) -> f64 {
        self.report
            .pointer(path)
            .and_then(Value::as_f64)
            .unwrap_or_else(|| panic!("no number {path} in {self:?}"))
    }

    pub(crate) fn expect_whole(&self) {
        assert_eq!(self.code, 0, "{self:?}");
        assert_eq!(self.complaint, "", "{self:?}");
    }
}

/// Runs `roomside-bench SCENARIO URL ARGS…`.
pub(crate) async fn bench(scenario: &str, url: &str, args: &str) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomside-bench"));
    command
        .args([scenario, url])
        .args(args.split_ascii_whitespace());
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    let Output {
        status,
        stdout,
        stderr,
    } = run.await.unwrap();
    let stdout = String::from_utf8(stdout).unwrap();
    assert!(stdout.lines().count() <= 1, "one line: {stdout}");
    Ended {
        code: status.code().unwrap(),
        report: serde_json::from_str(&stdout).unwrap_or_default(),
        complaint: String::from_utf8(stderr).unwrap(),
    }
}
