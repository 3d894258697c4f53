//! What an operator can set: by flag, by environment, by file; flags win.

mod check;
mod cli;
mod command;
mod environment;
mod error;
mod list;
mod parts;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use store::Location;

use self::cli::Cli;
pub use self::command::{Command, DatabaseFlags};
use self::environment::Environment;
pub use self::error::ConfigError;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object for programs.
    Json,
}

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub listen: SocketAddr,
    pub stomp_listen: Option<SocketAddr>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub data: PathBuf,
    pub database_url: Option<String>,
    pub site: Option<PathBuf>,
    pub log: String,
    pub log_format: LogFormat,
    pub create_rooms_on_entry: bool,
    pub max_rooms: u64,
    pub keep_days: Option<u64>,
    pub keep_messages: Option<u64>,
    pub max_sessions: usize,
    pub max_sessions_per_address: usize,
    #[serde(deserialize_with = "list::list")]
    pub allowed_origins: Vec<String>,
    pub websocket: bool,
    pub session_cookie: bool,
    pub spring_compat: bool,
    pub leave_after: u64,
    pub max_frame: usize,
    pub max_headers: usize,
    pub max_subscriptions: usize,
    pub max_waiting: usize,
    pub max_waiting_total: usize,
    pub max_subscribe_rate: u32,
    pub max_subscribe_burst: u32,
    pub max_header_line: usize,
    pub max_transactions: usize,
    pub max_transaction_frames: usize,
    pub max_transaction: usize,
    pub max_unacked: usize,
    pub max_pending: usize,
    pub max_pending_bytes: usize,
    pub max_queue: usize,
    #[serde(deserialize_with = "list::list")]
    pub shared_queues: Vec<String>,
    pub shared_queues_by_clients: bool,
    pub room_history: u64,
    pub topic_history: usize,
    pub max_topic_history: usize,
    pub wildcards: bool,
    pub connect_timeout: u64,
    pub heartbeat: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            stomp_listen: None,
            tls_cert: None,
            tls_key: None,
            data: PathBuf::from("data"),
            database_url: None,
            site: None,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            create_rooms_on_entry: true,
            max_rooms: 100_000,
            keep_days: None,
            keep_messages: None,
            max_sessions: 100_000,
            max_sessions_per_address: sockjs::Options::default().max_sessions_per_address,
            allowed_origins: Vec::new(),
            websocket: true,
            session_cookie: false,
            spring_compat: false,
            leave_after: 15,
            max_frame: stomp::Limits::default().frame,
            max_headers: stomp::Limits::default().headers,
            max_subscriptions: broker::Options::default().subscriptions_per_session,
            max_waiting: broker::Options::default().inbox_bytes,
            max_waiting_total: broker::Options::default().waiting_bytes_total,
            max_subscribe_rate: 100,
            max_subscribe_burst: 500,
            max_header_line: stomp::Limits::default().header_line,
            max_transactions: stomp::Limits::default().transactions,
            max_transaction_frames: stomp::Limits::default().transaction_frames,
            max_transaction: stomp::Limits::default().transaction_bytes,
            max_unacked: 1_000,
            max_pending: 256,
            max_pending_bytes: 1 << 20,
            max_queue: broker::Options::default().queue_bytes,
            shared_queues: Vec::new(),
            shared_queues_by_clients: false,
            room_history: 0,
            topic_history: broker::Options::default().ring_messages,
            max_topic_history: broker::Options::default().rings_bytes_total,
            wildcards: false,
            connect_timeout: 10,
            heartbeat: 10_000,
        }
    }
}

impl Config {
    /// Reads flags, environment and file, and what there is to do instead of serving, if anything.
    /// `--help` and `--version` are answered here, and a wrong flag ends the program with a usage
    /// line.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] where the environment or the file says something that cannot be.
    pub fn load() -> Result<(Self, Option<Command>), ConfigError> {
        let cli = Cli::parse();
        let command = cli.command.clone();
        Ok((Self::from_cli(cli)?, command))
    }

    fn from_cli(cli: Cli) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(path) = cli.config {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| ConfigError::Unreadable(path.clone(), error))?;
            figment = figment.merge(Toml::string(&text));
        }
        figment = figment
            .merge(Environment::new())
            .merge(Serialized::defaults(cli.flags));
        if let Some(command) = &cli.command {
            figment = figment.merge(Serialized::defaults(command.database()));
        }
        let config: Self = figment
            .extract()
            .map_err(|error| ConfigError::Invalid(Box::new(error)))?;
        config.check()
    }

    /// Where the log lies.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Database`] where the URL names something else.
    pub fn database(&self) -> Result<Location, ConfigError> {
        match &self.database_url {
            None => Ok(self.data.join("roomside.db").into()),
            Some(url) => Ok(url.parse()?),
        }
    }

    /// Where the search index lies: beside a log that is a file, else in the data folder.
    pub(crate) fn index(&self, database: &Location) -> PathBuf {
        let file = self.data.join("roomside.db");
        database.file().unwrap_or(&file).with_extension("search.db")
    }

    /// The files of the certificate and of its key, if there is to be TLS.
    ///
    /// # Errors
    ///
    /// [`ConfigError::HalfTls`] where only one of them is given.
    pub fn tls(&self) -> Result<Option<(&Path, &Path)>, ConfigError> {
        let half = |given, missing| Err(ConfigError::HalfTls { given, missing });
        match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Ok(Some((cert, key))),
            (Some(_), None) => half("tls_cert", "tls_key"),
            (None, Some(_)) => half("tls_key", "tls_cert"),
            (None, None) => Ok(None),
        }
    }

    /// The folder of the front end, if there is one.
    #[must_use]
    pub fn site_root(&self) -> Option<PathBuf> {
        match &self.site {
            Some(site) => Some(site.clone()),
            None => std::env::current_exe()
                .ok()
                .and_then(|program| site_near(&program)),
        }
    }
}

/// The names of all settings, so that other variables with our prefix are left alone.
const NAMES: [&str; 43] = [
    "listen",
    "stomp_listen",
    "tls_cert",
    "tls_key",
    "data",
    "database_url",
    "site",
    "log",
    "log_format",
    "create_rooms_on_entry",
    "max_rooms",
    "keep_days",
    "keep_messages",
    "max_sessions",
    "max_sessions_per_address",
    "allowed_origins",
    "websocket",
    "session_cookie",
    "spring_compat",
    "leave_after",
    "max_frame",
    "max_headers",
    "max_subscriptions",
    "max_waiting",
    "max_waiting_total",
    "max_subscribe_rate",
    "max_subscribe_burst",
    "max_header_line",
    "max_transactions",
    "max_transaction_frames",
    "max_transaction",
    "max_unacked",
    "max_pending",
    "max_pending_bytes",
    "max_queue",
    "shared_queues",
    "shared_queues_by_clients",
    "room_history",
    "topic_history",
    "max_topic_history",
    "wildcards",
    "connect_timeout",
    "heartbeat",
];

/// `site` beside the program, as in an unpacked release, or beside its folder, as cargo-leptos
/// lays out `target`.
fn site_near(program: &Path) -> Option<PathBuf> {
    program
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("site"))
        .find(|site| site.is_dir())
}
