//! The browser's side: the server's JSON interface.

use std::future::Future;

use chat::{MessagePage, NewRoom, Problem, Room, RoomId, RoomMessage, Seq};
use gloo_net::http::Response;
use send_wrapper::SendWrapper;
use serde::de::DeserializeOwned;

use super::{CreateError, HISTORY, LoadError, Place};
use crate::fetch;

const ROOMS: &str = "/api/rooms";

/// The HTTP status of what is not there.
const NOT_FOUND: u16 = 404;

pub fn rooms() -> impl Future<Output = Result<Vec<Room>, LoadError>> + Send {
    SendWrapper::new(get(ROOMS.to_owned()))
}

pub fn room(id: RoomId) -> impl Future<Output = Result<Option<Room>, LoadError>> + Send {
    SendWrapper::new(async move {
        let answer = ask(&format!("{ROOMS}/{id}")).await?;
        if answer.status() == NOT_FOUND {
            return Ok(None);
        }
        expected(answer).await.map(Some)
    })
}

pub fn page(
    room: RoomId,
    place: Place,
) -> impl Future<Output = Result<Vec<RoomMessage>, LoadError>> + Send {
    SendWrapper::new(async move { Ok(kept(room, place).await?.messages) })
}

/// The same page, with the place where the room begins.
pub async fn kept(room: RoomId, place: Place) -> Result<MessagePage, LoadError> {
    let (side, seq) = match place {
        Place::Newest => ("", Seq::ZERO),
        Place::Before(seq) => ("&before=", seq),
        Place::After(seq) => ("&after=", seq),
        Place::Around(seq) => ("&around=", seq),
    };
    let mut url = format!("{ROOMS}/{room}/messages?limit={HISTORY}{side}");
    if place != Place::Newest {
        url += &seq.to_string();
    }
    get(url).await
}

/// Creates a room.
pub async fn create(name: String) -> Result<Room, CreateError> {
    let new = serde_json::to_string(&NewRoom { name }).map_err(|_| LoadError::Unreadable)?;
    let answer = fetch::post(ROOMS, Some(&new), None).await;
    let answer = answer.ok_or(LoadError::Unreachable)?;
    if answer.ok() {
        Ok(body(answer).await?)
    } else {
        let problem: Problem = body(answer).await?;
        Err(CreateError::Refused(problem))
    }
}

async fn get<T: DeserializeOwned>(url: String) -> Result<T, LoadError> {
    expected(ask(&url).await?).await
}

async fn ask(url: &str) -> Result<Response, LoadError> {
    fetch::get(url).await.ok_or(LoadError::Unreachable)
}

async fn expected<T: DeserializeOwned>(answer: Response) -> Result<T, LoadError> {
    if answer.ok() {
        body(answer).await
    } else {
        Err(LoadError::Unavailable)
    }
}

async fn body<T: DeserializeOwned>(answer: Response) -> Result<T, LoadError> {
    let text = fetch::text(&answer).await;
    let text = text.ok_or(LoadError::Unreachable)?;
    serde_json::from_str(&text).map_err(|_| LoadError::Unreadable)
}
