//! What many answers have in common: texts, CORS, caching and the cookie for load balancers.

use axum::{
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
            ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
            ACCESS_CONTROL_REQUEST_HEADERS, ALLOW, CACHE_CONTROL, CONTENT_TYPE, COOKIE, EXPIRES,
            ORIGIN, SET_COOKIE, VARY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
};

use crate::Options;

pub(crate) const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=UTF-8");
pub(crate) const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// Every directive that some cache needs to hear to leave an answer alone.
const NEVER: HeaderValue =
    HeaderValue::from_static("no-store, no-cache, no-transform, must-revalidate, max-age=0");
/// The same as Spring says it.
const SPRING_NEVER: HeaderValue =
    HeaderValue::from_static("no-store, no-cache, must-revalidate, max-age=0");

/// One year in seconds: how long a preflight answer holds.
const YEAR: HeaderValue = HeaderValue::from_static("31536000");
const CACHE_FOR_A_YEAR: HeaderValue = HeaderValue::from_static("public, max-age=31536000");
/// For caches of HTTP/1.0 only, which know no `max-age`: far away is all it has to be.
const FAR_AWAY: HeaderValue = HeaderValue::from_static("Fri, 31 Dec 2099 23:59:59 GMT");

/// Bytes of a cookie that is sent back.
const MAX_COOKIE: usize = 512;

/// A text for people and programs.
pub(crate) fn plain(status: StatusCode, text: impl IntoResponse) -> Response {
    let headers = [(CONTENT_TYPE, PLAIN), (X_CONTENT_TYPE_OPTIONS, NOSNIFF)];
    (status, headers, text).into_response()
}

/// 405 without a body.
pub(crate) fn method_not_allowed(allow: &'static str) -> Response {
    let allow = HeaderValue::from_static(allow);
    (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, allow)]).into_response()
}

/// The answer to a browser that asks before it asks.
pub(crate) fn preflight(request: &HeaderMap, methods: &'static str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    cache_for_a_year(headers);
    headers.insert(ACCESS_CONTROL_MAX_AGE, YEAR);
    let methods = HeaderValue::from_static(methods);
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    if let Some(asked) = present(request, &ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}

pub(crate) fn cache_for_a_year(response: &mut HeaderMap) {
    response.insert(CACHE_CONTROL, CACHE_FOR_A_YEAR);
    response.insert(EXPIRES, FAR_AWAY);
}

pub(crate) fn never_cache(response: &mut HeaderMap, spring: bool) {
    let never = if spring { SPRING_NEVER } else { NEVER };
    response.insert(CACHE_CONTROL, never);
}

/// Lets the page that asks read the answer; that its site may ask at all was checked before. The
/// origin is echoed, also the `null` of a page from a file, since browsers take `*` only where no
/// cookies are meant to travel.
pub(crate) fn allow_origin(origin: Option<&HeaderValue>, response: &mut HeaderMap) {
    match origin {
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

pub(crate) fn origin(request: &HeaderMap) -> Option<&HeaderValue> {
    present(request, &ORIGIN)
}

/// What every answer to a request of a session says besides what it is asked for.
///
/// It holds copies. A request may wait for long, and whatever is left of its headers would keep
/// the whole buffer alive into which they were read.
#[derive(Debug)]
pub(crate) struct Envelope {
    origin: Option<HeaderValue>,
    cookie: Option<HeaderValue>,
    spring: bool,
}

impl Envelope {
    pub(crate) fn new(request: &HeaderMap, options: &Options) -> Self {
        let origin = origin(request);
        Self {
            origin: origin.and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok()),
            cookie: options.cookie_needed.then(|| cookie(request)).flatten(),
            spring: options.spring_compat,
        }
    }

    /// Adds itself to the answer.
    pub(crate) fn around(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        never_cache(headers, self.spring);
        allow_origin(self.origin.as_ref(), headers);
        if let Some(cookie) = self.cookie {
            headers.insert(SET_COOKIE, cookie);
        }
        response
    }
}

/// The cookie by which some load balancers keep a peer with one server: the one they gave, or one
/// for them to replace.
fn cookie(request: &HeaderMap) -> Option<HeaderValue> {
    let id = session_cookie(request).unwrap_or("dummy");
    HeaderValue::from_str(&format!("JSESSIONID={id}; Path=/")).ok()
}

fn session_cookie(request: &HeaderMap) -> Option<&str> {
    request
        .get_all(COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix("JSESSIONID="))
        .filter(|id| !id.is_empty() && id.len() <= MAX_COOKIE)
}

fn present<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    headers.get(name).filter(|value| !value.is_empty())
}
