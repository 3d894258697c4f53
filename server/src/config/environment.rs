//! The environment, in which everything is text.

use figment::providers::Env;
use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};

use super::NAMES;

/// Before the name of every setting in the environment: `ROOMSIDE_LISTEN`.
const PREFIX: &str = "ROOMSIDE_";

/// The settings that are what was written, though it may look like a number: a folder can be
/// called 2026.
pub(super) const TEXTS: [&str; 9] = [
    "listen",
    "stomp_listen",
    "tls_cert",
    "tls_key",
    "data",
    "database_url",
    "site",
    "log",
    "log_format",
];

/// Those of which there may be several: with commas between, or in brackets.
pub(super) const LISTS: [&str; 2] = ["allowed_origins", "shared_queues"];

/// The variables that are settings.
pub(super) struct Environment(Env);

impl Environment {
    pub(super) fn new() -> Self {
        Self(Env::prefixed(PREFIX).only(&NAMES))
    }
}

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        self.0.metadata()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let settings = self.0.iter().map(|(name, text)| {
            let value = value(name.as_str(), &text);
            (name.as_str().to_owned(), value)
        });
        Ok(Profile::Default.collect(settings.collect()))
    }
}

/// What a variable says. Quotes around it are left out, as some write them in files of variables.
pub(super) fn value(name: &str, text: &str) -> Value {
    let Ok(guessed) = text.parse::<Value>();
    match guessed {
        Value::String(..) => guessed,
        Value::Array(..) if LISTS.contains(&name) => guessed,
        _ if LISTS.contains(&name) || TEXTS.contains(&name) => Value::from(text.trim()),
        _ => guessed,
    }
}
