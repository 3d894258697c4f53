//! What is known of a peer from its first request.

use std::net::SocketAddr;

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, header, request::Parts},
};

/// Headers of the opening request that [`Info::header`] still knows; the rest is dropped, so that
/// an idle session stays small.
const KEPT: [HeaderName; 7] = [
    header::ACCEPT_LANGUAGE,
    header::AUTHORIZATION,
    header::COOKIE,
    header::FORWARDED,
    header::HOST,
    header::ORIGIN,
    header::USER_AGENT,
];

/// Like [`KEPT`], for a header that has no constant of its own.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Bytes of one kept header value; a longer one is dropped. Cookies are this long at most.
const MAX_HEADER: usize = 4096;

/// How a session reaches its peer.
///
/// On the HTTP transports it is how the first request came; later ones may come by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// SockJS frames over a WebSocket.
    WebSocket,
    /// A WebSocket as it is, without SockJS frames.
    RawWebSocket,
    /// One request that is answered as long as it may be, one frame after the other.
    XhrStreaming,
    /// A request for every frame.
    XhrPolling,
    /// The `EventSource` of browsers, which are server-sent events.
    EventSource,
    /// A page in a frame that grows script by script, for old browsers.
    HtmlFile,
    /// A script for every frame, for browsers that can do nothing else across sites.
    JsonpPolling,
}

impl Transport {
    /// The name for logs and metrics: `websocket`, `raw-websocket`, `xhr-streaming`,
    /// `xhr-polling`, `eventsource`, `htmlfile` or `jsonp-polling`.
    pub fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::RawWebSocket => "raw-websocket",
            Self::XhrStreaming => "xhr-streaming",
            Self::XhrPolling => "xhr-polling",
            Self::EventSource => "eventsource",
            Self::HtmlFile => "htmlfile",
            Self::JsonpPolling => "jsonp-polling",
        }
    }

    /// Whether messages have to be UTF-8: all of SockJS, as its frames are JSON.
    pub fn text_only(self) -> bool {
        self != Self::RawWebSocket
    }

    /// Whether one WebSocket carries the session, and not one HTTP request after the other.
    pub fn is_websocket(self) -> bool {
        matches!(self, Self::WebSocket | Self::RawWebSocket)
    }
}

/// Who is at the other end of a session.
///
/// Everything but `remote` is what the peer claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    transport: Transport,
    protocol: Option<String>,
    remote: Option<SocketAddr>,
    headers: Vec<(HeaderName, Box<str>)>,
}

impl Info {
    pub(crate) fn new(transport: Transport, protocol: Option<&str>, request: &Parts) -> Self {
        let remote = request.extensions.get::<ConnectInfo<SocketAddr>>();
        Self {
            transport,
            protocol: protocol.map(str::to_owned),
            remote: remote.map(|ConnectInfo(address)| *address),
            headers: kept(&request.headers),
        }
    }

    /// How the session reaches its peer.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The WebSocket subprotocol that both sides agreed on.
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    /// The address of the connection, which may be a proxy's. Known if the server was made with
    /// `into_make_service_with_connect_info::<SocketAddr>()`.
    pub fn remote(&self) -> Option<SocketAddr> {
        self.remote
    }

    /// A header of the opening request, by its name in lower case: `accept-language`,
    /// `authorization`, `cookie`, `forwarded`, `host`, `origin`, `user-agent` or
    /// `x-forwarded-for`.
    ///
    /// `None` also for a value that is no visible ASCII or longer than 4096 bytes. Of several
    /// headers of one name, the first counts.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(kept, _)| kept == name)?;
        Some(value)
    }
}

/// Copied, because a header value borrowed from the request would keep its whole buffer alive.
fn kept(headers: &HeaderMap) -> Vec<(HeaderName, Box<str>)> {
    KEPT.into_iter()
        .chain([X_FORWARDED_FOR])
        .filter_map(|name| {
            let value = headers.get(&name)?.to_str().ok()?;
            (value.len() <= MAX_HEADER).then(|| (name, value.into()))
        })
        .collect()
}
