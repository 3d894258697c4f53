//! The JSON interface: rooms and their messages.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chat::{MessagePage, NewRoom, Refusal, RoomId, RoomName, Seq};
use serde::Deserialize;
use store::{Range, Store};

use super::problem::Failed;
use super::unclear::Unclear;
use crate::clock::today;
use crate::rooms::new_room_id;

/// Messages in one answer where `limit` is not given.
const DEFAULT_LIMIT: u32 = 50;

/// Messages in one answer at the most; a larger `limit` is brought down to it.
const MAX_LIMIT: u32 = 200;

/// `GET /api/rooms`: all rooms, the oldest first.
pub(crate) async fn list_rooms(State(store): State<Store>, headers: HeaderMap) -> Response {
    match store.rooms().await {
        Ok(rooms) => Json(rooms).into_response(),
        Err(error) => Failed::from(error).answer(&headers),
    }
}

/// `POST /api/rooms` with `{"name"}`: 201 and the room.
pub(crate) async fn create_room(
    State(store): State<Store>,
    headers: HeaderMap,
    body: Result<Json<NewRoom>, JsonRejection>,
) -> Response {
    let created = async {
        let Json(NewRoom { name }) = body?;
        let name = RoomName::parse(&name)?;
        let (room, _) = store.create_room(new_room_id(), name, today()).await?;
        Ok::<_, Failed>(room)
    };
    match created.await {
        Ok(room) => {
            let location = [(LOCATION, format!("/api/rooms/{}", room.room_id))];
            (StatusCode::CREATED, location, Json(room)).into_response()
        }
        Err(failed) => failed.answer(&headers),
    }
}

/// `GET /api/rooms/{id}`: the room.
pub(crate) async fn show_room(
    State(store): State<Store>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let found = async {
        let id = RoomId::parse(&id)?;
        store
            .room(&id)
            .await?
            .ok_or(Failed::Refused(Refusal::RoomUnknown))
    };
    match found.await {
        Ok(room) => Json(room).into_response(),
        Err(failed) => failed.answer(&headers),
    }
}

/// Which messages of a room. At most one of `after`, `before` and `around`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    after: Option<u64>,
    before: Option<u64>,
    around: Option<u64>,
    limit: Option<u32>,
}

impl Which {
    fn range(&self) -> Result<Range, Failed> {
        match (self.after, self.before, self.around) {
            (None, None, None) => Ok(Range::Last),
            (Some(seq), None, None) => Ok(Range::After(Seq(seq))),
            (None, Some(seq), None) => Ok(Range::Before(Seq(seq))),
            (None, None, Some(seq)) => Ok(Range::Around(Seq(seq))),
            _ => Err(Unclear::Places.into()),
        }
    }

    fn limit(&self) -> u32 {
        self.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT)
    }
}

/// `GET /api/rooms/{id}/messages`: a page of messages, ascending by `seq`. A room that nobody
/// has entered yet has none, which is no error: entering makes it.
pub(crate) async fn list_messages(
    State(store): State<Store>,
    headers: HeaderMap,
    Path(id): Path<String>,
    which: Result<Query<Which>, QueryRejection>,
) -> Response {
    let page = async {
        let Query(which) = which.map_err(|_| Unclear::Query)?;
        let id = RoomId::parse(&id)?;
        let (range, limit) = (which.range()?, which.limit());
        let first = store.span(&id).await?.first;
        let messages = store.page(&id, range, limit).await?;
        Ok::<_, Failed>(MessagePage { messages, first })
    };
    match page.await {
        Ok(page) => Json(page).into_response(),
        Err(failed) => failed.answer(&headers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_at_most_can_be_asked_for() {
        let which = Which {
            after: Some(1),
            before: Some(2),
            ..Which::default()
        };
        assert!(which.range().is_err());
        assert!(matches!(Which::default().range(), Ok(Range::Last)));
    }

    #[test]
    fn the_limit_has_a_default_and_a_most() {
        assert_eq!(Which::default().limit(), DEFAULT_LIMIT);
        for (asked, given) in [(0, 0), (MAX_LIMIT, MAX_LIMIT), (MAX_LIMIT + 1, MAX_LIMIT)] {
            assert_eq!(
                Which {
                    limit: Some(asked),
                    ..Which::default()
                }
                .limit(),
                given
            );
        }
    }
}
