//! The browser's side: the server's JSON interface.

use std::future::Future;

use chat::{MessagePage, NewRoom, Problem, Room, RoomId, RoomMessage, Seq};
use gloo_net::http::Response;
use send_wrapper::SendWrapper;
use serde::de::DeserializeOwned;

use super::{CreateError, HISTORY, LoadError};
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

pub fn history(room: RoomId) -> impl Future<Output = Result<Vec<RoomMessage>, LoadError>> + Send {
    SendWrapper::new(messages(room, format!("limit={HISTORY}")))
}

/// What stands after `seq`, as much of it as the server gives at once.
pub async fn after(room: RoomId, seq: Seq) -> Result<Vec<RoomMessage>, LoadError> {
    messages(room, format!("after={seq}")).await
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

async fn messages(room: RoomId, query: String) -> Result<Vec<RoomMessage>, LoadError> {
    let page: MessagePage = get(format!("{ROOMS}/{room}/messages?{query}")).await?;
    Ok(page.messages)
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
