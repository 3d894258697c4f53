//! Letting go what rooms are not to keep.

use std::time::Duration;

use store::{Keep, Store};
use tracing::{info, warn};

use crate::clock::today;

/// How long to rest between two rounds. Rooms keep what is said in that time in addition.
const REST: Duration = Duration::from_secs(60);

/// Lets go what is not to be kept, for as long as the server runs.
pub(crate) async fn sweep(store: Store, keep: Keep) {
    if keep.is_everything() {
        return;
    }
    loop {
        match store.sweep(keep, today()).await {
            Ok(0) => {}
            Ok(messages) => info!(messages, "old messages were let go"),
            Err(error) => warn!(%error, "old messages could not be let go: trying again"),
        }
        tokio::time::sleep(REST).await;
    }
}
