//! What the server's SockJS endpoint says of itself.

use std::{future::pending, time::Duration};

use serde::Deserialize;

use super::{
    ENDPOINT,
    clock::{now, sleep},
};
use crate::{fetch, transport::Transport};

/// After so long a silence the server is asked whether it has WebSocket at all. Most connections
/// stand sooner, and are spared the request.
const ASK: Duration = Duration::from_secs(1);

/// The part of `/info` that we want.
#[derive(Deserialize)]
struct Info {
    websocket: bool,
}

/// Ready once it is known that this transport leads nowhere: the server has none of it. A proxy
/// may leave us waiting where the server itself would say so.
///
/// Cancel safe.
pub(super) async fn futile(transport: Transport) {
    if transport == Transport::WebSocket {
        sleep(Some(now() + ASK)).await;
        let info = ask()
            .await
            .and_then(|info| serde_json::from_str(&info).ok());
        if let Some(Info { websocket: false }) = info {
            return;
        }
    }
    pending().await
}

/// Ready once the server was asked and could not be reached. An answer proves that it can be,
/// whatever the browser says, and a request that hangs proves nothing: that is left to the
/// heart-beats.
///
/// Cancel safe.
pub(super) async fn gone() {
    if ask().await.is_some() {
        pending().await
    }
}

/// The whole answer: one that is not read would keep its connection.
async fn ask() -> Option<String> {
    let answer = fetch::get(&format!("{ENDPOINT}/info")).await?;
    fetch::text(&answer).await
}
