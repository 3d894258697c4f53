//! From a request to whoever answers it.

use std::{
    net::{IpAddr, SocketAddr},
    ops::ControlFlow,
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, OriginalUri, Request},
    http::{Method, StatusCode, header::RETRY_AFTER, request::Parts},
    response::{IntoResponse, Response},
    routing::any,
};
use futures_util::future::join;

use crate::{
    Info, Options, Session, Transport, discovery,
    iframe::Scripts,
    registry::{Found, Full, Registry},
    reply::{self, Envelope},
    resource::Resource,
    session,
    transport::{
        http::{self, Format, Keeper, Line, Uploads},
        websocket,
    },
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
/// For [`Info::remote`](crate::Info::remote) and
/// [`Options::max_sessions_per_address`], serve the application with
/// `into_make_service_with_connect_info::<SocketAddr>()`.
///
/// Do not compress what the endpoint answers, nor buffer it: the streaming transports would stop
/// to stream.
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
        registry: Registry::new(&options),
        scripts: Scripts::load(options.client_scripts.as_deref()),
        uploads: Uploads::new(&options),
        options: Arc::new(options),
        handler,
    });
    let answer = any(move |request: Request| {
        let endpoint = Arc::clone(&endpoint);
        async move { endpoint.answer(request).await }
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
    registry: Arc<Registry<Line>>,
    scripts: Scripts,
    uploads: Uploads,
    handler: F,
}

impl<F, Fut> Endpoint<F>
where
    F: Fn(Session) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    async fn answer(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let uri = parts.uri.clone();
        let below = uri.path().strip_prefix(&self.prefix);
        let Some(resource) = below.and_then(Resource::parse) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        match resource {
            // Neither of these tells or does anything in anybody's name.
            Resource::Greeting => return discovery::greeting(&parts.method),
            Resource::Script(version) => return self.scripts.script(version, &parts),
            // Here the browser checks who puts the page into a frame.
            Resource::Iframe(name) => return self.iframe(name, &parts),
            Resource::Info
            | Resource::WebSocket(_)
            | Resource::Fetch { .. }
            | Resource::Post { .. } => {}
        }
        if let Err(foreign) = self.options.allowed_origins.admit(&parts) {
            tracing::debug!(prefix = self.prefix, ?foreign, "SockJS request refused");
            return foreign.into_response();
        }
        match resource {
            Resource::WebSocket(transport) => self.upgrade(transport, parts),
            Resource::Fetch { session, transport } => {
                let get = !matches!(transport, Transport::XhrPolling | Transport::XhrStreaming);
                let envelope = match self.expect(get, &parts) {
                    ControlFlow::Continue(envelope) => envelope,
                    ControlFlow::Break(response) => return response,
                };
                let asked = self.ask(session, transport, &parts);
                // What waits keeps nothing of its request.
                drop((parts, uri));
                self.uploads.skip(body).await;
                envelope.around(match asked {
                    ControlFlow::Continue((line, format, answers)) => {
                        http::fetch(line, format, answers, self.options.response_limit).await
                    }
                    ControlFlow::Break(response) => response,
                })
            }
            Resource::Post { session, jsonp } => match self.expect(false, &parts) {
                ControlFlow::Continue(envelope) => {
                    envelope.around(self.post(session, jsonp, &parts, body).await)
                }
                ControlFlow::Break(response) => response,
            },
            Resource::Info | Resource::Greeting | Resource::Script(_) | Resource::Iframe(_) => {
                discovery::info(&self.options, &parts.method, &parts.headers)
            }
        }
    }

    fn iframe(&self, name: &str, parts: &Parts) -> Response {
        // The address as the visitor has it: a router around this one may have cut it.
        let original = parts.extensions.get::<OriginalUri>();
        let path = original.map_or(&parts.uri, |OriginalUri(uri)| uri).path();
        let base = path.rsplit_once('/').map_or("", |(base, _)| base);
        self.scripts.page(name, base, &self.options, parts)
    }

    fn upgrade(&self, transport: Transport, mut parts: Parts) -> Response {
        if !self.options.websocket {
            return StatusCode::NOT_FOUND.into_response();
        }
        let handshake = match websocket::Handshake::read(&mut parts, &self.options.protocols) {
            Ok(handshake) => handshake,
            Err(refusal) => return refusal.into_response(),
        };
        let seat = match self.registry.admit(remote(&parts)) {
            Ok(seat) => seat,
            Err(full) => return self.refuse(full),
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

    /// What all requests of a session have in common: the method, and what is said around every
    /// answer. Other methods are answered here.
    fn expect(&self, get: bool, parts: &Parts) -> ControlFlow<Response, Envelope> {
        let (method, allow) = if get {
            (Method::GET, "OPTIONS, GET")
        } else {
            (Method::POST, "OPTIONS, POST")
        };
        let mut response = if parts.method == method {
            return ControlFlow::Continue(Envelope::new(&parts.headers, &self.options));
        } else if parts.method == Method::OPTIONS {
            reply::preflight(&parts.headers, allow)
        } else {
            reply::method_not_allowed(allow)
        };
        reply::allow_origin(reply::origin(&parts.headers), response.headers_mut());
        ControlFlow::Break(response)
    }

    /// The session that a request wants to fetch from, how, and how many answers it has had.
    fn ask(
        &self,
        id: &str,
        transport: Transport,
        parts: &Parts,
    ) -> ControlFlow<Response, (Arc<Line>, Format, Option<u32>)> {
        let spring = self.options.spring_compat;
        if spring && transport == Transport::JsonpPolling {
            return ControlFlow::Break(StatusCode::NOT_FOUND.into_response());
        }
        let format = match Format::read(transport, parts, spring) {
            Ok(format) => format,
            Err(error) => return ControlFlow::Break(error.into_response()),
        };
        let answers = match http::answers(parts.uri.query()) {
            Ok(answers) => answers,
            Err(error) => return ControlFlow::Break(error.into_response()),
        };
        match self.find_or_open(id, transport, parts) {
            Ok(line) if spring && !line.is_of(remote(parts)) => {
                ControlFlow::Break(http::Refusal::Unknown.into_response())
            }
            Ok(line) => ControlFlow::Continue((line, format, answers)),
            Err(full) => ControlFlow::Break(self.refuse(full)),
        }
    }

    async fn post(&self, id: &str, jsonp: bool, parts: &Parts, body: Body) -> Response {
        let spring = self.options.spring_compat;
        let line = self
            .registry
            .find(id)
            .filter(|line| !spring || (!jsonp && line.is_of(remote(parts))));
        let Some(line) = line else {
            self.uploads.skip(body).await;
            return http::Refusal::Unknown.into_response();
        };
        http::post(&line, parts, body, jsonp, &self.options, &self.uploads)
            .await
            .unwrap_or_else(IntoResponse::into_response)
    }

    /// The session with this id. A new one runs in a task of its own, handler and timer side by
    /// side, and keeps its seat until both are done.
    fn find_or_open(
        &self,
        id: &str,
        transport: Transport,
        parts: &Parts,
    ) -> Result<Arc<Line>, Full> {
        let make = || Line::new(&self.options, Info::new(transport, None, parts));
        match self.registry.find_or_open(id, remote(parts), make)? {
            Found::Old(line) => Ok(line),
            Found::New(line, seat, name, session) => {
                let keeper = Keeper::new(Arc::clone(&line), name, self.options.disconnect_delay);
                let handler = session::run((self.handler)(session));
                tokio::spawn(async move {
                    let _seat = seat;
                    join(keeper.run(), handler).await;
                });
                Ok(line)
            }
        }
    }

    fn refuse(&self, full: Full) -> Response {
        let (limit, text) = match full {
            Full::House => (self.options.max_sessions, "Too many sessions.\n"),
            Full::Address => (
                self.options.max_sessions_per_address,
                "Too many sessions from your address.\n",
            ),
        };
        tracing::warn!(prefix = self.prefix, limit, ?full, "SockJS session refused");
        let mut response = reply::plain(StatusCode::SERVICE_UNAVAILABLE, text);
        response.headers_mut().insert(RETRY_AFTER, 5.into());
        response
    }
}

fn remote(parts: &Parts) -> Option<IpAddr> {
    let remote = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    remote.map(|ConnectInfo(address)| address.ip())
}
