//! How the link is, in words, with a button to do something about it.

use leptos::prelude::*;

use crate::{
    i18n::{Msg, Words},
    transport::Transport,
    visit::{Command, LinkState, Me, Visit, Waker},
};

/// The status line.
///
/// # Server-Side Rendering
///
/// The server says "connecting", which is what the browser says first, too.
#[component]
pub fn Status(visit: Visit) -> impl IntoView {
    let words = Words::lent();
    let link = visit.link;
    let said = words.tell(move |lang| {
        let msg = match link.get() {
            LinkState::Connecting => Msg::Connecting,
            LinkState::Connected => Msg::Connected,
            LinkState::Waiting { attempt, .. } => Msg::Lost { attempt },
            LinkState::Stopped { refused: true } => Msg::Refused,
            LinkState::Stopped { refused: false } => Msg::GaveUp,
        };
        msg.text(lang)
    });
    let countdown = words.tell(move |lang| match link.get() {
        LinkState::Waiting { seconds, .. } => Msg::Countdown(seconds).text(lang),
        LinkState::Connecting | LinkState::Connected | LinkState::Stopped { .. } => "".into(),
    });
    let offer = words.tell(move |lang| match link.get() {
        LinkState::Stopped { .. } => Msg::Reconnect.text(lang),
        LinkState::Connecting | LinkState::Connected | LinkState::Waiting { .. } => {
            Msg::ConnectNow.text(lang)
        }
    });
    let busy =
        Signal::derive(move || matches!(link.get(), LinkState::Connecting | LinkState::Connected));
    // Nobody connects without a nickname, or while the log does not reach to the newest.
    let apart = Signal::derive(move || visit.me.get() == Me::Nobody || !visit.live.get());
    view! {
        <div class="status" hidden=apart>
            <p id="connection" role="status" data-state=move || link.read().name()>
                <span>{said}</span>
                // Not for screen readers: they would read out every second.
                <span class="countdown" aria-hidden="true">
                    {countdown}
                </span>
            </p>
            <button
                id="reconnect"
                type="button"
                hidden=busy
                on:click=move |_| {
                    visit.command(Command::Wake(Waker::Visitor));
                }
            >
                {offer}
            </button>
            <Details visit />
        </div>
    }
    .into_any()
}

/// What somebody wants to know whose network is in the way: by which transport it goes.
#[component]
fn Details(visit: Visit) -> impl IntoView {
    let words = Words::lent();
    let Visit {
        link, transport, ..
    } = visit;
    let down = Signal::derive(move || link.get() != LinkState::Connected);
    let direct = Signal::derive(move || transport.get() == Transport::WebSocket);
    view! {
        <details id="details" hidden=down>
            <summary>{words.say(Msg::ConnectionDetails)}</summary>
            <p id="transport" data-transport=move || transport.get().name()>
                {words.tell(move |lang| Msg::Travels(transport.get()).text(lang))}
            </p>
            <p class="hint" hidden=direct>
                {words.say(Msg::FellBack)}
            </p>
        </details>
    }
    .into_any()
}
