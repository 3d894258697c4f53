//! Requests that fetch: `xhr`, `xhr_streaming`, `eventsource`, `htmlfile` and `jsonp`.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{
        HeaderName, HeaderValue,
        header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};

use super::{
    Line,
    body::{self, Receiver},
    format::Format,
};
use crate::{
    reply,
    session::{Goodbye, Refused, Said},
};

/// nginx hands on what it gets at once where it sees this.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Answers with what the session says: with one frame as soon as there is one, or with many until
/// they have `limit` bytes. `answers`: how many the peer has had before, if it counts them.
///
/// # Cancel safety
/// Dropped before it returns, it takes the session down: the peer has hung up.
pub(crate) async fn fetch(
    line: Arc<Line>,
    format: Format,
    answers: Option<u32>,
    limit: usize,
) -> Response {
    let body = match Receiver::attach(line, answers) {
        Ok(receiver) if format.is_streaming() => {
            return respond(&format, body::stream(format.clone(), receiver, limit));
        }
        Ok(mut receiver) => {
            let said = receiver.next(limit).await;
            body::single(&format, &said, Some(receiver))
        }
        Err(Refused::Another) => {
            let goodbye = Goodbye::new(2010, "Another connection still open");
            body::single(&format, &Said::Over(goodbye), None)
        }
        Err(Refused::Over(goodbye)) => body::single(&format, &Said::Over(goodbye), None),
    };
    respond(&format, body)
}

fn respond(format: &Format, body: Body) -> Response {
    let headers = [
        (CONTENT_TYPE, format.content_type()),
        (X_CONTENT_TYPE_OPTIONS, reply::NOSNIFF),
    ];
    let mut response = (headers, body).into_response();
    if format.is_streaming() {
        let no = HeaderValue::from_static("no");
        response.headers_mut().insert(X_ACCEL_BUFFERING, no);
    }
    response
}
