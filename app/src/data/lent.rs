//! The server's side: what it renders the pages from.

use std::{future::Future, pin::Pin, sync::Arc};

use chat::{Room, RoomId, RoomMessage};
use leptos::prelude::use_context;

use super::{CreateError, HISTORY, LoadError, Place};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where the server reads rooms and messages. It is lent to the pages as the context
/// `Arc<dyn Source>`.
pub trait Source: Send + Sync + 'static {
    /// All rooms, in the order in which they are to be shown.
    fn rooms(&self) -> BoxFuture<'_, Result<Vec<Room>, LoadError>>;

    /// One room, or `None` where nobody has been yet.
    fn room(&self, id: RoomId) -> BoxFuture<'_, Result<Option<Room>, LoadError>>;

    /// At most `limit` messages of a room, ascending by `seq`; none in a room that is not there.
    fn page(
        &self,
        room: RoomId,
        place: Place,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<RoomMessage>, LoadError>>;
}

/// How a page says that what it was asked for is not there: the server lends it as a context, and
/// gives its answer the status 404 when it is called.
#[derive(Clone)]
pub struct NotFound(pub Arc<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for NotFound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NotFound")
    }
}

pub fn rooms() -> impl Future<Output = Result<Vec<Room>, LoadError>> + Send {
    let source = source();
    async move { source?.rooms().await }
}

pub fn room(id: RoomId) -> impl Future<Output = Result<Option<Room>, LoadError>> + Send {
    let source = source();
    async move { source?.room(id).await }
}

pub fn page(
    room: RoomId,
    place: Place,
) -> impl Future<Output = Result<Vec<RoomMessage>, LoadError>> + Send {
    let source = source();
    async move { source?.page(room, place, HISTORY).await }
}

/// Forms are sent by browsers only.
pub async fn create(_name: String) -> Result<Room, CreateError> {
    Err(LoadError::Unavailable.into())
}

/// Asked for before the first await, while the context is at hand.
fn source() -> Result<Arc<dyn Source>, LoadError> {
    use_context().ok_or(LoadError::Unavailable)
}
