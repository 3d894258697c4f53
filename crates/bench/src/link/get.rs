//! One GET, over a connection of its own.

use std::future::poll_fn;
use std::net::SocketAddr;

use anyhow::ensure;

use super::exchange::Exchange;
use super::http::Part;

/// The body of what is there.
///
/// # Errors
///
/// Where nobody answers, or with another status than 200.
pub(crate) async fn get(address: SocketAddr, path: &str) -> anyhow::Result<Vec<u8>> {
    let mut exchange = Exchange::new(address);
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    exchange.ask(request.into());
    let mut read = Vec::new();
    loop {
        match poll_fn(|cx| exchange.poll(cx)).await? {
            Part::Head(status) => ensure!(status == 200, "{path} was answered {status}"),
            Part::Body(body) => read.extend_from_slice(&body),
            Part::End => return Ok(read),
        }
    }
}
