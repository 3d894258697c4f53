//! Turning a refusal into the one ERROR frame that ends a session, or into a message.

use broker::{Destination, DestinationError, PublishError, SubscribeError};
use chat::destination::{ERRORS, X_CODE, X_RETRY};
use chat::{Lang, Problem, Refusal};
use stomp::{Command, Failure, Frame, Headers, Text, excerpt};
use store::{ReadError, WriteError};
use tracing::warn;

use super::follow::StartError;

/// How many characters of what a parser complains of are passed on.
const PARSERS_WORDS: usize = 120;

/// What a client is told about a frame that was not done: a word for programs, a line that says
/// what was wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    code: &'static str,
    message: String,
    receipt: Option<Text>,
    /// Whether the same frame may be sent again after a while.
    passes: bool,
}

impl Refused {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            receipt: None,
            passes: false,
        }
    }

    pub(super) fn unknown_destination(name: &str) -> Self {
        let name = excerpt(name);
        let message =
            format!("unknown destination {name}: what people say goes to /app/chat/message");
        Self::new("destination_unknown", message)
    }

    pub(super) fn not_subscribable(name: &str) -> Self {
        let name = excerpt(name);
        let message = format!("nothing can be heard at {name}: subscribe to a topic or a queue");
        Self::new("destination_unknown", message)
    }

    pub(super) fn not_a_user_destination() -> Self {
        let message = "a person's destination is /user/queue/… or /user/{name}/queue/…";
        Self::new("destination_unknown", message)
    }

    pub(super) fn rooms_are_written_by_the_server(destination: &Destination) -> Self {
        let message = format!("nobody may send to {destination}: send to /app/chat/message");
        Self::new("destination_forbidden", message)
    }

    pub(super) fn errors_are_told_by_the_server() -> Self {
        let message = format!("nobody may send to {ERRORS}: the server says there what it refused");
        Self::new("destination_forbidden", message)
    }

    pub(super) fn temporary(name: &str) -> Self {
        let name = excerpt(name);
        let message = format!("{name} may only be named in the header reply-to of a SEND");
        Self::new("destination_forbidden", message)
    }

    pub(super) fn anothers_queue() -> Self {
        let message = "nobody may listen to another's queue: subscribe to /user/queue/…";
        Self::new("destination_forbidden", message)
    }

    pub(super) fn no_wildcards() -> Self {
        let message = "patterns may not be subscribed to here (--wildcards true lets them)";
        Self::new("destination_forbidden", message)
    }

    pub(super) fn shared_topic() -> Self {
        Self::new("header_invalid", "only what is under /queue/ can be shared")
    }

    pub(super) fn not_shared(queue: &Destination) -> Self {
        let message = format!(
            "{queue} is not shared here: the operator says which queues are (--shared-queues), or \
             lets clients say it (--shared-queues-by-clients true)"
        );
        Self::new("destination_forbidden", message)
    }

    pub(super) fn unknown_queue_mode() -> Self {
        Self::new(
            "header_invalid",
            "the header x-queue must be shared or fanout",
        )
    }

    pub(super) fn no_subscription(id: &str) -> Self {
        let id = excerpt(id);
        let message = format!("there is no subscription {id:?} in this session");
        Self::new("subscription_unknown", message)
    }

    pub(super) fn nothing_to_acknowledge() -> Self {
        let message = "no message of this name waits to be acknowledged";
        Self::new("ack_unknown", message)
    }

    pub(super) fn too_many_rooms(limit: usize) -> Self {
        let message = format!("a session may be in at most {limit} rooms: leave one first");
        Self::new("too_many_rooms", message)
    }

    pub(super) fn unacknowledged(subscription: &str) -> Self {
        let subscription = excerpt(subscription);
        let message =
            format!("too many messages of subscription {subscription} wait for their ACK");
        Self::new("too_slow", message)
    }

    pub(super) fn too_slow(subscription: &str) -> Self {
        let subscription = excerpt(subscription);
        let message = format!("too slow for subscription {subscription}");
        Self::new("too_slow", message)
    }

    pub(super) fn not_a_number(header: &str) -> Self {
        Self::new(
            "header_invalid",
            format!("the header {header} must be a whole number"),
        )
    }

    /// The word for programs.
    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    /// It was not the frame's fault: it may be sent again.
    fn passing(mut self) -> Self {
        self.passes = true;
        self
    }

    /// What was wrong, in one line.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Names the frame that this answers.
    pub(super) fn answering(mut self, receipt: Option<Text>) -> Self {
        self.receipt = receipt;
        self
    }
}

/// Seconds until a log that failed is worth asking again.
fn retry() -> Text {
    WriteError::RETRY_AFTER.as_secs().to_string().into()
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let refusal = match refusal {
            // The parser may quote all that it was given.
            Refusal::DraftMalformed(why) => {
                Refusal::DraftMalformed(why.chars().take(PARSERS_WORDS).collect())
            }
            other => other,
        };
        let refused = Self::new(refusal.code(), refusal.text(Lang::En));
        if refusal == Refusal::NotStored {
            return refused.passing();
        }
        refused
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
            SubscribeError::Prefetch(_) | SubscribeError::SharedPattern => "header_invalid",
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
        .passing()
    }
}

impl From<PublishError> for Refused {
    fn from(error: PublishError) -> Self {
        Self::new("queue_full", error.to_string())
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

impl Refused {
    /// The refusal as a MESSAGE of this id, for a session that asked for that; `subscription` is
    /// the one that listens to [`ERRORS`], or that name itself where none does.
    pub(super) fn into_message(self, subscription: Option<&Text>, id: Text) -> Frame {
        let body = Problem {
            code: self.code.to_owned(),
            message: self.message.clone(),
        };
        let errors = Text::from_static(ERRORS);
        let mut frame = Frame::new(Command::Message)
            .header("destination", errors.clone())
            .header("content-type", "application/json")
            .header("subscription", subscription.cloned().unwrap_or(errors))
            .header("message-id", id)
            .header(X_CODE, self.code)
            .header("message", self.message);
        if let Some(receipt) = self.receipt {
            frame = frame.header("receipt-id", receipt);
        }
        if self.passes {
            frame = frame.header(X_RETRY, retry());
        }
        frame.body(serde_json::to_vec(&body).unwrap_or_default())
    }

    /// The refusal as the ERROR of a session whose machine has ended already.
    pub(super) fn into_error(self) -> Frame {
        let Failure {
            message,
            receipt_id,
            headers,
            body,
        } = self.into();
        let mut frame = Frame::new(Command::Error).header("message", message);
        if let Some(receipt) = receipt_id {
            frame = frame.header("receipt-id", receipt);
        }
        frame = frame.header("content-type", "text/plain");
        frame.headers.extend(headers);
        frame.body(body)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let Refused {
            code,
            message,
            receipt,
            passes,
        } = refused;
        let mut headers = Headers::default();
        headers.push(Text::from_static(X_CODE), Text::from_static(code));
        if passes {
            headers.push(Text::from_static(X_RETRY), retry());
        }
        let body = format!("{message}\n").into();
        Self {
            message: message.into(),
            receipt_id: receipt,
            headers,
            body,
        }
    }
}
