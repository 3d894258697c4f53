//! What was posted and not fetched yet, for visitors who measure plain polling.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use crate::web::problem::Failed;
use crate::web::unclear::Unclear;

/// Bytes of one letter; a measurement's has 120.
pub(super) const MAX_LETTER: usize = 256;

/// Letters of all visitors together; with one more the oldest is gone. A visitor has one at a
/// time in it, for half a second.
const MAX_LETTERS: usize = 1024;

/// Letters, the oldest first; clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Mailbox(Arc<Mutex<VecDeque<Letter>>>);

#[derive(Debug)]
struct Letter {
    to: Uuid,
    // A copy of its own: a slice of the connection's buffer would keep all of that.
    text: Box<[u8]>,
}

impl Mailbox {
    fn put(&self, to: Uuid, text: &[u8]) {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if letters.len() == MAX_LETTERS {
            letters.pop_front();
        }
        letters.push_back(Letter {
            to,
            text: text.into(),
        });
    }

    fn take(&self, to: Uuid) -> Option<Box<[u8]>> {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = letters.iter().position(|letter| letter.to == to)?;
        letters.remove(at).map(|letter| letter.text)
    }
}

/// `POST /api/measure/{id}`: keeps the body for `id`, a UUID that the visitor makes up; 204.
pub(super) async fn put(
    State(mailbox): State<Mailbox>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let kept = body
        .map_err(|rejection| Failed::from(Unclear::Letter(rejection.status())))
        .and_then(|body| {
            mailbox.put(parse(&id)?, &body);
            Ok(())
        });
    match kept {
        Ok(()) => (StatusCode::NO_CONTENT, [(CACHE_CONTROL, "no-store")]).into_response(),
        Err(failed) => failed.answer(&headers),
    }
}

/// `GET /api/measure/{id}`: gives what was kept for `id` and forgets it; 204 where nothing is.
pub(super) async fn take(
    State(mailbox): State<Mailbox>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let uncached = [(CACHE_CONTROL, "no-store")];
    match parse(&id).map(|id| mailbox.take(id)) {
        Ok(Some(text)) => {
            // Whatever was posted is never taken for a page.
            let plain = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
            (uncached, plain, Vec::from(text)).into_response()
        }
        Ok(None) => (StatusCode::NO_CONTENT, uncached).into_response(),
        Err(failed) => failed.answer(&headers),
    }
}

fn parse(id: &str) -> Result<Uuid, Failed> {
    Uuid::try_parse(id).map_err(|_| Unclear::Measurement.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_fetched_once_and_by_its_name_only() {
        let mailbox = Mailbox::default();
        let (me, you) = (Uuid::from_u128(1), Uuid::from_u128(2));
        mailbox.put(me, b"mine");
        assert_eq!(mailbox.take(you), None);
        assert_eq!(mailbox.take(me).as_deref(), Some(&b"mine"[..]));
        assert_eq!(mailbox.take(me), None);
    }

    #[test]
    fn a_full_box_loses_its_oldest_letter_and_no_other() {
        let mailbox = Mailbox::default();
        for number in 0..=MAX_LETTERS as u128 {
            mailbox.put(Uuid::from_u128(number), b"");
        }
        assert_eq!(mailbox.take(Uuid::from_u128(0)), None);
        assert!(mailbox.take(Uuid::from_u128(1)).is_some());
        assert!(mailbox.take(Uuid::from_u128(MAX_LETTERS as u128)).is_some());
    }
}
