//! Requests to the JSON interface that are none of it.

use axum::Json;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chat::{Lang, Problem};

use super::language::language_of;

/// What is not understood of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unclear {
    /// The query: an unknown name, or no number where one should be.
    Query,
    /// More than one of the places that exclude each other.
    Places,
    /// `before` of a search, which is what `next` said.
    Cursor,
    /// The body, and what HTTP calls that.
    Body(StatusCode),
    /// The name of a measurement.
    Measurement,
    /// What is to be kept for one, and what HTTP calls that.
    Letter(StatusCode),
    /// Anything else, and what HTTP calls that.
    Request(StatusCode),
}

impl Unclear {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Query | Self::Places | Self::Cursor | Self::Measurement => {
                StatusCode::BAD_REQUEST
            }
            Self::Body(status) | Self::Letter(status) | Self::Request(status) => status,
        }
    }

    /// A stable word for it.
    fn code(self) -> &'static str {
        match self {
            Self::Query | Self::Places | Self::Cursor => "query_invalid",
            Self::Measurement => "measurement_invalid",
            Self::Letter(_) => "letter_invalid",
            Self::Body(_) | Self::Request(StatusCode::PAYLOAD_TOO_LARGE) => "body_malformed",
            Self::Request(StatusCode::NOT_FOUND) => "path_unknown",
            Self::Request(StatusCode::METHOD_NOT_ALLOWED) => "method_not_allowed",
            Self::Request(StatusCode::REQUEST_TIMEOUT) => "request_too_slow",
            Self::Request(status) if status.is_server_error() => "server_failed",
            Self::Request(_) => "request_invalid",
        }
    }

    /// One sentence that says what to do.
    pub(super) fn problem(self, lang: Lang) -> Problem {
        let (ko, en) = match self {
            Self::Query => (
                "주소의 ? 뒤를 읽을 수 없습니다. 쓸 수 있는 것은 /api/openapi.json에 있습니다.",
                "the query cannot be read: /api/openapi.json says what may stand in it",
            ),
            Self::Places => (
                "after, before, around 중 하나만 쓰세요.",
                "give one of after, before and around",
            ),
            Self::Cursor => (
                "before에는 앞선 답의 next를 그대로 쓰세요.",
                "before is no cursor: give what next said in the answer before",
            ),
            Self::Body(StatusCode::PAYLOAD_TOO_LARGE)
            | Self::Request(StatusCode::PAYLOAD_TOO_LARGE) => (
                "본문이 너무 깁니다. 줄여서 보내세요.",
                "the body is too long: send less",
            ),
            Self::Body(StatusCode::UNSUPPORTED_MEDIA_TYPE) => (
                "content-type: application/json 헤더를 함께 보내세요.",
                "send the header content-type: application/json with the body",
            ),
            Self::Body(_) => (
                "본문을 읽을 수 없습니다. /api/openapi.json에 있는 모양의 JSON으로 보내세요.",
                "the body cannot be read: send JSON of the shape that /api/openapi.json says",
            ),
            Self::Measurement => (
                "측정의 이름은 UUID입니다.",
                "a measurement is named by a UUID",
            ),
            Self::Letter(_) => (
                "본문은 256바이트까지 보낼 수 있습니다.",
                "a letter is a body of at most 256 bytes",
            ),
            Self::Request(StatusCode::NOT_FOUND) => (
                "이런 주소는 없습니다. 있는 것은 /api/openapi.json에 있습니다.",
                "there is nothing at this path: /api/openapi.json says what there is",
            ),
            Self::Request(StatusCode::METHOD_NOT_ALLOWED) => (
                "이 주소에는 쓸 수 없는 메서드입니다. 쓸 수 있는 것은 Allow 헤더에 있습니다.",
                "the method is not for this path: the header Allow says which are",
            ),
            Self::Request(StatusCode::REQUEST_TIMEOUT) => (
                "요청이 제때 다 오지 않았습니다. 다시 보내세요.",
                "the request did not come in time: send it again",
            ),
            Self::Request(status) if status.is_server_error() => (
                "서버가 답하지 못했습니다. 잠시 뒤에 다시 시도하세요.",
                "the server could not answer: try again in a moment",
            ),
            Self::Request(_) => (
                "요청을 읽을 수 없습니다. 쓸 수 있는 것은 /api/openapi.json에 있습니다.",
                "the request cannot be read: /api/openapi.json says what there is",
            ),
        };
        let message = match lang {
            Lang::Ko => ko,
            Lang::En => en,
        };
        Problem {
            code: self.code().to_owned(),
            message: message.to_owned(),
        }
    }
}

/// Answers what no route of the JSON interface is for.
pub(crate) async fn unknown() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// Gives every answer that is not a success the one shape, where it has none yet: those of the
/// router itself, and of extractors. Status and headers stay, as `Allow`.
pub(crate) async fn put_into_words(request: Request, next: Next) -> Response {
    let lang = language_of(request.headers());
    let (mut head, body) = next.run(request).await.into_parts();
    let json = HeaderValue::from_static("application/json");
    let failed = head.status.is_client_error() || head.status.is_server_error();
    if !failed || head.headers.get(CONTENT_TYPE) == Some(&json) {
        return Response::from_parts(head, body);
    }
    head.headers.remove(CONTENT_LENGTH);
    head.headers.insert(CONTENT_TYPE, json);
    let problem = Unclear::Request(head.status).problem(lang);
    Response::from_parts(head, Json(problem).into_response().into_body())
}
