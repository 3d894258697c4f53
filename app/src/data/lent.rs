//! The server's side: what it renders the pages from.

use std::{future::Future, pin::Pin, sync::Arc};

use chat::{Room, RoomId, RoomMessage};
use leptos::prelude::use_context;

use super::{CreateError, HISTORY, LoadError};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where the server reads rooms and messages. It is lent to the pages as the context
/// `Arc<dyn Source>`.
pub trait Source: Send + Sync + 'static {
    /// All rooms, in the order in which they are to be shown.
    fn rooms(&self) -> BoxFuture<'_, Result<Vec<Room>, LoadError>>;

    /// One room, or `None` where nobody has been yet.
    fn room(&self, id: RoomId) -> BoxFuture<'_, Result<Option<Room>, LoadError>>;

    /// The last `limit` messages of a room, ascending by `seq`; none in a room that is not there.
    fn history(
        &self,
        room: RoomId,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<RoomMessage>, LoadError>>;
}

pub fn rooms() -> impl Future<Output = Result<Vec<Room>, LoadError>> + Send {
    let source = source();
    async move { source?.rooms().await }
}

pub fn room(id: RoomId) -> impl Future<Output = Result<Option<Room>, LoadError>> + Send {
    let source = source();
    async move { source?.room(id).await }
}

pub fn history(room: RoomId) -> impl Future<Output = Result<Vec<RoomMessage>, LoadError>> + Send {
    let source = source();
    async move { source?.history(room, HISTORY).await }
}

/// Forms are sent by browsers only.
pub async fn create(_name: String) -> Result<Room, CreateError> {
    Err(LoadError::Unavailable.into())
}

/// Asked for before the first await, while the context is at hand.
fn source() -> Result<Arc<dyn Source>, LoadError> {
    use_context().ok_or(LoadError::Unavailable)
}
