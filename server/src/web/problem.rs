//! Answers that are not a success: one shape, in the visitor's language.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chat::{Lang, Problem, Refusal};
use store::{QueryError, ReadError, WriteError};
use tracing::warn;

use super::language::language_of;
use super::search::{code_of, sentence};
use super::unclear::Unclear;
use crate::rooms::refusal_of;

/// A failed request, before it is put into words.
#[derive(Debug)]
pub(crate) enum Failed {
    /// What was asked cannot be done as it was asked.
    Refused(Refusal),
    /// What is looked for cannot be.
    Query(QueryError),
    /// The request itself is not understood.
    Unclear(Unclear),
    /// The log could not be read.
    Unreadable,
}

impl Failed {
    /// Puts the failure into words for whoever sent these headers.
    pub(crate) fn answer(self, headers: &HeaderMap) -> Response {
        let (status, problem) = self.problem(language_of(headers));
        let mut answer = (status, Json(problem)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            // It is the log that cannot serve, and not the request that was wrong.
            let seconds = WriteError::RETRY_AFTER.as_secs();
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        answer
    }

    /// The failure in words, and what HTTP calls it.
    pub(super) fn problem(self, lang: Lang) -> (StatusCode, Problem) {
        match self {
            Self::Refused(refusal) => (status_of(&refusal), Problem::new(&refusal, lang)),
            Self::Unclear(unclear) => (unclear.status(), unclear.problem(lang)),
            Self::Query(error) => {
                let message = sentence(error, lang).to_owned();
                let code = code_of(error).to_owned();
                (StatusCode::BAD_REQUEST, Problem { code, message })
            }
            Self::Unreadable => (StatusCode::SERVICE_UNAVAILABLE, unreadable(lang)),
        }
    }
}

fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::RoomUnknown => StatusCode::NOT_FOUND,
        Refusal::RoomsFull => StatusCode::CONFLICT,
        Refusal::NotStored => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::RoomIdInvalid
        | Refusal::RoomNameEmpty
        | Refusal::RoomNameTooLong
        | Refusal::RoomNameControl
        | Refusal::SenderEmpty
        | Refusal::SenderTooLong
        | Refusal::SenderControl
        | Refusal::SenderChanged
        | Refusal::SenderTaken
        | Refusal::TextEmpty
        | Refusal::TextTooLong
        | Refusal::MessageIdInvalid
        | Refusal::MessageIdReused
        | Refusal::MessageUnknown
        | Refusal::MessageFixed
        | Refusal::MessageForeign
        | Refusal::AuthorKeyInvalid
        | Refusal::DraftMalformed(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn unreadable(lang: Lang) -> Problem {
    let message = match lang {
        Lang::Ko => "지금은 기록을 읽을 수 없습니다. 잠시 뒤에 다시 시도하세요.",
        Lang::En => "the log cannot be read now: try again in a moment",
    };
    Problem {
        code: "log_unreadable".to_owned(),
        message: message.to_owned(),
    }
}

impl From<QueryError> for Failed {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<WriteError> for Failed {
    fn from(error: WriteError) -> Self {
        Self::Refused(refusal_of(&error))
    }
}

impl From<ReadError> for Failed {
    fn from(error: ReadError) -> Self {
        warn!(%error, "the log could not be read");
        Self::Unreadable
    }
}

impl From<Unclear> for Failed {
    fn from(unclear: Unclear) -> Self {
        Self::Unclear(unclear)
    }
}

impl From<JsonRejection> for Failed {
    fn from(rejection: JsonRejection) -> Self {
        Self::Unclear(Unclear::Body(rejection.status()))
    }
}
