//! Turning a refusal into the one ERROR frame that ends a session.

use broker::{Destination, DestinationError, SubscribeError};
use chat::destination::X_CODE;
use chat::{Lang, Refusal};
use stomp::{Failure, Headers, Text};
use store::ReadError;
use tracing::warn;

use super::follow::StartError;

/// What a client is told about a frame that was not done: a word for programs, a line that says
/// what was wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    code: &'static str,
    message: String,
    receipt: Option<Text>,
}

impl Refused {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            receipt: None,
        }
    }

    pub(super) fn unknown_destination(name: &str) -> Self {
        let message =
            format!("unknown destination {name}: what people say goes to /app/chat/message");
        Self::new("destination_unknown", message)
    }

    pub(super) fn rooms_are_written_by_the_server(destination: &Destination) -> Self {
        let message = format!("nobody may send to {destination}: send to /app/chat/message");
        Self::new("destination_forbidden", message)
    }

    pub(super) fn not_a_number(header: &str) -> Self {
        Self::new(
            "header_invalid",
            format!("the header {header} must be a whole number"),
        )
    }

    /// Names the frame that this answers.
    pub(super) fn answering(mut self, receipt: Option<Text>) -> Self {
        self.receipt = receipt;
        self
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code(), refusal.text(Lang::En))
    }
}

impl From<DestinationError> for Refused {
    fn from(error: DestinationError) -> Self {
        Self::new("destination_unknown", error.to_string())
    }
}

impl From<SubscribeError> for Refused {
    fn from(error: SubscribeError) -> Self {
        let code = match error {
            SubscribeError::IdInUse(_) => "subscription_id_in_use",
            SubscribeError::TooMany(_) => "too_many_subscriptions",
        };
        Self::new(code, error.to_string())
    }
}

impl From<ReadError> for Refused {
    fn from(error: ReadError) -> Self {
        warn!(%error, "the log could not be read");
        Self::new(
            "log_unreadable",
            "the log cannot be read now: connect again in a moment",
        )
    }
}

impl From<StartError> for Refused {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Log(error) => error.into(),
            StartError::Refused(error) => error.into(),
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let Refused {
            code,
            message,
            receipt,
        } = refused;
        let mut headers = Headers::default();
        headers.push(Text::from_static(X_CODE), Text::from_static(code));
        let body = format!("{message}\n").into();
        Self {
            message: message.into(),
            receipt_id: receipt,
            headers,
            body,
        }
    }
}
