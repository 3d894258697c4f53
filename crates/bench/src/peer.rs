//! The server to be asked: its address and what it wants to hear at CONNECT.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;
use stomp::{ClientOptions, Headers, Limits, Text};

use crate::floor::Wire;

/// Frames that a server may send us: a body of a few MiB and its headers.
const MAX_FRAME: usize = 8 * 1024 * 1024;

/// How to reach the server.
#[derive(Args, Clone, Debug)]
pub(crate) struct Peer {
    /// The server: ws://HOST:PORT/PATH, http://HOST:PORT/PATH or tcp://HOST:PORT
    ///
    /// Over WebSocket the path is that of the raw endpoint: /websc/websocket for Roomside,
    /// /NAME/websocket for an endpoint of Spring with SockJS, /ws for RabbitMQ.
    /// Over http:// the path is that of the SockJS endpoint: /websc for Roomside.
    #[arg(value_name = "URL")]
    url: Url,

    /// How a session of http:// fetches; what it says is posted to xhr_send
    #[arg(long, value_enum, default_value_t)]
    transport: Fetch,

    /// The login header of CONNECT; RabbitMQ needs one, such as guest
    #[arg(long)]
    login: Option<String>,

    /// The passcode header of CONNECT
    #[arg(long)]
    passcode: Option<String>,

    /// The host header of CONNECT; for RabbitMQ the virtual host, such as /
    #[arg(long)]
    host: Option<String>,

    /// WebSocket subprotocols to ask for; empty for none
    #[arg(
        long,
        value_name = "LIST",
        default_value = "v12.stomp,v11.stomp,v10.stomp"
    )]
    subprotocols: String,

    /// Do not wait for a RECEIPT after SUBSCRIBE: Spring's simple broker sends none
    #[arg(long)]
    no_receipts: bool,

    /// The server is one of `roomside-bench floor`: it is told what Roomside would deliver, and
    /// delivers that
    #[arg(long, conflicts_with_all = ["no_receipts", "login", "passcode", "host"])]
    floor: bool,
}

impl Peer {
    /// Sockets that one session has open.
    pub(crate) fn sockets_each(&self) -> usize {
        match self.url.transport {
            Transport::WebSocket { .. } | Transport::Tcp => 1,
            Transport::SockJs { .. } => 2,
        }
    }
}

/// Where a server listens, and what it speaks there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub(crate) struct Url {
    pub(crate) transport: Transport,
    /// `HOST:PORT`.
    pub(crate) authority: String,
}

/// What carries the frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    WebSocket {
        /// With its leading slash.
        path: String,
    },
    Tcp,
    /// A transport to which SockJS falls back.
    SockJs {
        /// Of the endpoint, with its leading slash.
        path: String,
        fetch: Fetch,
    },
}

impl Transport {
    /// How `--transport` calls it, where it is one of SockJS.
    pub(crate) fn fetch(&self) -> Option<&'static str> {
        match self {
            Self::SockJs { fetch, .. } => Some(fetch.name()),
            Self::WebSocket { .. } | Self::Tcp => None,
        }
    }
}

/// How a session of SockJS hears of the server without a WebSocket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fetch {
    /// Many frames in one response
    #[default]
    XhrStreaming,
    /// One frame in each response
    XhrPolling,
}

impl Fetch {
    /// As `sockjs-client` calls it.
    fn name(self) -> &'static str {
        match self {
            Self::XhrStreaming => "xhr-streaming",
            Self::XhrPolling => "xhr-polling",
        }
    }

    /// The last part of the path.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::XhrStreaming => "xhr_streaming",
            Self::XhrPolling => "xhr",
        }
    }
}

impl FromStr for Url {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text
            .split_once("://")
            .ok_or("must be ws://HOST:PORT/PATH, http://HOST:PORT/PATH or tcp://HOST:PORT")?;
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let (authority, transport) = match scheme {
            "ws" => {
                let path = path.to_owned();
                let port = if has_port(authority) { "" } else { ":80" };
                (format!("{authority}{port}"), Transport::WebSocket { path })
            }
            "http" => {
                let path = path.to_owned();
                let port = if has_port(authority) { "" } else { ":80" };
                let fetch = Fetch::default();
                (
                    format!("{authority}{port}"),
                    Transport::SockJs { path, fetch },
                )
            }
            "tcp" if path != "/" => return Err("tcp:// has no path".to_owned()),
            "tcp" if has_port(authority) => (authority.to_owned(), Transport::Tcp),
            "tcp" => return Err("tcp:// needs a port, such as tcp://localhost:61613".to_owned()),
            "wss" | "https" => {
                return Err(
                    "TLS is not spoken: name the plain port behind it with ws:// or http://"
                        .to_owned(),
                );
            }
            _ => return Err("must begin with ws://, http:// or tcp://".to_owned()),
        };
        if authority.starts_with(':') {
            return Err("has no host".to_owned());
        }
        Ok(Self {
            transport,
            authority,
        })
    }
}

