//! The page that compares transports, and what it measures against.
//!
//! Under [`PREFIX`] there is a SockJS endpoint that says everything back, below the chat's own so
//! that whatever a proxy does to the one it does to the other. SockJS has no plain polling: that
//! is measured with a `mailbox`, asked again and again. Every answer says in [`X_REQUEST_HEAD`]
//! how many bytes the head of its request took, which a browser cannot know.

mod echo;
mod mailbox;
mod page;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;

use crate::state::AppState;
use crate::web::{patience, unclear};
use mailbox::Mailbox;
pub(crate) use page::routes as page;

/// Where the echo is, with every transport of SockJS.
const PREFIX: &str = "/websc/measure";

/// Bytes of the request's line and headers, with the empty line, as HTTP/1.1 writes them.
const X_REQUEST_HEAD: HeaderName = HeaderName::from_static("x-request-head");

/// Bytes of one message to the echo; a measurement's has 120.
const MAX_MESSAGE: usize = 1024;

/// Sessions with the echo at one time, as many as a mailbox has letters: a measurement needs
/// seconds, and one more visitor can wait for them.
const MAX_SESSIONS: usize = 1024;

/// The echo and the mailbox. Nothing of it is compressed: bytes are what is measured.
pub(crate) fn routes(chat: &sockjs::Options, state: AppState) -> Router {
    let options = sockjs::Options {
        max_message: MAX_MESSAGE,
        max_body: 4 * MAX_MESSAGE,
        inbox: 4 * MAX_MESSAGE,
        outbox: 4 * MAX_MESSAGE,
        max_sessions: chat.max_sessions.min(MAX_SESSIONS),
        protocols: Vec::new(),
        client_scripts: None,
        ..chat.clone()
    };
    let letters = Router::new()
        .route("/api/measure/{id}", get(mailbox::take).post(mailbox::put))
        .layer(DefaultBodyLimit::max(mailbox::MAX_LETTER))
        .layer(middleware::from_fn(patience::bound))
        .layer(middleware::from_fn(unclear::put_into_words))
        .with_state(Mailbox::default());
    sockjs::router(PREFIX, options, move |session| {
        echo::run(session, state.clone())
    })
    .merge(letters)
    .layer(middleware::from_fn(count))
}

async fn count(request: Request, next: Next) -> Response {
    let octets = head_octets(&request);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_HEAD, HeaderValue::from(octets));
    response
}

fn head_octets<B>(request: &axum::http::Request<B>) -> usize {
    let uri = request.uri();
    let target = uri.path_and_query().map_or(1, |path| path.as_str().len());
    let line = request.method().as_str().len() + " ".len() + target + " HTTP/1.1\r\n".len();
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    line + headers.sum::<usize>() + "\r\n".len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_counted_as_it_was_written() {
        let head =
            "POST /websc/measure/0/a/xhr?t=1 HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\n\r\n";
        let request = axum::http::Request::post("/websc/measure/0/a/xhr?t=1")
            .header("host", "localhost")
            .header("accept", "*/*")
            .body(())
            .unwrap();
        assert_eq!(head_octets(&request), head.len());
    }
}
