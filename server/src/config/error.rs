//! Why the settings cannot be used.

use std::path::PathBuf;

use store::LocationError;

use super::check::LONGEST;

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
    #[error("database_url names no database that can be used: {0}, or leave it out")]
    Database(#[from] LocationError),
    /// A site that may connect is not written as one.
    #[error("allowed_origins: {0}")]
    Origin(#[from] sockjs::PatternError),
    /// Limits that contradict each other.
    #[error(transparent)]
    Broker(#[from] broker::OptionsError),
    /// What is to be shared is no queue and no pattern of queues.
    #[error(
        "shared_queues has {0:?}, and each must be a queue or a pattern such as /queue/jobs/**"
    )]
    NotAQueue(String),
    /// A certificate without its key, or a key without its certificate.
    #[error("{given} is set and {missing} is not: TLS needs both")]
    HalfTls {
        given: &'static str,
        missing: &'static str,
    },
    /// A time that no clock here can count to.
    #[error("{name} is {value} seconds, and may be at most {LONGEST}, which is a year")]
    TooLong { name: &'static str, value: u64 },
    /// A limit above which the log has no numbers, or memory no room.
    #[error("{name} is {value}, and may be at most {most}")]
    TooLarge {
        name: &'static str,
        value: u64,
        most: u64,
    },
    /// A limit below which nothing would work.
    #[error("{name} is {value}, and must be at least {least}")]
    TooSmall {
        name: &'static str,
        value: usize,
        least: usize,
    },
}
