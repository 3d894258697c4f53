//! A room's page.

use chat::{RoomId, RoomMessage, RoomName, Seq};
use leptos::{ev::SubmitEvent, html::Input, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    composer::Composer,
    data::{self, Place},
    host,
    i18n::{Msg, Words},
    log::Log,
    log_view::LogView,
    nickname::{self, Nickname},
    refusal::Reason,
    status::Status,
    switch::LangSwitch,
    visit::{Me, Visit},
};

/// The page at `/rooms/{id}`, and at `/rooms/{id}/m/{seq}` around that message: reads what the
/// room has to show there, then opens it.
#[component]
pub fn RoomPage() -> impl IntoView {
    let words = Words::lent();
    let params = use_params_map();
    let id = Memo::new(move |_| {
        let id = params.read().get("id").unwrap_or_default();
        RoomId::parse(&id)
    });
    // What is no number is no message; neither is 0.
    let target = Memo::new(move |_| {
        let seq = params.read().get("seq")?;
        Some(Seq(seq.parse().unwrap_or_default()))
    });
    let loaded = Resource::new(
        move || (id.get().ok(), target.get()),
        |(id, target)| {
            // Both are asked for before the first await, while the server's context is at hand.
            let place = target.map_or(Place::Newest, Place::Around);
            let parts = id.map(|id| (data::room(id.clone()), data::page(id, place)));
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
                let target = target.get();
                Suspend::new(async move {
                    match (id, loaded.await) {
                        (Ok(id), Some((_, Some(history)))) if !holds(&history, target) => {
                            missing(Reason::Kept(Msg::NoSuchMessage), format!("/rooms/{id}"), Msg::Enter)
                        }
                        (Ok(id), Some((name, history))) => {
                            let name = name.unwrap_or_else(|| RoomName::from(&id));
                            view! { <Room id name history target /> }.into_any()
                        }
                        (Ok(_), None) => ().into_any(),
                        (Err(why), _) => missing(Reason::Refused(why), "/".to_owned(), Msg::Leave),
                    }
                })
            }}
        </Suspense>
    }
    .into_any()
}

/// Whether the message is there that is looked for, if one is.
fn holds(history: &[RoomMessage], target: Option<Seq>) -> bool {
    target.is_none_or(|target| history.iter().any(|message| message.seq == target))
}

/// What stands in the place of a room that cannot be shown so, and a way on.
fn missing(why: Reason, href: String, way: Msg) -> AnyView {
    let words = Words::lent();
    host::not_found();
    view! {
        <Title text="404 · Roomside" />
        <main class="page">
            <h1>"404"</h1>
            <p class="refusal" role="alert">
                {words.tell(move |lang| why.text(lang))}
            </p>
            <a href=href>{words.say(way)}</a>
        </main>
    }
    .into_any()
}

/// A room that has been read: its log, its link, and the parts around them.
#[component]
fn Room(
    id: RoomId,
    name: RoomName,
    history: Option<Vec<RoomMessage>>,
    target: Option<Seq>,
) -> impl IntoView {
    let words = Words::lent();
    let known = history.is_some();
    // Without a history there is no place in it.
    let target = target.filter(|_| known);
    let log = Log::starting_with(history.unwrap_or_default());
    let visit = Visit::new(id, log, known, target);

    Effect::new(move || {
        let me = host::nickname().map_or(Me::Nobody, Me::Named);
        visit.me.set(me);
    });
    // The link lives as long as one nickname and one page: whatever ends either ends the link. It
    // begins once the log has been read to its end.
    Effect::new(move || {
        if let (true, Me::Named(sender)) = (visit.live.get(), visit.me.get()) {
            host::open_link(visit, &sender);
        }
    });

    let nobody = Memo::new(move |_| visit.me.read() == Me::Nobody);
    let foot = move || {
        if !visit.live.get() {
            ().into_any()
        } else if nobody.get() {
            view! { <Enter visit /> }.into_any()
        } else {
            view! { <Composer visit /> }.into_any()
        }
    };
    let name = name.to_string();
    let search = visit.room.with_value(|room| format!("/search?room={room}"));
    view! {
        <Title text=format!("{name} · Roomside") />
        <main class="room">
            <header class="masthead">
                <a id="leave" href="/">
                    <span aria-hidden="true">"← "</span>
                    {words.say(Msg::Leave)}
                </a>
                <h1>{name}</h1>
                <div class="tools">
                    <a id="search" href=search rel="external">
                        {words.say(Msg::Search)}
                    </a>
                    <LangSwitch />
                </div>
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
