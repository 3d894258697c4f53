//! The first page: who am I, and which room?

use chat::{Room, RoomName};
use leptos::{ev::SubmitEvent, html::Input, prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    asleep::asleep,
    data::{self, CreateError},
    i18n::{Msg, Words},
    nickname::Nickname,
    refusal::{Reason, RefusalLine},
    switch::LangSwitch,
};

/// The room list, with the nickname above and a form for a new room below.
#[component]
pub fn Lobby() -> impl IntoView {
    let words = Words::lent();
    let rooms = Resource::new(
        || (),
        |()| {
            let rooms = data::rooms();
            async move { rooms.await.ok() }
        },
    );
    let saved = RwSignal::new(false);
    view! {
        <Title text="Roomside" />
        <main class="page lobby">
            <header class="masthead">
                <h1>"Roomside"</h1>
                <p>{words.say(Msg::Tagline)}</p>
                <LangSwitch />
            </header>
            <section class="card">
                <Nickname
                    on_kept=move |_| saved.set(true)
                    input=NodeRef::new()
                    refusal=RwSignal::new(None)
                />
                <p class="hint" role="status">
                    {words.tell(move |lang| if saved.get() { Msg::NicknameSaved } else { Msg::NicknameHint }.text(lang))}
                </p>
            </section>
            <section aria-labelledby="rooms-title">
                <h2 id="rooms-title">{words.say(Msg::Rooms)}</h2>
                <Suspense fallback=move || view! { <p class="hint">{words.say(Msg::Loading)}</p> }>
                    {move || Suspend::new(async move {
                        match rooms.await {
                            Some(rooms) => room_list(rooms, words).into_any(),
                            None => {
                                view! {
                                    <p class="refusal" role="alert">
                                        {words.say(Msg::RoomsUnavailable)}
                                    </p>
                                }
                                    .into_any()
                            }
                        }
                    })}
                </Suspense>
            </section>
            <Create />
            <footer>
                // They are no pages of the app, and load nothing of it.
                <a href="/search" rel="external">
                    {words.say(Msg::Search)}
                </a>
                " "
                <a href="/transports" rel="external">
                    {words.say(Msg::Transports)}
                </a>
            </footer>
        </main>
    }
    .into_any()
}

fn room_list(rooms: Vec<Room>, words: Words) -> impl IntoView {
    let empty = rooms
        .is_empty()
        .then(|| view! { <p class="hint">{words.say(Msg::NoRooms)}</p> });
    let rows = rooms
        .into_iter()
        .map(|room| {
            view! {
                <li>
                    <a href=format!("/rooms/{}", room.room_id)>
                        <b>{room.name.to_string()}</b>
                        <small>{words.say(Msg::LastLine(room.last_seq))}</small>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <ul id="rooms">{rows}</ul>
        {empty}
    }
    .into_any()
}

/// The form for a new room, which is entered as soon as it is there.
#[component]
fn Create() -> impl IntoView {
    let words = Words::lent();
    let input = NodeRef::<Input>::new();
    let refusal = RwSignal::new(None);
    let busy = asleep();
    let navigate = use_navigate();
    let create = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(input) = input.get_untracked() else {
            return;
        };
        let name = match RoomName::parse(&input.value()) {
            Ok(name) => name,
            Err(why) => return refusal.set(Some(Reason::Refused(why))),
        };
        let navigate = navigate.clone();
        busy.set(true);
        spawn_local(async move {
            let created = data::create(name.to_string()).await;
            busy.try_set(false);
            match created {
                Ok(room) => {
                    input.set_value("");
                    navigate(
                        &format!("/rooms/{}", room.room_id),
                        NavigateOptions::default(),
                    );
                }
                Err(why) => {
                    refusal.try_set(Some(reason(why)));
                }
            }
        });
    };
    view! {
        <form id="create" class="card" on:submit=create>
            <h2>{words.say(Msg::NewRoom)}</h2>
            <label for="room-name">{words.say(Msg::RoomName)}</label>
            <div class="line">
                <input
                    id="room-name"
                    node_ref=input
                    type="text"
                    autocomplete="off"
                    enterkeyhint="go"
                    aria-describedby="create-refusal"
                    on:input=move |_| refusal.set(None)
                />
                <button type="submit" class="primary" disabled=Signal::derive(move || busy.get())>
                    {words.say(Msg::Create)}
                </button>
            </div>
            <RefusalLine id="create-refusal" reason=refusal />
        </form>
    }
    .into_any()
}

fn reason(why: CreateError) -> Reason {
    match why {
        CreateError::Refused(problem) => match chat::Refusal::from_code(&problem.code) {
            Some(refusal) => Reason::Refused(refusal),
            None => Reason::Said(problem.message),
        },
        CreateError::Failed(_) => Reason::Kept(Msg::RequestFailed),
    }
}