/// Whether a port is named after the host, which may be an IPv6 address in brackets.
fn has_port(authority: &str) -> bool {
    authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.transport {
            Transport::WebSocket { path } => write!(f, "ws://{}{path}", self.authority),
            Transport::Tcp => write!(f, "tcp://{}", self.authority),
            Transport::SockJs { path, .. } => write!(f, "http://{}{path}", self.authority),
        }
    }
}

impl From<Url> for String {
    fn from(url: Url) -> Self {
        url.to_string()
    }
}

/// A [`Peer`] whose name has been looked up, once for all clients.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) address: SocketAddr,
    /// As the header wants them, or empty.
    pub(crate) subprotocols: String,
    /// Whether a SUBSCRIBE gets its RECEIPT.
    pub(crate) receipts: bool,
    /// Where it is a floor: how that is talked to.
    pub(crate) floor: Option<Wire>,
    patience: Duration,
    headers: Headers,
    host: Option<Text>,
}

impl Target {
    pub(crate) async fn resolve(peer: &Peer, patience: Duration) -> anyhow::Result<Self> {
        let mut url = peer.url.clone();
        if let Transport::SockJs { fetch, .. } = &mut url.transport {
            *fetch = peer.transport;
        }
        let floor = match &url.transport {
            _ if !peer.floor => None,
            Transport::WebSocket { .. } => Some(Wire::Messages),
            Transport::Tcp => Some(Wire::Stream),
            Transport::SockJs { .. } => bail!("a floor is reached by ws:// or tcp://, not http://"),
        };
        let address = tokio::net::lookup_host(&url.authority)
            .await
            .with_context(|| format!("{} is not known", url.authority))?
            .next()
            .with_context(|| format!("{} has no address", url.authority))?;
        let mut headers = Headers::new();
        for (name, value) in [("login", &peer.login), ("passcode", &peer.passcode)] {
            if let Some(value) = value {
                headers.push(Text::from_static(name), Text::from(value.clone()));
            }
        }
        Ok(Self {
            url,
            address,
            // A floor speaks none, and would not choose one.
            subprotocols: match floor {
                None => peer.subprotocols.replace(',', ", "),
                Some(_) => String::new(),
            },
            receipts: !peer.no_receipts,
            floor,
            patience,
            headers,
            host: peer.host.clone().map(Text::from),
        })
    }

    /// A server of this machine that wants to hear nothing in particular.
    pub(crate) fn local(address: SocketAddr, transport: Transport, patience: Duration) -> Self {
        Self {
            url: Url {
                transport,
                authority: address.to_string(),
            },
            address,
            subprotocols: "v12.stomp".to_owned(),
            receipts: true,
            floor: None,
            patience,
            headers: Headers::new(),
            host: None,
        }
    }

    /// What a session says at CONNECT, with `heartbeat` in milliseconds: what it can send and what
    /// it wants.
    pub(crate) fn options(&self, heartbeat: (u32, u32)) -> ClientOptions {
        ClientOptions {
            host: self.host.clone(),
            heartbeat,
            headers: self.headers.clone(),
            reply_timeout: self.patience,
            limits: Limits {
                frame: MAX_FRAME,
                ..Limits::default()
            },
            ..ClientOptions::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(String, Transport), String> {
        Url::from_str(text).map(|url| (url.authority, url.transport))
    }

    #[test]
    fn addresses_are_read_with_their_transport() {
        let path = |path: &str| Transport::WebSocket {
            path: path.to_owned(),
        };
        for (text, authority, transport) in [
            (
                "ws://localhost:3000/websc/websocket",
                "localhost:3000",
                path("/websc/websocket"),
            ),
            ("ws://localhost", "localhost:80", path("/")),
            ("ws://[::1]:15674/ws", "[::1]:15674", path("/ws")),
            ("ws://[::1]/ws", "[::1]:80", path("/ws")),
            (
                "http://localhost/websc",
                "localhost:80",
                Transport::SockJs {
                    path: "/websc".to_owned(),
                    fetch: Fetch::XhrStreaming,
                },
            ),
            ("tcp://localhost:61613", "localhost:61613", Transport::Tcp),
            ("tcp://localhost:61613/", "localhost:61613", Transport::Tcp),
        ] {
            assert_eq!(parse(text), Ok((authority.to_owned(), transport)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_reached_is_refused() {
        for text in [
            "localhost:3000",
            "ftp://localhost:3000",
            "http://:3000/websc",
            "https://localhost/websc",
            "wss://localhost/ws",
            "tcp://localhost",
            "tcp://localhost:61613/path",
            "tcp://:61613",
            "ws://:3000/ws",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
