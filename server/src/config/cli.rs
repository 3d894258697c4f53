//! The flags, and what `--help` says of them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser};
use serde::Serialize;

use super::{Command, LogFormat};

/// A chat-room server for STOMP and SockJS clients, with its browser client inside.
///
/// Open http://127.0.0.1:3000 once it prints "listening on". Every setting below can also stand
/// in the environment, as ROOMSIDE_ and its name in capitals (ROOMSIDE_LISTEN=0.0.0.0:8080), or
/// in a TOML file (listen = "0.0.0.0:8080"). A flag wins over the environment, the environment
/// over the file.
#[derive(Debug, Parser)]
// The last of a repeated flag wins, so that a script can set one and its caller another.
#[command(
    name = "roomside",
    version,
    about,
    long_about,
    args_override_self = true
)]
pub(super) struct Cli {
    /// A TOML file with settings; their names are those of the flags, with _ for -
    #[arg(long, value_name = "FILE", env = "ROOMSIDE_CONFIG")]
    pub(super) config: Option<PathBuf>,

    #[command(subcommand)]
    pub(super) command: Option<Command>,

    #[command(flatten)]
    pub(super) flags: Flags,
}

/// The settings as flags: all optional, so that what is not said does not override.
#[derive(Args, Debug, Serialize)]
pub(super) struct Flags {
    /// Where to serve HTTP: the app, SockJS and WebSocket [default: 127.0.0.1:3000]
    #[arg(long, value_name = "ADDR:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<SocketAddr>,

    /// Where to serve STOMP over TCP as well [default: nowhere]
    #[arg(long, value_name = "ADDR:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    stomp_listen: Option<SocketAddr>,

    /// A certificate in PEM, and those that vouch for it: both addresses speak TLS then. A SIGHUP
    /// reads it and its key again
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_cert: Option<PathBuf>,

    /// The private key of the certificate, in PEM
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_key: Option<PathBuf>,

    /// The folder of the SQLite database, made if missing [default: ./data]
    #[arg(long, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<PathBuf>,

    /// Another database than roomside.db in the data folder: sqlite:FILE, or
    /// postgres://USER@HOST/DATABASE (PostgreSQL 15 or later; the password may be in PGPASSWORD or
    /// ~/.pgpass)
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_url: Option<String>,

    /// The folder of the built front end [default: the folder `site` beside the program or beside
    /// its folder]
    #[arg(long, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<PathBuf>,

    /// What to log: error, warn, info, debug, trace, or by module as in info,server=debug
    /// [default: info]
    #[arg(long, value_name = "FILTER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<String>,

    /// How to write the log [default: text]
    #[arg(long, value_name = "FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_format: Option<LogFormat>,

    /// Whether a room comes into being when someone first enters or speaks in it; otherwise only
    /// by POST /api/rooms [default: true]
    #[arg(long, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    create_rooms_on_entry: Option<bool>,

    /// Rooms that the server holds at the most, up to 8388607 [default: 100000]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_rooms: Option<u64>,

    /// Days for which a room keeps what is said in it [default: for ever]
    #[arg(long, value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_days: Option<u64>,

    /// Messages that a room keeps, comings and goings among them; older ones are let go
    /// [default: all]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_messages: Option<u64>,

    /// Sessions that may be open at a time, whatever they come by [default: 100000]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_sessions: Option<usize>,

    /// SockJS and WebSocket sessions that may be open at a time from one address, or one IPv6
    /// network of 64 bits; behind a proxy, which is one address, as many as in all [default: 16384]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_sessions_per_address: Option<usize>,

    /// The sites whose pages may connect, as https://chat.example.org or https://*.example.org,
    /// several with commas between; * for all; pages of others are answered 403
    /// [default: the server's own]
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allowed_origins: Vec<String>,

    /// Whether WebSockets are served; without, SockJS clients take another transport
    /// [default: true]
    #[arg(long, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    websocket: Option<bool>,

