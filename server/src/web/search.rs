//! Searching, for programs and for people.

use std::collections::HashMap;
use std::ops::Range;

use app::search::{Outcome, Page, Row, search};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query as Asking, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use chat::{Lang, RoomId, RoomMessage};
use serde::{Deserialize, Serialize};
use store::{Cursor, Found, Hit, Query, QueryError, ReadError, Search, Store};

use super::language::language_of;
use super::problem::Failed;
use super::unclear::Unclear;

/// Messages in one answer where `limit` is not given, and on a page.
const DEFAULT_LIMIT: u32 = 20;

/// The page needs its style and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'self'";

/// What to look for, and where.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    room: Option<String>,
    before: Option<String>,
    limit: Option<u32>,
}

/// The answer of `GET /api/search`.
#[derive(Debug, Serialize)]
struct Answer {
    results: Vec<One>,
    /// The `before` of the next page.
    next: Option<String>,
}

/// One message that was found.
#[derive(Debug, Serialize)]
struct One {
    message: RoomMessage,
    /// Where the words stand in its text: from and to, counted in UTF-16 code units as JavaScript
    /// counts them.
    matches: Vec<[usize; 2]>,
}

/// `GET /api/search`: what was found, the newest first.
pub(crate) async fn find(
    State(search): State<Search>,
    headers: HeaderMap,
    asked: Result<Asking<Asked>, QueryRejection>,
) -> Response {
    let answer = async {
        let Asking(asked) = asked.map_err(|_| Unclear::Query)?;
        let found = look(&search, &asked, asked.limit.unwrap_or(DEFAULT_LIMIT)).await?;
        Ok::<_, Failed>(Answer {
            next: found.next.map(|cursor| cursor.to_string()),
            results: found.hits.into_iter().map(result).collect(),
        })
    };
    match answer.await {
        Ok(answer) => Json(answer).into_response(),
        Err(failed) => failed.answer(&headers),
    }
}

/// `GET /search`: the same as a page, which needs no script.
pub(crate) async fn show(
    State(searching): State<Search>,
    State(store): State<Store>,
    headers: HeaderMap,
    asked: Result<Asking<Asked>, QueryRejection>,
) -> Response {
    let lang = language_of(&headers);
    // Whatever stands in the address, a person gets the page, to try again.
    let asked = asked.map(|Asking(asked)| asked).unwrap_or_default();
    let (status, outcome) = if asked.q.trim().is_empty() {
        (StatusCode::OK, Outcome::Blank)
    } else {
        match look(&searching, &asked, DEFAULT_LIMIT).await {
            Ok(found) => (StatusCode::OK, outcome(found, &store).await),
            Err(failed) => {
                let (status, problem) = failed.problem(lang);
                (status, Outcome::Refused(problem.message))
            }
        }
    };
    let room = match asked.room.and_then(|room| RoomId::parse(&room).ok()) {
        Some(room) => {
            let name = name_of(&store, &room).await;
            Some((room, name))
        }
        None => None,
    };
    let page = Page {
        query: asked.q,
        room,
        outcome,
    };
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
        (VARY, "accept-language, cookie"),
    ];
    (status, headers, Html(search(&page, lang))).into_response()
}

async fn look(search: &Search, asked: &Asked, limit: u32) -> Result<Found, Failed> {
    let query = Query::parse(&asked.q)?;
    // The page sends an empty room for all of them.
    let room = asked.room.as_deref().filter(|room| !room.is_empty());
    let room = room.map(RoomId::parse).transpose()?;
    let before: Option<Cursor> = match &asked.before {
        None => None,
        Some(before) => Some(before.parse().map_err(|_| Unclear::Cursor)?),
    };
    Ok(search.find(&query, room.as_ref(), before, limit).await?)
}

fn result(hit: Hit) -> One {
    let Hit { message, matches } = hit;
    let matches = utf16(&message.message, &matches);
    One { message, matches }
}

/// Byte ranges, in order, as ranges of UTF-16 code units.
fn utf16(text: &str, ranges: &[Range<usize>]) -> Vec<[usize; 2]> {
    let (mut bytes, mut units) = (0, 0);
    let mut units_at = |byte: usize| {
        let between = text.get(bytes..byte).unwrap_or_default();
        units += between.encode_utf16().count();
        bytes = byte;
        units
    };
    ranges
        .iter()
        .map(|range| [units_at(range.start), units_at(range.end)])
        .collect()
}

async fn outcome(found: Found, store: &Store) -> Outcome {
    let mut names: HashMap<RoomId, String> = HashMap::new();
    let mut rows = Vec::with_capacity(found.hits.len());
    for Hit { message, matches } in found.hits {
        let room = match names.get(&message.room_id) {
            Some(name) => name.clone(),
            None => {
                let name = name_of(store, &message.room_id).await;
                names.insert(message.room_id.clone(), name.clone());
                name
            }
        };
        rows.push(Row {
            message,
            matches,
            room,
        });
    }
    let next = found.next.map(|cursor| cursor.to_string());
    Outcome::Found { rows, next }
}

/// What a room is called; its address where that cannot be read.
async fn name_of(store: &Store, room: &RoomId) -> String {
    let found: Result<_, ReadError> = store.room(room).await;
    let name = found.ok().flatten().map(|room| room.name.to_string());
    name.unwrap_or_else(|| room.to_string())
}

/// A stable word for why nothing can be looked for.
pub(super) fn code_of(error: QueryError) -> &'static str {
    match error {
        QueryError::Empty => "query_empty",
        QueryError::TooShort => "query_too_short",
        QueryError::TooLong => "query_too_long",
    }
}

/// One sentence that says what to do.
pub(super) fn sentence(error: QueryError, lang: Lang) -> &'static str {
    const { assert!(Query::MAX_CHARS == 200, "the sentences say so") };
    match (error, lang) {
        (QueryError::Empty, Lang::Ko) => "찾을 말을 입력하세요.",
        (QueryError::Empty, Lang::En) => "write what to look for",
        (QueryError::TooShort, Lang::Ko) => "두 글자 이상의 낱말을 하나는 입력하세요.",
        (QueryError::TooShort, Lang::En) => "write at least one word of two characters or more",
        (QueryError::TooLong, Lang::Ko) => "찾을 말은 200자까지 입력할 수 있습니다.",
        (QueryError::TooLong, Lang::En) => "write at most 200 characters to look for",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_as_javascript_counts() {
        assert_eq!(utf16("🙂 안녕 a", &[5..11, 12..13]), [[3, 5], [6, 7]]);
        assert_eq!(utf16("", &[]), [[0; 2]; 0]);
    }
}
