//! A room's page.

use chat::{RoomId, RoomMessage, RoomName};
use leptos::{ev::SubmitEvent, html::Input, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    composer::Composer,
    data, host,
    i18n::{Msg, Words},
    log::Log,
    log_view::LogView,
    nickname::{self, Nickname},
    refusal::Reason,
    status::Status,
    switch::LangSwitch,
    visit::{Me, Visit},
};

/// The page at `/rooms/{id}`: reads what the room has to show, then opens it.
#[component]
pub fn RoomPage() -> impl IntoView {
    let words = Words::lent();
    let params = use_params_map();
    let id = Memo::new(move |_| {
        let id = params.read().get("id").unwrap_or_default();
        RoomId::parse(&id)
    });
    let loaded = Resource::new(
        move || id.get().ok(),
        |id| {
            // Both are asked for before the first await, while the server's context is at hand.
            let parts = id.map(|id| (data::room(id.clone()), data::history(id)));
            async move {
                let (room, history) = parts?;
                let name = room.await.ok().flatten().map(|room| room.name);
                Some((name, history.await.ok()))
            }
        },
    );
    view! {
        <Suspense fallback=move || {
            view! { <main class="page"><p class="hint">{words.say(Msg::Loading)}</p></main> }
        }>
            {move || {
                let id = id.get();
                Suspend::new(async move {
                    match (id, loaded.await) {
                        (Ok(id), Some((name, history))) => {
                            let name = name.unwrap_or_else(|| RoomName::from(&id));
                            view! { <Room id name history /> }.into_any()
                        }
                        (Ok(_), None) => ().into_any(),
                        (Err(why), _) => {
                            let why = Reason::Refused(why);
                            view! {
                                <main class="page">
                                    <p class="refusal" role="alert">
                                        {words.tell(move |lang| why.text(lang))}
                                    </p>
                                    <a href="/">{words.say(Msg::Leave)}</a>
                                </main>
                            }
                                .into_any()
                        }
                    }
                })
            }}
        </Suspense>
    }
    .into_any()
}

/// A room that has been read: its log, its link, and the parts around them.
#[component]
fn Room(id: RoomId, name: RoomName, history: Option<Vec<RoomMessage>>) -> impl IntoView {
    let words = Words::lent();
    let known = history.is_some();
    let visit = Visit::new(id, Log::starting_with(history.unwrap_or_default()), known);

    Effect::new(move || {
        let me = host::nickname().map_or(Me::Nobody, Me::Named);
        visit.me.set(me);
    });
    // The link lives as long as one nickname and one page: whatever ends either ends the link.
    Effect::new(move || {
        if let Me::Named(sender) = visit.me.get() {
            host::open_link(visit, &sender);
        }
    });

    let nobody = Memo::new(move |_| visit.me.read() == Me::Nobody);
    let foot = move || {
        if nobody.get() {
            view! { <Enter visit /> }.into_any()
        } else {
            view! { <Composer visit /> }.into_any()
        }
    };
    let name = name.to_string();
    view! {
        <Title text=format!("{name} · Roomside") />
        <main class="room">
            <header class="masthead">
                <a id="leave" href="/">
                    <span aria-hidden="true">"← "</span>
                    {words.say(Msg::Leave)}
                </a>
                <h1>{name}</h1>
                <LangSwitch />
            </header>
            <Status visit />
            <LogView visit />
            {foot}
        </main>
    }
    .into_any()
}

/// The form for somebody who came without a nickname.
#[component]
fn Enter(visit: Visit) -> impl IntoView {
    let words = Words::lent();
    let input = NodeRef::<Input>::new();
    let refusal = RwSignal::new(None);
    let enter = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(sender) = nickname::keep(input, refusal) {
            visit.me.set(Me::Named(sender));
        }
    };
    view! {
        <form id="enter" on:submit=enter>
            <p class="hint">{words.say(Msg::EnterHint)}</p>
            <Nickname on_kept=|_| () input refusal />
            <button type="submit" class="primary">{words.say(Msg::Enter)}</button>
        </form>
    }
    .into_any()
}
