//! The output: what has been said, and what is on its way.

use std::{borrow::Cow, sync::Arc};

use chat::{RoomMessage, Seq};
use leptos::{ev::MouseEvent, html::Ol, prelude::*, task::spawn_local};

use crate::{
    changing::Changing,
    data::{self, Place},
    host,
    i18n::{Msg, Words},
    log::Log,
    outbox::State,
    pending::pending_view,
    row_view::{is_mine, row_view},
    rows::{Row, rows},
    scroll::{Spot, distance_to_end, to_end},
    visit::{LinkState, Me, Visit},
};

/// This close to its end, in pixels, the log follows what is said.
const PINNED_WITHIN: i32 = 80;

/// This close to an end of the log, in pixels, what lies beyond it is read.
const READ_WITHIN: i32 = 400;

/// The log. It follows what is said while its end is in view; else the reader stays in his place,
/// and a button tells how much is new. What lies beyond its ends is read when the reader comes near
/// them, or by the links that stand there, which lead to the same without JavaScript.
///
/// # Server-Side Rendering
///
/// Times are UTC on the server and in the first rendering of the browser, which has to be equal;
/// then they become the reader's.
#[component]
pub fn LogView(visit: Visit) -> impl IntoView {
    let words = Words::lent();
    let list = NodeRef::<Ol>::new();
    let pinned = RwSignal::new(visit.target.is_none());
    let place = StoredValue::new(None::<Spot>);
    // Rows have come or gone, and the list was not moved after them yet.
    let unsettled = StoredValue::new(false);
    let seen = RwSignal::new(last_seq(visit));
    let local = RwSignal::new(false);
    let newer = Memo::new(move |_| {
        let me = visit.me.read();
        let log = visit.log.read();
        let after = seen.get();
        let until = log.since();
        let new = |m: &&Arc<RoomMessage>| {
            Some(m.seq) <= until && !m.is_notice() && m.change().is_none() && !is_mine(m, &me)
        };
        log.messages()
            .iter()
            .rev()
            .take_while(|m| m.seq > after)
            .filter(new)
            .count()
    });

    let stay = move || {
        if let Some(list) = list.try_get_untracked().flatten() {
            if pinned.try_get_untracked() == Some(true) {
                to_end(&list);
            } else {
                place.try_with_value(|place| {
                    if let Some(place) = place {
                        place.restore(&list);
                    }
                });
            }
        }
    };
    let look = move || {
        // What is seen before the list has been moved is not what the reader looks at.
        if unsettled.try_get_value() == Some(false)
            && let Some(list) = list.try_get_untracked().flatten()
        {
            place.try_set_value(Spot::first_seen(&list));
        }
    };
    // The browser tells of scrolling with the next frame, and a message may be here before that.
    visit.before_rows_change(Callback::new(move |()| {
        if pinned.try_get_untracked() == Some(false) {
            look();
        }
    }));
    let follow = move || {
        pinned.set(true);
        seen.set(last_seq(visit));
        request_animation_frame(stay);
    };
    Effect::new(move |sent_before: Option<u32>| {
        visit.log.track();
        visit.outbox.track();
        local.track();
        let sent = visit.sent.get();
        // Who says something wants to see it.
        if pinned.get_untracked() || sent_before.is_some_and(|before| before != sent) {
            follow();
        } else {
            // Once the rows are there, and before anything is painted or moved.
            unsettled.set_value(true);
            spawn_local(async move {
                leptos::task::tick().await;
                stay();
                unsettled.try_set_value(false);
            });
        }
        sent
    });
    Effect::new(move || {
        local.set(true);
        if let Some(element) = list.get() {
            // Where the room is opened around a message, that stands at a third of the height.
            place.set_value(visit.target.map(|target| Spot {
                seq: target.to_string(),
                top: f64::from(element.client_height()) / 3.0,
            }));
            host::on_resize(&element, stay);
        }
    });

    let is_cut = Memo::new(move |_| {
        let log = visit.log.read();
        log.first() > visit.oldest.get() && log.messages().len() < Log::LIMIT
    });
    let on_scroll = move |_| {
        let Some(list) = list.get_untracked() else {
            return;
        };
        let left = distance_to_end(&list);
        look();
        let live = visit.live.get_untracked();
        let at_end = live && left <= PINNED_WITHIN;
        if list.scroll_top() < READ_WITHIN && is_cut.get_untracked() {
            read(visit, Place::Before);
        } else if !live && left < READ_WITHIN {
            read(visit, Place::After);
        }
        if pinned.get_untracked() != at_end {
            pinned.set(at_end);
        }
        if at_end || !live {
            seen.set(last_seq(visit));
        }
    };
    let changing = Changing { visit, words };
    let each = move || {
        let local = local.get();
        let log = visit.log.read();
        let mut rows = rows(&log, |time| if local { host::offset(time) } else { 0 });
        // What follows a hole waits until that is filled.
        rows.retain(|row| Some(row.message.seq) <= log.since());
        rows
    };
    let whole = Signal::derive(move || visit.log.read().first() <= visit.oldest.get());
    let earlier = Signal::derive(move || visit.href(visit.log.read().first()));
    let later = Signal::derive(move || visit.href(visit.log.read().since().unwrap_or_default()));
    let live = Signal::derive(move || visit.live.get());
    view! {
        <div class="log">
            <Greeting visit />
            <ol
                id="chatOutput"
                role="log"
                aria-live="polite"
                aria-relevant="additions"
                aria-label=words.say(Msg::Conversation)
                tabindex="0"
                node_ref=list
                on:scroll=on_scroll
            >
                <li role="none" class="more" hidden=whole>
                    <a
                        id="earlier"
                        href=earlier
                        on:click=move |event| follow_link(&event, visit, Place::Before)
                    >
                        {words.say(Msg::Earlier)}
                    </a>
                </li>
                <For each key=Row::key children=move |row| row_view(row, changing, local) />
                <For
                    each=move || visit.outbox.read().pending().to_vec()
                    key=|pending| (pending.id, matches!(pending.state, State::Failed(_)))
                    children=move |pending| pending_view(pending, visit, words)
                />
                <li role="none" class="more" hidden=live>
                    <a
                        id="later"
                        href=later
                        on:click=move |event| follow_link(&event, visit, Place::After)
                    >
                        {words.say(Msg::Later)}
                    </a>
                </li>
            </ol>
            {changing.dialog()}
            <button
                id="newer"
                type="button"
                hidden=Signal::derive(move || newer.get() == 0 || !visit.live.get())
                on:click=move |_| follow()
            >
                {words.tell(move |lang| Msg::Newer(newer.get()).text(lang))}
            </button>
            <a id="newest" href=visit.room_href() hidden=live>
                {words.say(Msg::Newest)}
            </a>
        </div>
    }
    .into_any()
}

