//! Whether the server lives, and whether it can serve.

use axum::extract::State;
use axum::http::StatusCode;
use store::Store;

/// `GET /livez`: the process answers.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the log can be read and written.
pub(crate) async fn ready(State(store): State<Store>) -> (StatusCode, String) {
    match store.check().await {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(error) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("the log: {error}\n"),
        ),
    }
}