    /// Whether SockJS sets the cookie JSESSIONID, by which some load balancers keep a client with
    /// one server [default: false]
    #[arg(long, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    session_cookie: Option<bool>,

    /// Whether SockJS answers as Spring does where that differs from the protocol's own tests
    /// [default: false]
    #[arg(long, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    spring_compat: Option<bool>,

    /// Seconds after which a person whose last connection is gone has left the room [default: 15]
    #[arg(long, value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    leave_after: Option<u64>,

    /// The largest STOMP frame, in bytes, from 32768 up to 1073741824 [default: 65536]
    #[arg(long, value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_frame: Option<usize>,

    /// Headers that a STOMP frame may have [default: 64]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_headers: Option<usize>,

    /// Subscriptions that one session may hold [default: 100]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_subscriptions: Option<usize>,

    /// What may wait for one slow client, in bytes, before it has to catch up from the log
    /// [default: 524288]
    #[arg(long, value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_waiting: Option<usize>,

    /// What may wait for all clients together, in bytes; beyond it those with the fullest queues
    /// have to catch up from the log, and where there is none their sessions end
    /// [default: 268435456]
    #[arg(long, value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_waiting_total: Option<usize>,

    /// SUBSCRIBE and UNSUBSCRIBE frames of one session in a second; its socket is read no faster
    /// [default: 100]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_subscribe_rate: Option<u32>,

    /// How many of them it may send at once [default: 500]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_subscribe_burst: Option<u32>,

    /// The longest header line of a STOMP frame, in bytes [default: 10240]
    #[arg(long, value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_header_line: Option<usize>,

    /// STOMP transactions that a session may have open at a time [default: 16]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_transactions: Option<usize>,

    /// Frames that a transaction may hold [default: 1000]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_transaction_frames: Option<usize>,

    /// What the open transactions of a session may hold together, in bytes [default: 1048576]
    #[arg(long, value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_transaction: Option<usize>,

    /// Messages of one subscription that may wait for their ACK; a room then goes on when some
    /// have come, a plain topic ends the session [default: 1000]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_unacked: Option<usize>,

    /// Frames of one session that may wait for the disk; its socket is read on when some are there
    /// [default: 256]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_pending: Option<usize>,

    /// What its messages that wait for the disk may be, in bytes [default: 1048576]
    #[arg(long, value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_pending_bytes: Option<usize>,

    /// What a shared queue holds for consumers to come, in bytes; then a SEND is refused
    /// [default: 1048576]
    #[arg(long, value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_queue: Option<usize>,

    /// A queue such as /queue/jobs, or a pattern such as /queue/jobs/** for all below it, that shares
    /// its messages among its consumers and keeps them while there is none; several with commas
    /// between [default: none]
    #[arg(long, value_name = "QUEUE", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shared_queues: Vec<String>,

    /// Whether any client may share a queue by x-queue:shared; a queue that is shared keeps
    /// what nobody takes, and is full for its senders then [default: false]
    #[arg(long, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_queues_by_clients: Option<bool>,

    /// Messages that a subscription to a room begins with where it has neither x-since nor
    /// x-history, as those of clients that know nothing of Roomside [default: 0]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    room_history: Option<u64>,

    /// Messages that the server remembers of each plain topic or queue, for x-history and x-since;
    /// 0 for none [default: 100]
    #[arg(long, value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    topic_history: Option<usize>,

    /// What it remembers of all of them together, in bytes [default: 33554432]
    #[arg(long, value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_topic_history: Option<usize>,

    /// Whether clients may subscribe to patterns such as /topic/** [default: false]
    #[arg(long, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    wildcards: Option<bool>,

    /// Seconds that a client may take to send CONNECT, at least 1 [default: 10]
    #[arg(long, value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    connect_timeout: Option<u64>,

    /// Milliseconds between STOMP heart-beats, offered and asked for; 0 for none [default: 10000]
    #[arg(long, value_name = "MILLISECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    heartbeat: Option<u32>,
}