/// The line that welcomes a visitor, and what is said of a room without messages.
#[component]
fn Greeting(visit: Visit) -> impl IntoView {
    let words = Words::lent();
    let full = Signal::derive(move || !visit.log.read().messages().is_empty());
    let history = if visit.opened_with_history {
        Msg::Empty
    } else {
        Msg::HistoryUnavailable
    };
    // It says that one is connected.
    let apart = Signal::derive(move || visit.link.get() != LinkState::Connected);
    let welcome = words.tell(move |lang| match visit.me.get() {
        Me::Named(sender) if !apart.get() => Msg::Welcome(sender).text(lang),
        Me::Unread | Me::Nobody | Me::Named(_) => Cow::Borrowed(""),
    });
    view! {
        <p class="hint" hidden=full>
            {words.say(history)}
        </p>
        <p id="welcome" hidden=apart>
            {welcome}
        </p>
    }
    .into_any()
}

/// Reads what lies beyond an end of the log.
fn read(visit: Visit, beyond: fn(Seq) -> Place) {
    let (first, last) = visit.log.with_untracked(|log| (log.first(), log.since()));
    let place = match beyond(first) {
        Place::After(_) => Place::After(last.unwrap_or_default()),
        before => before,
    };
    if let Some(room) = visit.room.try_get_value()
        && visit.begin_reading()
    {
        spawn_local(async move { visit.read(place, data::page(room, place).await) });
    }
}

/// Reads on instead of going elsewhere, as long as the page can hold it.
fn follow_link(event: &MouseEvent, visit: Visit, beyond: fn(Seq) -> Place) {
    let full = visit
        .log
        .with_untracked(|log| log.messages().len() >= Log::LIMIT);
    if !full {
        event.prevent_default();
        read(visit, beyond);
    }
}

fn last_seq(visit: Visit) -> Seq {
    visit
        .log
        .with_untracked(|log| log.since().unwrap_or_default())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use chat::{Kind, Lang, RoomId, Sender};

    use super::*;
    use crate::sample::talk;

    /// The log as the server renders it, without the marks that hydration finds its way by.
    fn html(messages: Vec<RoomMessage>, lang: Lang) -> String {
        Owner::new().with(|| {
            Words::provide(lang);
            let log = Log::starting_with(messages);
            let view = view! { <LogView visit=Visit::new(RoomId::lobby(), log, true, None) /> };
            view.to_html().replace("<!>", "")
        })
    }

    fn entered(seq: u64) -> RoomMessage {
        let message = talk(seq);
        RoomMessage {
            kind: Kind::Enter,
            message: RoomMessage::entered(&message.sender),
            ..message
        }
    }

    #[test]
    fn rows_come_in_order_with_seq_and_kind() {
        let html = html(vec![talk(2), entered(1), talk(3)], Lang::Ko);
        let places = [
            r#"data-seq="1" data-kind="ENTER""#,
            r#"data-seq="2" data-kind="TALK""#,
            r#"data-seq="3" data-kind="TALK""#,
        ]
        .map(|row| html.find(row).expect(row));
        assert!(places.is_sorted(), "{html}");
    }

    #[test]
    fn notices_are_said_in_the_readers_language() {
        assert!(html(vec![entered(1)], Lang::Ko).contains("[알림] : 철수님이 입장했습니다."));
        assert!(html(vec![entered(1)], Lang::En).contains("[notice] : 철수 has entered."));
    }

    #[test]
    fn the_first_rendering_is_in_utc_and_belongs_to_nobody() {
        let html = html(vec![talk(1)], Lang::En);
        assert!(html.contains(">00:00</time>"), "{html}");
        assert!(html.contains("Friday, 20 November 2026"), "{html}");
        assert!(!html.contains("own"), "{html}");
    }

    #[test]
    fn what_somebody_writes_is_text() {
        let bad = RoomMessage {
            message: "<img src=x> & more".to_owned(),
            sender: Sender::parse("<b>철수").unwrap(),
            ..talk(1)
        };
        let html = html(vec![bad], Lang::Ko);
        assert!(html.contains("&lt;img src=x&gt; &amp; more"), "{html}");
        assert!(html.contains("&lt;b&gt;철수"), "{html}");
    }
}
