//! A session that says back what it is told, for a while.

use std::time::Duration;

use tokio::time::sleep;

use crate::state::AppState;

/// Messages that one session says back; a measurement has ten.
const MAX_MESSAGES: usize = 64;

/// How long one session lasts at the most.
const LIFETIME: Duration = Duration::from_secs(30);

/// Says back every message until the peer goes, has had enough, or the server stops.
pub(super) async fn run(mut session: sockjs::Session, state: AppState) {
    let Some(_seat) = state.seats.take() else {
        return session.close(1013, "server full").await;
    };
    let Some(guard) = state.sessions.enter() else {
        return session.close(1001, "the server is going away").await;
    };
    let (code, reason) = tokio::select! {
        () = echo(&mut session) => (1000, "enough is measured"),
        () = sleep(LIFETIME) => (1000, "enough is measured"),
        () = guard.stopping() => (1001, "the server is going away"),
    };
    session.close(code, reason).await;
}

async fn echo(session: &mut sockjs::Session) {
    for _ in 0..MAX_MESSAGES {
        let Some(message) = session.recv().await else {
            return;
        };
        if session.send(message).await.is_err() {
            return;
        }
    }
}
