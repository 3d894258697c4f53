//! The list of routes, and nothing else.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::http::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::middleware;
use axum::routing::{any, get};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::session;
use crate::state::AppState;
use crate::web::{
    api, etag, health, language, measure, metrics, openapi, pages, patience, search, unclear,
};

/// The largest body of a request to the JSON interface, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// Everything that the server answers.
pub fn router(state: AppState, sockjs: sockjs::Options) -> Router {
    let header = SetResponseHeaderLayer::overriding;
    let web = Router::new()
        // Used by the app and by programs.
        .route("/api/rooms", get(api::list_rooms).post(api::create_room))
        .route("/api/rooms/{id}", get(api::show_room))
        .route("/api/rooms/{id}/messages", get(api::list_messages))
        .route("/api/search", get(search::find))
        .route("/api/openapi.json", get(openapi::show))
        // All that is left below it.
        .route("/api", any(unclear::unknown))
        .route("/api/", any(unclear::unknown))
        .route("/api/{*path}", any(unclear::unknown))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(unclear::put_into_words))
        .layer(middleware::from_fn(etag::tag))
        .layer(middleware::from_fn(patience::bound))
        // Used by people, with and without JavaScript.
        .route(app::search::PATH, get(search::show))
        // Used by people without JavaScript.
        .route("/lang/{tag}", get(language::choose))
        .merge(measure::page())
        .merge(pages::routes(&state))
        .layer(CompressionLayer::new())
        // Used by operators.
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .layer(header(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(header(
            REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        ))
        .with_state(state.clone());
    // Used by STOMP clients, old and new; "/websc" is the original page's name for it.
    let measure = measure::routes(&sockjs, state.clone());
    let state = Arc::new(state);
    let chat = move |session| join(session, Arc::clone(&state));
    sockjs::router("/websc", sockjs, chat)
        .merge(measure)
        .merge(web)
}

/// Begins a session, where there is a seat for it. SockJS counts its own sessions before it lets
/// one in; those that came by TCP it does not know of.
async fn join(session: sockjs::Session, state: Arc<AppState>) {
    match state.seats.take() {
        Some(_seat) => session::run(session, state).await,
        // Try Again Later, in the registry of close codes (RFC 6455, section 11.7).
        None => Box::pin(session.close(1013, "server full")).await,
    }
}
