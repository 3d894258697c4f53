//! The app: its routes, and what all pages have in common.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    host,
    i18n::{Msg, Words},
    lobby::Lobby,
    room::RoomPage,
};

/// Said to visitors whose browser runs no JavaScript, whatever language they read.
const NO_SCRIPT: &str = "<p lang=\"ko\">자바스크립트가 꺼져 있어 읽기만 할 수 있습니다. 메시지를 \
    보내려면 자바스크립트를 켜고 이 페이지를 새로 고치세요.</p>\
    <p lang=\"en\">JavaScript is off, so this page can only be read. To send messages, turn \
    JavaScript on and reload the page.</p>";

/// The whole app.
///
/// Pages are rendered asynchronously: the answer is sent once its data is there, and ends, so
/// that it can be read without JavaScript.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let words = Words::provide(host::first_lang());
    // It runs in the browser only, once the page has come to life, and again with each language.
    Effect::new(move || {
        let lang = words.lang();
        if let Some(html) = document().document_element() {
            let _ = html.set_attribute("lang", lang.tag());
        }
        if let Some(body) = document().body() {
            let _ = body.set_attribute("data-hydrated", "");
        }
    });

    view! {
        <noscript inner_html=NO_SCRIPT></noscript>
        <Router>
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view=Lobby ssr=SsrMode::Async />
                <Route path=path!("/rooms/:id") view=RoomPage ssr=SsrMode::Async />
                <Route path=path!("/rooms/:id/m/:seq") view=RoomPage ssr=SsrMode::Async />
            </FlatRoutes>
        </Router>
    }
    .into_any()
}

#[component]
fn NotFound() -> impl IntoView {
    let words = Words::lent();
    view! {
        <Title text="404 · Roomside" />
        <main class="page">
            <h1>"404"</h1>
            <p>{words.say(Msg::NotFound)}</p>
            <a href="/">{words.say(Msg::Leave)}</a>
        </main>
    }
    .into_any()
}
