//! How long a request to the JSON interface may take, its body included.

use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::timeout;

use super::problem::Failed;
use super::unclear::Unclear;

/// From the end of the head to the answer. The log is waited for at most ten seconds of it; the rest
/// is for a body that comes over a thin line. One that never comes would be held for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers 408 to who takes longer (RFC 9110, section 15.5.9).
pub(crate) async fn bound(request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let answer = timeout(PATIENCE, next.run(request)).await;
    let late = Failed::Unclear(Unclear::Request(StatusCode::REQUEST_TIMEOUT));
    answer.unwrap_or_else(|_| late.answer(&headers))
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, Bytes, to_bytes};
    use axum::middleware::from_fn;
    use axum::routing::post;
    use futures_util::stream;
    use tower::ServiceExt as _;

    use super::*;

    async fn answer(body: Body) -> (StatusCode, String) {
        let read = |body: Bytes| async move { body };
        let router = Router::new().route("/", post(read)).layer(from_fn(bound));
        let answer = router.oneshot(Request::post("/").body(body).unwrap()).await;
        let (head, body) = answer.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (head.status, String::from_utf8(body.into()).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_comes_is_not_waited_for() {
        let never = stream::pending::<Result<Bytes, std::io::Error>>();
        let (status, body) = answer(Body::from_stream(never)).await;
        assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
        assert!(body.contains("\"code\":\"request_too_slow\""), "{body}");
        let whole = answer(Body::from("{}")).await;
        assert_eq!(whole, (StatusCode::OK, "{}".to_owned()));
    }
}
