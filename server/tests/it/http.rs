//! Plain requests.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Stream, in_time};

/// One HTTP request over a connection of its own: status, headers, body.
pub(crate) async fn http(address: SocketAddr, request: &str, body: &str) -> (u16, String, String) {
    let stream = TcpStream::connect(address).await.unwrap();
    http_over(stream, address, request, body).await
}

/// One HTTP request over this stream.
pub(crate) async fn http_over(
    mut stream: impl Stream,
    address: SocketAddr,
    request: &str,
    body: &str,
) -> (u16, String, String) {
    let length = body.len();
    let text = format!(
        "{request}\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    in_time(stream.read_to_end(&mut answer)).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    // Names of headers are alike in any case; their values are not.
    let head = head.lines().map(|line| match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}\n", name.to_ascii_lowercase()),
        None => format!("{line}\n"),
    });
    (status, head.collect(), body.to_owned())
}
