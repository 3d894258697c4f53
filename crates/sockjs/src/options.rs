//! What an endpoint may be told, and every limit it keeps.

use std::time::Duration;

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
    /// longer message closes the connection with 1009.
    pub max_message: usize,

    /// Bytes of received messages that may wait for the handler; default 64 KiB.
    ///
    /// Once they are reached, the socket is left unread until the handler catches up, so a session
    /// holds at most this and one message more.
    pub inbox: usize,

    /// Bytes of sent messages that may wait for the peer; default 64 KiB.
    ///
    /// Once they are reached, [`Session::send`](crate::Session::send) waits. A message of any size
    /// is taken while there is room, so a session holds at most this and one message more.
    pub outbox: usize,

    /// A WebSocket ping goes out when nothing came for this long; default 20 s.
    pub ping_interval: Duration,

    /// A peer from which not one byte came for this long is gone; default 40 s, two pings.
    pub pong_timeout: Duration,

    /// A SockJS heartbeat frame `h` goes out after this long a silence; default 25 s. `None`: never.
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

    /// Sessions at one time; default 65 536. One more is answered 503.
    pub max_sessions: usize,

    /// The `cookie_needed` of `/info`: clients then send cookies with HTTP transports, for the load
    /// balancer; default `false`.
    pub cookie_needed: bool,

    /// Whether WebSockets are served; default `true`. Without, both WebSocket paths are 404 and
    /// `/info` says so.
    pub websocket: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            protocols: Vec::new(),
            max_message: 128 * 1024,
            inbox: 64 * 1024,
            outbox: 64 * 1024,
            ping_interval: Duration::from_secs(20),
            pong_timeout: Duration::from_secs(40),
            heartbeat: Some(Duration::from_secs(25)),
            send_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(2),
            max_sessions: 65_536,
            cookie_needed: false,
            websocket: true,
        }
    }
}
