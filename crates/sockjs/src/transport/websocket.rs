//! Sessions over a WebSocket, with SockJS frames or raw.

mod driver;
mod farewell;
mod handshake;
mod liveness;
mod meter;
mod wire;

use std::sync::Arc;

use axum::{http::request::Parts, response::Response};
use futures_util::future::join;
use hyper_util::rt::TokioIo;

use self::driver::Driver;
use crate::{Info, Options, Session, Transport, registry::Seat, session, transport::http::Line};

pub(crate) use self::handshake::Handshake;

/// Answers the handshake, and runs driver and handler side by side in one task once the connection
/// is upgraded. One task, because the two have nothing to do at the same time: what the handler
/// sends in one go, the driver then writes in one go.
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
    let (response, upgrade) = handshake.accept();
    tokio::spawn(async move {
        let _seat = seat;
        let connection = match upgrade.await {
            Ok(connection) => TokioIo::new(connection),
            Err(error) => {
                tracing::debug!(%error, "WebSocket connection lost during the handshake");
                return;
            }
        };
        let (session, shared) = Session::new(&options, info);
        let driver = Driver::new(connection, transport, shared, &options).await;
        join(driver.run(), session::run(handler(session))).await;
    });
    response
}

#[cfg(test)]
mod tests;
