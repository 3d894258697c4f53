//! What an answer is called, so that nobody is sent what he has.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

/// The largest answer that is called anything, in bytes: two hundred of the longest messages, or
/// some ten thousand rooms. A larger one is sent as it is.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// Gives the answer to a GET its `ETag`, and answers 304 where the client named it in
/// `If-None-Match` (RFC 9110, sections 8.8.3 and 13.1.2).
///
/// It is a weak one, since the same answer is also sent compressed. `no-cache` has caches ask each
/// time: what was said may have been edited since.
pub(crate) async fn tag(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().get_all(IF_NONE_MATCH).iter();
    let known: Vec<_> = known.cloned().collect();
    let (mut head, body) = next.run(request).await.into_parts();
    let large = body.size_hint().lower() > MAX_BODY as u64;
    if !reads || head.status != StatusCode::OK || large {
        return Response::from_parts(head, body);
    }
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let tag = name_of(&body);
    head.headers
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::try_from(&tag) {
        head.headers.insert(ETAG, tag);
    }
    if known.iter().any(|known| names(known, &tag)) {
        let mut headers = HeaderMap::new();
        for name in [CACHE_CONTROL, ETAG] {
            headers.extend(head.headers.remove(&name).map(|value| (name, value)));
        }
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from(body))
}

/// Equal bodies have equal names, and no others do.
fn name_of(body: &[u8]) -> String {
    let mut tag = String::from("W/\"");
    for byte in Sha256::digest(body).iter().take(16) {
        tag.push_str(&format!("{byte:02x}"));
    }
    tag.push('"');
    tag
}

/// Whether a list of names has this one, or is for any.
fn names(list: &HeaderValue, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let list = list.to_str().unwrap_or_default();
    list.trim() == "*" || list.split(',').any(|one| bare(one) == bare(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(body: Vec<u8>, known: &[&str]) -> Response {
        use tower::ServiceExt as _;
        let router = axum::Router::new()
            .route("/", axum::routing::get(|| async { body }))
            .layer(axum::middleware::from_fn(tag));
        let mut request = Request::builder();
        for known in known {
            request = request.header(IF_NONE_MATCH, *known);
        }
        let request = request.body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large_for_a_name_is_given_without_one() {
        let most = answer(vec![b' '; MAX_BODY], &[]).await;
        assert!(most.headers().contains_key(ETAG));
        let more = answer(vec![b' '; MAX_BODY + 1], &["*"]).await;
        assert_eq!(more.status(), StatusCode::OK);
        assert!(!more.headers().contains_key(ETAG));
        let body = to_bytes(more.into_body(), usize::MAX).await.unwrap();
        assert_eq!(body.len(), MAX_BODY + 1);
    }

    #[tokio::test]
    async fn names_may_stand_in_several_lines() {
        let name = name_of(b"x");
        let found = answer(b"x".to_vec(), &["\"y\"", &name]).await;
        assert_eq!(found.status(), StatusCode::NOT_MODIFIED);
        let other = answer(b"x".to_vec(), &["\"y\"", "\"z\""]).await;
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[test]
    fn an_answer_is_known_by_any_of_the_names_that_are_given() {
        let tag = name_of(b"{}");
        assert_ne!(tag, name_of(b"[]"));
        let strong = tag.trim_start_matches("W/").to_owned();
        for list in [tag.clone(), strong, format!("\"x\", {tag}"), "*".to_owned()] {
            assert!(
                names(&HeaderValue::try_from(&list).unwrap(), &tag),
                "{list}"
            );
        }
        for list in ["", "\"x\"", "W/\"\""] {
            assert!(!names(&HeaderValue::from_static(list), &tag), "{list}");
        }
    }
}
