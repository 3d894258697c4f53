//! The plain requests: the greeting, and `/info`.

use std::hash::{BuildHasher, Hasher, RandomState};

use axum::{
    http::{HeaderMap, HeaderValue, Method, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use crate::{Options, reply};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=UTF-8");

/// `GET` of the prefix: proof that SockJS lives here.
pub(crate) fn greeting(method: &Method) -> Response {
    match *method {
        Method::GET | Method::HEAD => reply::plain(StatusCode::OK, "Welcome to SockJS!\n"),
        _ => reply::method_not_allowed("GET"),
    }
}

/// `/info`: what clients ask first. They time the answer to guess the round trip.
pub(crate) fn info(options: &Options, method: &Method, request: &HeaderMap) -> Response {
    let mut response = match *method {
        Method::GET | Method::HEAD => {
            let mut response = ([(CONTENT_TYPE, JSON)], body(options)).into_response();
            reply::never_cache(response.headers_mut(), options.spring_compat);
            response
        }
        Method::OPTIONS => reply::preflight(request, "OPTIONS, GET"),
        _ => reply::method_not_allowed("OPTIONS, GET"),
    };
    reply::allow_origin(reply::origin(request), response.headers_mut());
    response
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
