//! The end of a connection, so that the peer sees why.

use std::{io, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message, Utf8Bytes,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::{Closed, session::Goodbye};

/// How a connection ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Farewell {
    /// We leave: close, and wait for the peer's close.
    Leave(Goodbye),
    /// The peer leaves: answer its close.
    Answer,
    /// The peer did what it must not: close, and take in whatever else it sends.
    Refuse(Refused),
    /// There is nobody to talk to.
    Lost(Closed),
}

/// The close code and reason for a peer that did what it must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: CloseCode,
    pub(super) reason: &'static str,
}

impl Farewell {
    /// What the session ends with; `None` where the connection has to be down first.
    pub(super) fn closed(&self) -> Option<Closed> {
        match self {
            Self::Leave(_) => None,
            Self::Answer => Some(Closed::Peer),
            Self::Refuse(_) => Some(Closed::Fault),
            Self::Lost(why) => Some(*why),
        }
    }

    /// Says it, and hangs up.
    pub(super) async fn say<Io>(self, mut socket: WebSocketStream<Io>, limit: Duration)
    where
        Io: AsyncRead + AsyncWrite + Unpin,
    {
        // A peer that is too slow for this, or gone, does not hear it; there is nobody to tell.
        let _ = timeout(limit, async move {
            match self {
                Self::Leave(goodbye) => {
                    if socket.send(close(&goodbye)).await.is_ok() {
                        while let Some(Ok(_)) = socket.next().await {}
                    }
                }
                Self::Answer => while let Some(Ok(_)) = socket.next().await {},
                Self::Refuse(refused) => {
                    let frame = CloseFrame {
                        code: refused.code,
                        reason: Utf8Bytes::from_static(refused.reason),
                    };
                    if socket.send(Message::Close(Some(frame))).await.is_ok() {
                        // The stream cannot be read as WebSocket any more. Hanging up with bytes
                        // unread would reset the connection, and the peer would lose our close.
                        let _ = drain(socket.into_inner()).await;
                    }
                }
                Self::Lost(_) => {}
            }
        })
        .await;
    }
}

async fn drain<Io: AsyncRead + AsyncWrite + Unpin>(mut io: Io) -> io::Result<()> {
    io.shutdown().await?;
    let mut waste = [0; 1024];
    while io.read(&mut waste).await? > 0 {}
    Ok(())
}

fn close(goodbye: &Goodbye) -> Message {
    let code = CloseCode::from(goodbye.code);
    Message::Close(Some(CloseFrame {
        code: if code.is_allowed() {
            code
        } else {
            CloseCode::Normal
        },
        reason: Utf8Bytes::from(&*goodbye.reason),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(code: u16) -> CloseFrame {
        match close(&Goodbye::new(code, "")) {
            Message::Close(Some(frame)) => frame,
            message => panic!("{message:?} is no close"),
        }
    }

    #[test]
    fn codes_that_must_not_be_sent_become_1000() {
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, u16::MAX] {
            assert_eq!(closed(code).code, CloseCode::Normal, "{code}");
        }
        for code in [
            1000, 1001, 1002, 1003, 1007, 1009, 1011, 1013, 3000, 4500, 4999,
        ] {
            assert_eq!(u16::from(closed(code).code), code);
        }
    }
}
