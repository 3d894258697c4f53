//! What an operator can set: by flag, by environment, by file; flags win.

mod cli;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Parser, ValueEnum};
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use self::cli::Cli;

/// Before the name of every setting in the environment: `ROOMSIDE_LISTEN`.
const ENV_PREFIX: &str = "ROOMSIDE_";

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
    pub data: PathBuf,
    pub database_url: Option<String>,
    pub site: Option<PathBuf>,
    pub log: String,
    pub log_format: LogFormat,
    pub create_rooms_on_entry: bool,
    pub max_rooms: u64,
    pub max_sessions: usize,
    pub leave_after: u64,
    pub max_frame: usize,
    pub max_headers: usize,
    pub max_subscriptions: usize,
    pub max_waiting: usize,
    pub connect_timeout: u64,
    pub heartbeat: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            data: PathBuf::from("data"),
            database_url: None,
            site: None,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            create_rooms_on_entry: true,
            max_rooms: 100_000,
            max_sessions: 100_000,
            leave_after: 15,
            max_frame: stomp::Limits::default().frame,
            max_headers: stomp::Limits::default().headers,
            max_subscriptions: broker::Options::default().subscriptions_per_session,
            max_waiting: broker::Options::default().inbox_bytes,
            connect_timeout: 10,
            heartbeat: 10_000,
        }
    }
}

/// Why the settings cannot be used; one sentence each.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A setting is unknown or has the wrong form; the source is named.
    #[error("a setting cannot be used: {0}")]
    Invalid(Box<figment::Error>),
    /// The file that `--config` names cannot be read.
    #[error("the configuration file {0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// A database that this program does not speak to.
    #[error("the database {0} is not supported: give sqlite:FILE, or leave it out")]
    Database(String),
    /// A limit below which nothing would work.
    #[error("{name} is {value}, and must be at least {least}")]
    TooSmall {
        name: &'static str,
        value: usize,
        least: usize,
    },
}

impl Config {
    /// Reads flags, environment and file. `--help` and `--version` are answered here, and a
    /// wrong flag ends the program with a usage line.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] where the environment or the file says something that cannot be.
    pub fn load() -> Result<Self, ConfigError> {
        Self::from_cli(Cli::parse())
    }

    fn from_cli(cli: Cli) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(path) = cli.config {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| ConfigError::Unreadable(path.clone(), error))?;
            figment = figment.merge(Toml::string(&text));
        }
        let config: Self = figment
            .merge(Env::prefixed(ENV_PREFIX).only(&NAMES))
            .merge(Serialized::defaults(cli.flags))
            .extract()
            .map_err(|error| ConfigError::Invalid(Box::new(error)))?;
        config.check()
    }

    fn check(self) -> Result<Self, ConfigError> {
        self.database()?;
        // A frame must hold the longest message; the rest must hold at least something.
        for (name, value, least) in [
            ("max_frame", self.max_frame, 32 * 1024),
            ("max_headers", self.max_headers, 8),
            ("max_subscriptions", self.max_subscriptions, 1),
            ("max_waiting", self.max_waiting, self.max_frame * 2),
            ("max_sessions", self.max_sessions, 1),
        ] {
            if value < least {
                return Err(ConfigError::TooSmall { name, value, least });
            }
        }
        Ok(self)
    }

    /// The file of the SQLite database.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Database`] where the URL names something else.
    pub fn database(&self) -> Result<PathBuf, ConfigError> {
        match &self.database_url {
            None => Ok(self.data.join("roomside.db")),
            Some(url) => match url.strip_prefix("sqlite:") {
                Some(path) if !path.trim_start_matches('/').is_empty() => {
                    Ok(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
                }
                _ => Err(ConfigError::Database(url.clone())),
            },
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

    pub(crate) fn leave_after(&self) -> Duration {
        Duration::from_secs(self.leave_after)
    }

    pub(crate) fn stomp(&self) -> stomp::ServerOptions {
        stomp::ServerOptions {
            limits: stomp::Limits {
                frame: self.max_frame,
                headers: self.max_headers,
                ..stomp::Limits::default()
            },
            heartbeat: (self.heartbeat, self.heartbeat),
            connect_timeout: Duration::from_secs(self.connect_timeout),
            ..stomp::ServerOptions::default()
        }
    }
}

/// The names of all settings, so that other variables with our prefix are left alone.
const NAMES: [&str; 16] = [
    "listen",
    "data",
    "database_url",
    "site",
    "log",
    "log_format",
    "create_rooms_on_entry",
    "max_rooms",
    "max_sessions",
    "leave_after",
    "max_frame",
    "max_headers",
    "max_subscriptions",
    "max_waiting",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn load(args: &[&str]) -> Result<Config, ConfigError> {
        let args = std::iter::once("roomside").chain(args.iter().copied());
        Config::from_cli(Cli::try_parse_from(args).unwrap())
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        use std::io::Write as _;
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let file = file("listen = \"127.0.0.1:4000\"\nleave_after = 3\n");
        let path = file.path().to_str().unwrap();
        let config = load(&["--config", path, "--listen", "127.0.0.1:5000"]).unwrap();
        assert_eq!(config.listen.port(), 5000);
        assert_eq!(config.leave_after, 3);
        assert_eq!(config.max_frame, 65_536);
    }

    #[test]
    fn a_misspelt_setting_is_named() {
        let file = file("lisen = \"127.0.0.1:4000\"\n");
        let error = load(&["--config", file.path().to_str().unwrap()]).unwrap_err();
        assert!(error.to_string().contains("lisen"), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load(&["--config", "/nowhere/roomside.toml"]).unwrap_err();
        assert!(
            error.to_string().contains("/nowhere/roomside.toml"),
            "{error}"
        );
    }

    #[test]
    fn the_database_is_a_file_of_sqlite() {
        let database = |url| load(&["--database-url", url]).and_then(|config| config.database());
        assert_eq!(database("sqlite:a/b.db").unwrap(), PathBuf::from("a/b.db"));
        assert_eq!(
            database("sqlite:///var/b.db").unwrap(),
            PathBuf::from("/var/b.db")
        );
        assert!(matches!(
            database("postgres://host/db"),
            Err(ConfigError::Database(_))
        ));
        assert!(matches!(database("sqlite:"), Err(ConfigError::Database(_))));
        assert_eq!(
            load(&["--data", "d"]).unwrap().database().unwrap(),
            PathBuf::from("d/roomside.db")
        );
    }

    #[test]
    fn limits_have_a_least_value_at_its_edge() {
        assert!(load(&["--max-frame", "32768"]).is_ok());
        let error = load(&["--max-frame", "32767"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "max_frame is 32767, and must be at least 32768"
        );
    }

    #[test]
    fn every_setting_has_its_name_in_the_list() {
        let value = serde_json::to_value(Config::default()).unwrap();
        let names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        let mut listed: Vec<_> = NAMES.iter().map(ToString::to_string).collect();
        listed.sort();
        let mut names = names;
        names.sort();
        assert_eq!(names, listed);
    }

    #[test]
    fn the_site_is_found_beside_the_program_or_its_folder() {
        let root = tempfile::tempdir().unwrap();
        let program = root.path().join("release/roomside");
        std::fs::create_dir_all(root.path().join("release")).unwrap();
        assert_eq!(site_near(&program), None);
        std::fs::create_dir_all(root.path().join("site")).unwrap();
        assert_eq!(site_near(&program), Some(root.path().join("site")));
        std::fs::create_dir_all(root.path().join("release/site")).unwrap();
        assert_eq!(site_near(&program), Some(root.path().join("release/site")));
    }
}
