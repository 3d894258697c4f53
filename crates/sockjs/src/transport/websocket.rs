//! Sessions over a WebSocket, with SockJS frames or raw.

mod connection;
mod driver;
mod farewell;
mod handshake;
mod head;
mod liveness;
mod outlet;
mod reader;
mod wire;
mod writer;

use std::sync::Arc;

use axum::{http::request::Parts, response::Response};
use hyper_util::rt::TokioIo;

use crate::{Info, Options, Session, Transport, registry::Seat, session, transport::http::Line};

pub use self::outlet::{Beneath, Outlet, TryWrite, Written, write_now};
pub(crate) use self::{driver::Driver, handshake::Handshake};

/// Answers the handshake, and runs the handler once the connection is upgraded. The handler drives
/// the connection by itself, through its session: one task, which is woken once for all that there
/// is to do.
pub(crate) fn open<F, Fut>(
    handshake: Handshake,
    transport: Transport,
    request: &Parts,
    options: Arc<Options>,
    handler: F,
    seat: Seat<Line>,
) -> Response
where
    F: Fn(Session) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let info = Info::new(transport, handshake.protocol(), request);
    let beneath = request.extensions.get::<Beneath>();
    let beneath = beneath.map(|Beneath(stream)| Arc::clone(stream));
    let (response, upgrade) = handshake.accept();
    tokio::spawn(async move {
        let connection = match upgrade.await {
            Ok(connection) => TokioIo::new(connection),
            Err(error) => {
                tracing::debug!(%error, "WebSocket connection lost during the handshake");
                return;
            }
        };
        let driver = Driver::new(connection, beneath, transport, &options, Some(seat));
        let mut session = Session::over(driver, info);
        // SockJS says at once that the session is open, whatever the handler does first.
        session.start_flush().await;
        // In a task of its own, as what the handshake needed is not needed any more.
        tokio::spawn(session::run(handler(session)));
    });
    response
}

#[cfg(test)]
mod tests;
