//! What an endpoint may be told, and every limit it keeps.

use std::{path::PathBuf, time::Duration};

use crate::AllowedOrigins;

/// How one SockJS endpoint behaves.
///
/// ```
/// use sockjs::Options;
///
/// let options = Options {
///     protocols: vec!["v12.stomp", "v11.stomp", "v10.stomp"],
///     ..Options::default()
/// };
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    /// The sites whose pages may connect; default the server's own. Requests of other sites are
    /// answered 403, whatever the transport.
    pub allowed_origins: AllowedOrigins,

    /// WebSocket subprotocols, the best first; default none.
    ///
    /// The first of these that the client lists is echoed. A client that lists none, or none of
    /// these, gets no `Sec-WebSocket-Protocol` header; browsers drop the connection if they asked
    /// and nothing comes back.
    pub protocols: Vec<&'static str>,

    /// Bytes of one incoming message, both as one WebSocket frame and put together from several;
    /// default 128 KiB.
    ///
    /// Old STOMP clients cut long frames at 16 Ki UTF-16 units, which JSON can blow up to 96 KiB. A
    /// longer message closes the connection with 1009; on the HTTP transports, where it counts
    /// without its JSON, it is answered 413.
    pub max_message: usize,

    /// Bytes of the body of one `xhr_send` or `jsonp_send`; default 1 MiB. A longer one is answered
    /// 413.
    ///
    /// Clients put everything into it that came up while the one before was on its way, so it is
    /// larger than one message. Of the bodies that are larger than [`max_message`](Self::max_message)
    /// only 64 are read at a time, so that they cannot fill the memory.
    pub max_body: usize,

    /// Bytes of received messages that may wait for the handler; default 64 KiB.
    ///
    /// Once they are reached, the socket is left unread until the handler catches up, so a session
    /// holds at most this and one message more, or one body more on the HTTP transports. There a
    /// post waits for [`send_timeout`](Self::send_timeout) and is then answered 503.
    pub inbox: usize,

    /// Bytes of sent messages that may wait for the peer; default 64 KiB.
    ///
    /// Once they are reached, [`Session::send`](crate::Session::send) waits. A message of any size
    /// is taken while there is room, so a session holds at most this and one message more.
    pub outbox: usize,

    /// A WebSocket ping goes out when nothing came for this long; default 20 s.
    pub ping_interval: Duration,

    /// A peer from which not one byte came for this long is gone; default 40 s, two pings.
    ///
    /// It is also how long the body of a post may take, which is answered 408 then.
    pub pong_timeout: Duration,

    /// A SockJS heartbeat frame `h` goes out after this long a silence; default 25 s. `None`: not
    /// on WebSockets, and after 25 s on the HTTP transports, where a request has to be answered
    /// with something before the client or a proxy gives it up.
    ///
    /// Raw WebSockets know no such frame and have pings only.
    pub heartbeat: Option<Duration>,

    /// A peer that does not take one byte of what waits for it for this long is closed; default 10 s.
    ///
    /// It also bounds how long messages may still drain after
    /// [`Session::close`](crate::Session::close).
    pub send_timeout: Duration,

    /// How long the end of a connection may take once the close frame is due, so that the peer
    /// sees the reason; default 2 s.
    pub close_timeout: Duration,

    /// How long a session of an HTTP transport lasts without a request that fetches; default 5 s.
    ///
    /// After a response the peer gets one second more for every 8 kB of it, as much of that may
    /// still be on its way. A session that was closed answers with its close frame for this long.
    pub disconnect_delay: Duration,

    /// Bytes after which a streaming response ends, so that browsers can free what they keep of
    /// it; default 128 KiB. The client sends the next request then, and nothing is lost.
    pub response_limit: usize,

    /// How long a request that fetches is held at most; default 25 s. `None`: polls until the
    /// [`heartbeat`](Self::heartbeat), streams until the [`response_limit`](Self::response_limit).
    ///
    /// Some proxies cut every response after 30 s, which would end the session. A stream that ends
    /// by itself, with a heartbeat, only makes the client send the next request, as polling does
    /// all the time.
    pub response_time: Option<Duration>,

    /// Sessions at one time; default 65 536. One more is answered 503.
    pub max_sessions: usize,

    /// Sessions at one time of one IPv4 address or one IPv6 network of 64 bits; default 16 384, a
    /// quarter of all, so that one machine cannot lock all others out. One more is answered 503.
    ///
    /// It is the address of the connection that counts, if the server knows it (see
    /// [`Info::remote`](crate::Info::remote)). Behind a proxy that is the proxy's: there this should
    /// be as large as [`max_sessions`](Self::max_sessions), and the limit be kept by the proxy.
    pub max_sessions_per_address: usize,

    /// Whether the HTTP transports set the cookie `JSESSIONID`, by which some load balancers keep a
    /// peer with one server; `/info` says so; default `false`.
    pub cookie_needed: bool,

    /// The folder of the `sockjs-{version}.min.js` that the endpoint serves, for the iframe
    /// transports of `sockjs-client`; default none.
    ///
    /// The page in the iframe has to run the very version of the visitor's script, so
    /// `/iframe-{version}.html` is served for the versions found there, and `/iframe.html` loads
    /// the one of these that the visitor runs. Without any, the pages are 404. Clients whose
    /// version is not there take another transport. The folder is read once, by
    /// [`router`](crate::router()).
    pub client_scripts: Option<PathBuf>,

    /// The address of the client's script that every iframe page loads, whatever its version;
    /// default none. It goes before [`client_scripts`](Self::client_scripts).
    pub client_url: Option<String>,

    /// Whether WebSockets are served; default `true`. Without, both WebSocket paths are 404 and
    /// `/info` says so.
    pub websocket: bool,

    /// Whether the endpoint is like Spring's where that differs from the protocol's test suite;
    /// default `false`.
    ///
    /// There is no JSONP then, `no-transform` is missing from `Cache-Control`, the iframe page is
    /// not cached and has `X-Frame-Options: SAMEORIGIN`, the content type of server-sent events
    /// names UTF-8, a wrong `htmlfile` callback is called a missing one, and a session is 404 for
    /// requests from another address than it was opened from.
    pub spring_compat: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allowed_origins: AllowedOrigins::same(),
            protocols: Vec::new(),
            max_message: 128 * 1024,
            max_body: 1024 * 1024,
            inbox: 64 * 1024,
            outbox: 64 * 1024,
            ping_interval: Duration::from_secs(20),
            pong_timeout: Duration::from_secs(40),
            heartbeat: Some(Duration::from_secs(25)),
            send_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(2),
            disconnect_delay: Duration::from_secs(5),
            response_limit: 128 * 1024,
            response_time: Some(Duration::from_secs(25)),
            max_sessions: 65_536,
            max_sessions_per_address: 16_384,
            cookie_needed: false,
            client_scripts: None,
            client_url: None,
            websocket: true,
            spring_compat: false,
        }
    }
}
