//! What every part of the server shares.

use std::sync::Arc;

use axum::extract::FromRef;
use broker::Broker;
use leptos::config::LeptosOptions;
use store::{Search, Store};

use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::names::Names;
use crate::net::Seats;
use crate::rooms::Rooms;
use crate::rules::Rules;
use crate::sessions::Sessions;

/// Handles, all cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    pub(crate) store: Store,
    pub(crate) search: Search,
    pub(crate) broker: Broker,
    pub(crate) rooms: Rooms,
    pub(crate) names: Names,
    pub(crate) rules: Rules,
    pub(crate) sessions: Sessions,
    pub(crate) seats: Seats,
    pub(crate) metrics: Metrics,
    pub(crate) clock: Clock,
    pub(crate) stomp: Arc<stomp::ServerOptions>,
    pub(crate) leptos: LeptosOptions,
}

impl FromRef<AppState> for Store {
    fn from_ref(state: &AppState) -> Self {
        state.store.clone()
    }
}

impl FromRef<AppState> for Metrics {
    fn from_ref(state: &AppState) -> Self {
        state.metrics.clone()
    }
}

impl FromRef<AppState> for Search {
    fn from_ref(state: &AppState) -> Self {
        state.search.clone()
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
