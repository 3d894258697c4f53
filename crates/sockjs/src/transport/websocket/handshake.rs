//! The server's half of the WebSocket handshake, RFC 6455 section 4.2.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
            SEC_WEBSOCKET_VERSION, UPGRADE,
        },
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::reply;

/// A request that may become a WebSocket.
#[derive(Debug)]
pub(crate) struct Handshake {
    accept: HeaderValue,
    protocol: Option<HeaderValue>,
    upgrade: OnUpgrade,
}

impl Handshake {
    /// Checks the request, and picks the first of `protocols` that the client lists.
    pub(crate) fn read(request: &mut Parts, protocols: &[&'static str]) -> Result<Self, Refusal> {
        if request.method != Method::GET {
            return Err(Refusal::Method);
        }
        let headers = &request.headers;
        if !lists(headers, &UPGRADE, "websocket") {
            return Err(Refusal::Upgrade);
        }
        if !lists(headers, &CONNECTION, "upgrade") {
            return Err(Refusal::Connection);
        }
        if !lists(headers, &SEC_WEBSOCKET_VERSION, "13") {
            return Err(Refusal::Version);
        }
        let key = headers.get(SEC_WEBSOCKET_KEY).ok_or(Refusal::Key)?;
        let accept =
            HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|_| Refusal::Key)?;
        let protocol = protocols
            .iter()
            .find(|protocol| offers(headers, protocol))
            .and_then(|protocol| HeaderValue::from_str(protocol).ok());
        // HTTP/1.0 has the headers, but no connection to hand over.
        let upgrade = request
            .extensions
            .remove::<OnUpgrade>()
            .ok_or(Refusal::Upgrade)?;
        Ok(Self {
            accept,
            protocol,
            upgrade,
        })
    }

    /// The subprotocol that will be spoken.
    pub(crate) fn protocol(&self) -> Option<&str> {
        self.protocol.as_ref()?.to_str().ok()
    }

    /// The answer to send, and the connection that it brings.
    pub(crate) fn accept(self) -> (Response, OnUpgrade) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept);
        if let Some(protocol) = self.protocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        (response, self.upgrade)
    }
}

/// Why a request does not become a WebSocket; the texts are those of sockjs-node and Spring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Method,
    Upgrade,
    Connection,
    Version,
    Key,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Method => reply::method_not_allowed("GET"),
            Self::Upgrade => bad_request(r#"Can "Upgrade" only to "WebSocket"."#),
            Self::Connection => bad_request(r#""Connection" must be "upgrade"."#),
            Self::Version => (
                StatusCode::UPGRADE_REQUIRED,
                [(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))],
            )
                .into_response(),
            Self::Key => bad_request(r#""Sec-WebSocket-Key" is missing."#),
        }
    }
}

fn bad_request(text: &'static str) -> Response {
    reply::plain(StatusCode::BAD_REQUEST, text)
}

/// Whether a list header has this word, in any case.
fn lists(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    words(headers, name).any(|item| item.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether the client lists this subprotocol; their case counts.
fn offers(headers: &HeaderMap, protocol: &str) -> bool {
    words(headers, &SEC_WEBSOCKET_PROTOCOL).any(|item| item == protocol.as_bytes())
}

fn words<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a [u8]> {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
}
