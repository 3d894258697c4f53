//! The least that can be done: servers that know no STOMP and no disk, and hand what they are
//! given to everybody in a room. What a broker costs above them is what its protocol costs.
//!
//! A client says one of three things, which [`Wire`] puts into bytes: it comes into a room, it
//! tells a room something, or it wants something back. What is told, and the answer to coming in,
//! are bytes that the client brings along and the server does not look at: the very MESSAGE and
//! RECEIPT that Roomside would have sent. So both are measured by the same clients, over the same
//! bytes.

mod said;
mod tcp;
mod websocket;
mod wire;

use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use tokio::net::TcpListener;

pub(crate) use self::wire::Wire;

/// Which one to run.
#[derive(Args, Debug)]
pub(crate) struct Floor {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    /// axum's own WebSocket with a read buffer of 4 KiB, and a task for each client
    Websocket(Listen),
    /// Plain TCP: what is told is written to one socket after the other by one thread
    Tcp(Listen),
}

#[derive(Args, Debug)]
struct Listen {
    /// Where to listen; port 0 is any free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// Serves until the process is ended, having said on stdout where.
///
/// # Errors
///
/// Where it cannot listen there.
pub(crate) fn run(floor: &Floor) -> anyhow::Result<()> {
    // Every client is an open file. Where no more are allowed, accepting says so.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    match &floor.kind {
        // As many threads as `#[tokio::main]` gives to whoever asks for nothing.
        Kind::Websocket(at) => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(async { websocket::serve(bind(at, "ws").await?).await }),
        Kind::Tcp(at) => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build_local(tokio::runtime::LocalOptions::default())?
            .block_on(async { tcp::serve(bind(at, "tcp").await?).await }),
    }
}

async fn bind(at: &Listen, scheme: &str) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(at.listen)
        .await
        .with_context(|| format!("cannot listen on {}", at.listen))?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on {scheme}://{}", listener.local_addr()?)?;
    out.flush()?;
    Ok(listener)
}
