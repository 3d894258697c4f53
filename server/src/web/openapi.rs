//! The description of the JSON interface, for programs that read one.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

/// OpenAPI 3.1, written by hand; `tests/it/openapi.rs` compares it with what is answered.
const DESCRIPTION: &str = include_str!("../../assets/openapi.json");

/// `GET /api/openapi.json`.
pub(crate) async fn show() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DESCRIPTION)
}
