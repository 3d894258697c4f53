//! Requests that post: `xhr_send` and `jsonp_send`.

use std::{future::poll_fn, str};

use axum::{
    body::Body,
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use tokio::time::timeout;

use super::{Line, upload::Uploads};
use crate::{Options, frame::FrameError, reply};

/// Takes the messages in the body of a request.
///
/// A session that is over takes them too and drops them, so that its peer learns from its next
/// request that fetches why it is over, and not from a failing post that something is wrong.
///
/// # Cancel safety
/// Either all messages of the body are taken or none.
pub(crate) async fn post(
    line: &Line,
    request: &Parts,
    body: Body,
    jsonp: bool,
    options: &Options,
    uploads: &Uploads,
) -> Result<Response, Refusal> {
    let turn = timeout(options.send_timeout, async {
        let turn = line.posts.lock().await;
        poll_fn(|cx| line.shared.poll_wants_input(cx)).await;
        turn
    });
    let mut decoder = turn.await.map_err(|_| Refusal::Busy)?;
    let upload = uploads.read(&request.headers, body).await?;
    let text = str::from_utf8(&upload.bytes).map_err(|_| Refusal::Broken)?;
    let form = jsonp && is_form(&request.headers);
    let text = if form { form_data(text) } else { text.into() };
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    // A broken text must not spoil what the decoder remembers.
    let mut trial = decoder.clone();
    let messages = trial.decode(&text)?;
    if messages
        .iter()
        .any(|message| message.len() > options.max_message)
    {
        return Err(Refusal::TooLarge);
    }
    *decoder = trial;
    line.shared.receive(messages.into_iter().map(Bytes::from));
    Ok(if jsonp {
        // Some browsers do strange things where a form is answered with nothing.
        reply::plain(StatusCode::OK, "ok")
    } else {
        // Firefox takes an answer without a type for broken XML.
        (StatusCode::NO_CONTENT, [(CONTENT_TYPE, reply::PLAIN)]).into_response()
    })
}

fn is_form(headers: &HeaderMap) -> bool {
    const FORM: &[u8] = b"application/x-www-form-urlencoded";
    headers.get(CONTENT_TYPE).is_some_and(|content_type| {
        let kind = content_type.as_bytes().split(|&byte| byte == b';').next();
        kind.is_some_and(|kind| kind.trim_ascii().eq_ignore_ascii_case(FORM))
    })
}

/// The field `d`, in which the client sends what others have as the whole body.
fn form_data(form: &str) -> std::borrow::Cow<'_, str> {
    form_urlencoded::parse(form.as_bytes())
        .find(|(key, _)| key == "d")
        .map(|(_, data)| data)
        .unwrap_or_default()
}

/// Why a post is not taken; the session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no such session.
    Unknown,
    /// The session has not taken what was posted before.
    Busy,
    /// The body does not come.
    TooSlow,
    TooLarge,
    TooMany,
    Empty,
    Broken,
}

impl From<FrameError> for Refusal {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Broken => Self::Broken,
            FrameError::TooMany => Self::TooMany,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Self::Unknown => (
                StatusCode::NOT_FOUND,
                "Unknown session: it was not opened here, or it is over.\n",
            ),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The session has not taken yet what was sent before.\n",
            ),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "The body did not come in time.\n",
            ),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Message too big.\n"),
            Self::TooMany => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "Too many messages in one array.\n",
            ),
            // The protocol has the next two as they are, status and text.
            Self::Empty => (StatusCode::INTERNAL_SERVER_ERROR, "Payload expected.\n"),
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "Broken JSON encoding.\n"),
        };
        let mut response = reply::plain(status, text);
        if self == Self::Busy {
            response.headers_mut().insert(RETRY_AFTER, 1.into());
        }
        response
    }
}
