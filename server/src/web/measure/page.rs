//! The page itself, and its script.

use app::transports::{PATH, transports};
use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::web::language::language_of;

/// Nothing from anywhere else, and no script but the page's own, which are files.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'self'";

const MEASURE: &str = include_str!("../../../assets/transports/measure.js");
const VALUES: &str = include_str!("../../../assets/transports/values.js");

/// The page and the two files of its script.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route(PATH, get(show))
        .route(&format!("{PATH}/measure.js"), get(|| script(MEASURE)))
        .route(&format!("{PATH}/values.js"), get(|| script(VALUES)))
}

async fn show(headers: HeaderMap) -> Response {
    let page = Html(transports(language_of(&headers)));
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
        (VARY, "accept-language, cookie"),
    ];
    (headers, page).into_response()
}

/// A file of the script; it keeps its name over releases, so a browser has to ask each time.
async fn script(text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
