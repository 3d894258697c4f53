//! The floors, measured as servers are.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::support::bench;

/// One of `roomside-bench floor`, for as long as the test runs.
struct Floor {
    process: Child,
    url: String,
}

impl Floor {
    fn start(kind: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_roomside-bench"))
            .args(["floor", kind])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .unwrap()
            .to_owned();
        Self { process, url }
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn fans_out(kind: &str) {
    let floor = Floor::start(kind);
    for args in ["--window 1", "--window 16 --size 1024 --chat"] {
        let args = format!(
            "--floor --rooms 3 --subscribers 4 --publishers 2 --seconds 1 --warmup 0 {args}"
        );
        let ended = bench("fanout", &floor.url, &args).await;
        ended.expect_whole();
        let messages = ended.number("/messages");
        assert!(messages > 0.0);
        assert!((ended.number("/deliveries") - messages * 4.0).abs() < 0.5);
    }
    let ended = bench("echo", &floor.url, "--floor --messages 50 --warmup 0").await;
    ended.expect_whole();
    assert!((ended.number("/deliveries") - 50.0).abs() < 0.5);
    let ended = bench("connect", &floor.url, "--floor --clients 20").await;
    ended.expect_whole();
    assert!((ended.number("/subscribed_us/count") - 20.0).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_websocket_floor_delivers_everything() {
    fans_out("websocket").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tcp_floor_delivers_everything() {
    fans_out("tcp").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_floor_is_not_reached_by_sockjs() {
    let ended = bench("echo", "http://127.0.0.1:1/", "--floor").await;
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.complaint.contains("ws:// or tcp://"), "{ended:?}");
}
