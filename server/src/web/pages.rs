//! The app, rendered here first: what its pages may read, and its files.

use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use app::{LoadError, NotFound, Place, Source};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue};
use chat::{Room, RoomId, RoomMessage};
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list};
use store::{Range, ReadError, Store};
use tower::ServiceBuilder;
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::warn;

use crate::state::AppState;

/// The routes of the app, listed once. While Leptos lists them, no resource of the whole process
/// may load, and one that is asked for just then never would (leptos issue 4773): so nobody may
/// list them beside a server that is running.
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(app::App));

/// The pages of the app, its files under `/pkg`, and its own "not found" for everything else.
pub(crate) fn routes(state: &AppState) -> Router<AppState> {
    let options = state.leptos.clone();
    let source: Arc<dyn Source> = Arc::new(Log(state.store.clone()));
    let lend = move || {
        provide_context(Arc::clone(&source));
        provide_context(NotFound(Arc::new(answer_not_found())));
        forbid_strangers();
    };
    let shell = move || app::shell(options.clone());
    // The files keep their names over releases, so a browser has to ask each time; an unchanged
    // file costs it a 304.
    let files = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::overriding(
            CACHE_CONTROL,
            HeaderValue::from_static("no-cache"),
        ))
        .service(leptos_axum::site_pkg_dir_service(&state.leptos));
    let render = leptos_axum::render_app_async_with_context(lend.clone(), shell.clone());
    let not_found = move |request: Request| {
        let rendered = render(request);
        async move { (StatusCode::NOT_FOUND, rendered.await) }
    };
    Router::new()
        .leptos_routes_with_context(state, ROUTES.clone(), lend, shell)
        .route_service(
            &leptos_axum::site_pkg_dir_service_route_path(&state.leptos),
            files,
        )
        .fallback(not_found)
}

/// What gives the answer to the current request the status 404.
fn answer_not_found() -> impl Fn() + Send + Sync {
    let response = use_context::<ResponseOptions>();
    move || {
        if let Some(response) = &response {
            response.set_status(StatusCode::NOT_FOUND);
        }
    }
}

/// Tells the browser to load nothing from anywhere else, and to run no script but the page's own:
/// whatever somebody manages to say, it stays text. Under `cargo leptos watch` the page also
/// talks to another port, and nothing is forbidden.
fn forbid_strangers() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    if std::env::var_os("LEPTOS_WATCH").is_some() {
        return;
    }
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// The log, as the pages read it.
struct Log(Store);

type Loading<'a, T> = Pin<Box<dyn Future<Output = Result<T, LoadError>> + Send + 'a>>;

impl Source for Log {
    fn rooms(&self) -> Loading<'_, Vec<Room>> {
        Box::pin(async { self.0.rooms().await.map_err(|error| unreadable(&error)) })
    }

    fn room(&self, id: RoomId) -> Loading<'_, Option<Room>> {
        Box::pin(async move { self.0.room(&id).await.map_err(|error| unreadable(&error)) })
    }

    fn page(&self, room: RoomId, place: Place, limit: u32) -> Loading<'_, Vec<RoomMessage>> {
        let range = match place {
            Place::Newest => Range::Last,
            Place::Before(seq) => Range::Before(seq),
            Place::After(seq) => Range::After(seq),
            Place::Around(seq) => Range::Around(seq),
        };
        Box::pin(async move {
            self.0
                .page(&room, range, limit)
                .await
                .map_err(|error| unreadable(&error))
        })
    }
}

fn unreadable(error: &ReadError) -> LoadError {
    warn!(%error, "the log could not be read for a page");
    LoadError::Unavailable
}
