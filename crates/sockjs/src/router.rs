//! From a path to whoever answers it.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::any,
};

use crate::{
    Options, Session, Transport, discovery,
    registry::{Registry, Seat},
    transport::websocket,
};

/// The routes of one SockJS endpoint, to be merged into an application.
///
/// `prefix` is the address that clients are given, such as `/websc`, literally and without a slash
/// at the end. Everything below it belongs to the endpoint. `handler` is called once for each
/// session and may keep it as long as it likes; when it returns, the session is closed.
///
/// The prefix is an argument, because `Router::nest` would leave out the prefix followed by a
/// slash, which SockJS wants answered.
///
/// For [`Info::remote`](crate::Info::remote), serve the application with
/// `into_make_service_with_connect_info::<SocketAddr>()`.
///
/// # Panics
/// If the prefix is not empty and does not start with a slash, or if it is not a route that axum
/// takes.
pub fn router<S, F, Fut>(prefix: &str, options: Options, handler: F) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    F: Fn(Session) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let prefix = prefix.trim_end_matches('/');
    let endpoint = Arc::new(Endpoint {
        prefix: prefix.to_owned(),
        registry: Registry::new(options.max_sessions),
        options: Arc::new(options),
        handler,
    });
    let answer = any(move |request: Request| {
        let response = endpoint.answer(request);
        async move { response }
    });
    let router = Router::new()
        .route(&format!("{prefix}/"), answer.clone())
        .route(&format!("{prefix}/{{*below}}"), answer.clone());
    if prefix.is_empty() {
        router
    } else {
        router.route(prefix, answer)
    }
}

/// One endpoint: what every request below its prefix needs.
struct Endpoint<F> {
    prefix: String,
    options: Arc<Options>,
    registry: Arc<Registry>,
    handler: F,
}

impl<F, Fut> Endpoint<F>
where
    F: Fn(Session) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    fn answer(&self, request: Request) -> Response {
        let path = request.uri().path();
        let Some(below) = path.strip_prefix(&self.prefix) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        match Resource::parse(below) {
            Some(Resource::Greeting) => discovery::greeting(request.method()),
            Some(Resource::Info) => {
                discovery::info(&self.options, request.method(), request.headers())
            }
            Some(Resource::Session(transport)) if self.options.websocket => {
                self.upgrade(transport, request)
            }
            Some(Resource::Session(_)) | None => StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn upgrade(&self, transport: Transport, request: Request) -> Response {
        let (mut parts, _body) = request.into_parts();
        let handshake = match websocket::Handshake::read(&mut parts, &self.options.protocols) {
            Ok(handshake) => handshake,
            Err(refusal) => return refusal.into_response(),
        };
        let Some(seat) = self.admit() else {
            return (StatusCode::SERVICE_UNAVAILABLE, "Too many sessions.").into_response();
        };
        websocket::open(
            handshake,
            transport,
            &parts,
            Arc::clone(&self.options),
            self.handler.clone(),
            seat,
        )
    }

    fn admit(&self) -> Option<Seat> {
        let seat = self.registry.admit();
        if seat.is_none() {
            tracing::warn!(
                prefix = self.prefix,
                limit = self.options.max_sessions,
                "SockJS session refused: the endpoint is full"
            );
        }
        seat
    }
}

/// What a path below the prefix names.
#[derive(Debug, PartialEq, Eq)]
enum Resource {
    Greeting,
    Info,
    Session(Transport),
}

impl Resource {
    /// The ids in `/{server}/{session}/{transport}` may be anything but empty and have no dot
    /// (sockjs-protocol, "Session URLs"). The server's is for load balancers.
    fn parse(below: &str) -> Option<Self> {
        match below {
            "" | "/" => return Some(Self::Greeting),
            "/info" => return Some(Self::Info),
            "/websocket" => return Some(Self::Session(Transport::RawWebSocket)),
            _ => {}
        }
        let mut parts = below.strip_prefix('/')?.split('/');
        let server = parts.next()?;
        let session = parts.next()?;
        let transport = parts.next()?;
        let named = |id: &str| !id.is_empty() && !id.contains('.');
        if !named(server) || !named(session) || parts.next().is_some() {
            return None;
        }
        match transport {
            "websocket" => Some(Self::Session(Transport::WebSocket)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_resources() {
        for below in ["", "/"] {
            assert_eq!(Resource::parse(below), Some(Resource::Greeting));
        }
        assert_eq!(Resource::parse("/info"), Some(Resource::Info));
        assert_eq!(
            Resource::parse("/websocket"),
            Some(Resource::Session(Transport::RawWebSocket))
        );
        for below in [
            "/000/abc/websocket",
            "/_/_/websocket",
            "/h_i-j%20/1/websocket",
        ] {
            assert_eq!(
                Resource::parse(below),
                Some(Resource::Session(Transport::WebSocket))
            );
        }
    }

    #[test]
    fn paths_with_empty_parts_dots_or_a_wrong_number_of_parts_name_nothing() {
        for below in [
            "//",
            "///",
            "/a",
            "/a.html",
            "/a/a",
            "/a/a/",
            "/info/",
            "/websocket/",
            "///websocket",
            "//a/websocket",
            "/a//websocket",
            "/a./a/websocket",
            "/a/a./websocket",
            "/./.a/websocket",
            "/a/b/c/websocket",
            "/a/b/websocket/",
            "/a/b/WebSocket",
            "/a/b/xhr",
            "x/a/b/websocket",
            "x",
        ] {
            assert_eq!(Resource::parse(below), None, "{below}");
        }
    }
}
