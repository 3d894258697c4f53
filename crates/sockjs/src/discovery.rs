//! The plain requests: the greeting, and `/info` with its CORS rules.

use std::hash::{BuildHasher, Hasher, RandomState};

use axum::{
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
            ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
            ACCESS_CONTROL_REQUEST_HEADERS, ALLOW, CACHE_CONTROL, CONTENT_TYPE, EXPIRES, ORIGIN,
            VARY,
        },
    },
    response::{IntoResponse, Response},
};

use crate::Options;

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=UTF-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=UTF-8");
const INFO_METHODS: HeaderValue = HeaderValue::from_static("OPTIONS, GET");

/// Every directive that some cache needs to hear to leave an answer alone.
const NEVER: HeaderValue =
    HeaderValue::from_static("no-store, no-cache, no-transform, must-revalidate, max-age=0");

/// One year in seconds: how long a preflight answer holds.
const YEAR: HeaderValue = HeaderValue::from_static("31536000");
const CACHE_FOR_A_YEAR: HeaderValue = HeaderValue::from_static("public, max-age=31536000");
/// For caches of HTTP/1.0 only, which know no `max-age`: far away is all it has to be.
const FAR_AWAY: HeaderValue = HeaderValue::from_static("Fri, 31 Dec 2099 23:59:59 GMT");

/// `GET` of the prefix: proof that SockJS lives here.
pub(crate) fn greeting(method: &Method) -> Response {
    match *method {
        Method::GET | Method::HEAD => {
            ([(CONTENT_TYPE, PLAIN)], "Welcome to SockJS!\n").into_response()
        }
        _ => method_not_allowed(HeaderValue::from_static("GET")),
    }
}

/// `/info`: what clients ask first. They time the answer to guess the round trip.
pub(crate) fn info(options: &Options, method: &Method, request: &HeaderMap) -> Response {
    let mut response = match *method {
        Method::GET | Method::HEAD => (
            [(CONTENT_TYPE, JSON), (CACHE_CONTROL, NEVER)],
            body(options),
        )
            .into_response(),
        Method::OPTIONS => preflight(request),
        _ => method_not_allowed(INFO_METHODS),
    };
    allow_origin(request, response.headers_mut());
    response
}

/// 405 without a body.
pub(crate) fn method_not_allowed(allow: HeaderValue) -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, allow)]).into_response()
}

fn body(options: &Options) -> String {
    format!(
        r#"{{"entropy":{},"origins":["*:*"],"cookie_needed":{},"websocket":{}}}"#,
        entropy(),
        options.cookie_needed,
        options.websocket
    )
}

/// A number to stir into the random numbers of browsers that have poor ones of their own. The keys
/// of every `RandomState` are secret and differ, and so does what they make of nothing.
fn entropy() -> u32 {
    let hash = RandomState::new().build_hasher().finish();
    // The upper half is as random as the lower one.
    (hash >> 32) as u32
}

fn preflight(request: &HeaderMap) -> Response {
    let mut response = (
        StatusCode::NO_CONTENT,
        [
            (CACHE_CONTROL, CACHE_FOR_A_YEAR),
            (EXPIRES, FAR_AWAY),
            (ACCESS_CONTROL_MAX_AGE, YEAR),
            (ACCESS_CONTROL_ALLOW_METHODS, INFO_METHODS),
        ],
    )
        .into_response();
    if let Some(asked) = present(request, &ACCESS_CONTROL_REQUEST_HEADERS) {
        response
            .headers_mut()
            .insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}

/// Any origin may ask. It is echoed, also the `null` of a page from a file, since browsers take `*`
/// only where no cookies are meant to travel.
fn allow_origin(request: &HeaderMap, response: &mut HeaderMap) {
    match present(request, &ORIGIN) {
        Some(origin) => {
            response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            response.insert(
                ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            );
        }
        None => {
            response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
    }
    response.insert(VARY, HeaderValue::from_static("Origin"));
}

fn present<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    headers.get(name).filter(|value| !value.is_empty())
}
