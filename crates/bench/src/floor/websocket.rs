//! A fan-out over axum's own WebSocket, as anyone would write it who wants no more: a task and a
//! queue for each client, and all that waits in the queue written in one go.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::said::Said;

/// axum's default is 128 KiB, which every idle client would keep.
const READ_BUFFER: usize = 4 * 1024;

/// Messages that may wait for one client. Who has more waiting is put out of the room.
const WAITING: usize = 4 * 1024;

/// Messages that are taken from the queue at a time.
const AT_ONCE: usize = 64;

/// Who is in which room.
#[derive(Debug, Default)]
struct Rooms(RwLock<HashMap<Bytes, Arc<Room>>>);

#[derive(Debug, Default)]
struct Room(Mutex<Vec<mpsc::Sender<Utf8Bytes>>>);

pub(super) async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    let app = Router::new()
        .fallback(any(upgrade))
        .with_state(Arc::new(Rooms::default()));
    let listener = listener.tap_io(|stream| {
        // Without it, each small message would wait for the one before to be acknowledged.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app)
        .await
        .context("the floor broke off")
}

async fn upgrade(upgrade: WebSocketUpgrade, State(rooms): State<Arc<Rooms>>) -> Response {
    upgrade
        .read_buffer_size(READ_BUFFER)
        .on_upgrade(|socket| async move {
            let mut joined = Vec::new();
            // It ends when the client goes or breaks off, which is the same to a floor.
            let _ = attend(socket, &rooms, &mut joined).await;
            for name in joined {
                rooms.tidy(&name);
            }
        })
}

/// One client, until it goes.
async fn attend(
    mut socket: WebSocket,
    rooms: &Rooms,
    joined: &mut Vec<Bytes>,
) -> Result<(), axum::Error> {
    let (inbox, mut waiting) = mpsc::channel(WAITING);
    let mut taken = Vec::new();
    loop {
        tokio::select! {
            biased;
            _ = waiting.recv_many(&mut taken, AT_ONCE) => {
                for text in taken.drain(..) {
                    socket.feed(Message::Text(text)).await?;
                }
                socket.flush().await?;
            }
            message = socket.recv() => match message {
                None => return Ok(()),
                Some(message) => match said(message?) {
                    None => {}
                    Some(Said::Join { room, answer }) => {
                        rooms.enter(&room).members().push(inbox.clone());
                        joined.push(room);
                        if let Some(answer) = text(answer) {
                            socket.send(Message::Text(answer)).await?;
                        }
                    }
                    Some(Said::Tell { room, payload }) => {
                        if let (Some(room), Some(payload)) = (rooms.find(&room), text(payload)) {
                            let mut members = room.members();
                            members.retain(|inbox| inbox.try_send(payload.clone()).is_ok());
                        }
                    }
                    Some(Said::Echo { payload }) => if let Some(payload) = text(payload) {
                        socket.send(Message::Text(payload)).await?;
                    }
                },
            },
        }
    }
}

fn said(message: Message) -> Option<Said> {
    match message {
        Message::Text(text) => Said::parse(text.into()),
        Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Close(_) => None,
    }
}

/// It was part of a text, and so is text itself unless the rest was cut in two.
fn text(bytes: Bytes) -> Option<Utf8Bytes> {
    Utf8Bytes::try_from(bytes).ok()
}

impl Rooms {
    fn find(&self, name: &Bytes) -> Option<Arc<Room>> {
        let rooms = self.0.read().unwrap_or_else(PoisonError::into_inner);
        rooms.get(name).cloned()
    }

    fn enter(&self, name: &Bytes) -> Arc<Room> {
        let mut rooms = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // The name is a part of a message, which it would keep in memory.
        let name = Bytes::copy_from_slice(name);
        Arc::clone(rooms.entry(name).or_default())
    }

    /// Puts out those who have gone, and forgets the room if that was all.
    fn tidy(&self, name: &Bytes) {
        let mut rooms = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Some(room) = rooms.get(name) else { return };
        let mut members = room.members();
        members.retain(|inbox| !inbox.is_closed());
        if members.is_empty() {
            drop(members);
            rooms.remove(name);
        }
    }
}

impl Room {
    fn members(&self) -> MutexGuard<'_, Vec<mpsc::Sender<Utf8Bytes>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
