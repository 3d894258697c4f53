//! What the server's SockJS endpoint says of itself.

use std::{future::pending, time::Duration};

use leptos::prelude::window;
use serde::Deserialize;

use super::{
    ENDPOINT,
    clock::{now, sleep},
    fetch,
};
use crate::transport::Transport;

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
        if let Some(Info { websocket: false }) = ask().await {
            return;
        }
    }
    pending().await
}

async fn ask() -> Option<Info> {
    let answer = fetch::answer(window().fetch_with_str(&format!("{ENDPOINT}/info"))).await?;
    let text = fetch::settled(answer.text().ok()?).await?.as_string()?;
    serde_json::from_str(&text).ok()
}
