//! The output: what has been said, and what is on its way.

use std::{borrow::Cow, sync::Arc};

use chat::{RoomMessage, Seq};
use leptos::{either::Either, html::Ol, prelude::*, web_sys::Element};

use crate::{
    calendar::hour_and_minute,
    host,
    i18n::{Msg, Words, notice},
    outbox::Pending,
    rows::{Row, rows},
    visit::{Me, Visit},
};

/// This close to its end, in pixels, the log follows what is said.
const PINNED_WITHIN: i32 = 80;

/// The log. It follows what is said while its end is in view; else a button tells how much is new.
///
/// # Server-Side Rendering
///
/// Times are UTC on the server and in the first rendering of the browser, which has to be equal;
/// then they become the reader's.
#[component]
pub fn LogView(visit: Visit) -> impl IntoView {
    let words = Words::lent();
    let list = NodeRef::<Ol>::new();
    let pinned = RwSignal::new(true);
    let seen = RwSignal::new(last_seq(visit));
    let local = RwSignal::new(false);
    let newer = Memo::new(move |_| {
        let me = visit.me.read();
        let log = visit.log.read();
        let after = seen.get();
        let new = |m: &&Arc<RoomMessage>| m.seq > after && !m.is_notice() && !is_mine(m, &me);
        log.messages()
            .iter()
            .rev()
            .take_while(|m| m.seq > after)
            .filter(new)
            .count()
    });

    let to_end = move || {
        pinned.set(true);
        seen.set(last_seq(visit));
        request_animation_frame(move || scroll_to_end(list));
    };
    Effect::new(move |sent_before: Option<u32>| {
        visit.log.track();
        visit.outbox.track();
        local.track();
        let sent = visit.sent.get();
        // Who says something wants to see it.
        if pinned.get_untracked() || sent_before.is_some_and(|before| before != sent) {
            to_end();
        }
        sent
    });
    Effect::new(move || {
        local.set(true);
        if let Some(element) = list.get() {
            host::on_resize(&element, move || {
                if pinned.try_get_untracked() == Some(true) {
                    scroll_to_end(list);
                }
            });
        }
    });

    let on_scroll = move |_| {
        let Some(list) = list.get_untracked() else {
            return;
        };
        let at_end = distance_to_end(&list) <= PINNED_WITHIN;
        if pinned.get_untracked() != at_end {
            pinned.set(at_end);
        }
        if at_end {
            seen.set(last_seq(visit));
        }
    };
    let each = move || {
        let local = local.get();
        rows(&visit.log.read(), |time| {
            if local { host::offset(time) } else { 0 }
        })
    };
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
                <For each key=Row::key children=move |row| row_view(row, visit, words, local) />
                <For
                    each=move || visit.outbox.read().pending().to_vec()
                    key=|pending| pending.id
                    children=move |pending| pending_view(&pending, words)
                />
            </ol>
            <button
                id="newer"
                type="button"
                hidden=Signal::derive(move || newer.get() == 0)
                on:click=move |_| to_end()
            >
                {words.tell(move |lang| Msg::Newer(newer.get()).text(lang))}
            </button>
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
    let unknown = Signal::derive(move || !visit.welcomed.get());
    let welcome = words.tell(move |lang| match visit.me.get() {
        Me::Named(sender) if visit.welcomed.get() => Msg::Welcome(sender).text(lang),
        Me::Unread | Me::Nobody | Me::Named(_) => Cow::Borrowed(""),
    });
    view! {
        <p class="hint" hidden=full>
            {words.say(history)}
        </p>
        <p id="welcome" hidden=unknown>
            {welcome}
        </p>
    }
    .into_any()
}

fn row_view(row: Row, visit: Visit, words: Words, local: RwSignal<bool>) -> impl IntoView {
    let day = row.day.map(|day| {
        view! {
            <li class="day" role="none">
                <time datetime=day.iso()>{words.tell(move |lang| day.text(lang).into())}</time>
            </li>
        }
    });
    let Row {
        message, follows, ..
    } = row;
    let (seq, kind, at) = (message.seq, message.kind, message.created_at);
    let shown = words.tell(move |_| {
        let offset = if local.get() { host::offset(at) } else { 0 };
        hour_and_minute(at, offset).into()
    });
    let body = if message.is_notice() {
        let message = Arc::clone(&message);
        Either::Left(
            view! { <p class="text">{words.tell(move |lang| notice(&message, lang).into())}</p> },
        )
    } else {
        Either::Right(view! {
            <b class="who">{message.sender.to_string()}</b>
            <span class="colon">" : "</span>
            <p class="text">{message.message.clone()}</p>
        })
    };
    let own = move || is_mine(&message, &visit.me.read());
    view! {
        {day}
        <li
            role="none"
            data-seq=seq.0
            data-kind=kind.as_str()
            class:follows=follows
            class:own=own
        >
            {body}
            <time datetime=at.to_string() aria-hidden="true">{shown}</time>
        </li>
    }
    .into_any()
}

fn pending_view(pending: &Pending, words: Words) -> impl IntoView + use<> {
    view! {
        <li role="none" class="pending own" data-id=pending.id.to_string()>
            <p class="text">{pending.text.to_string()}</p>
            <small>{words.say(Msg::Sending)}</small>
        </li>
    }
    .into_any()
}

fn is_mine(message: &RoomMessage, me: &Me) -> bool {
    !message.is_notice() && matches!(me, Me::Named(sender) if *sender == message.sender)
}

fn last_seq(visit: Visit) -> Seq {
    visit
        .log
        .with_untracked(|log| log.messages().last().map_or(Seq::ZERO, |m| m.seq))
}

fn scroll_to_end(list: NodeRef<Ol>) {
    if let Some(list) = list.try_get_untracked().flatten() {
        list.set_scroll_top(list.scroll_height());
    }
}

fn distance_to_end(list: &Element) -> i32 {
    list.scroll_height() - list.scroll_top() - list.client_height()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use chat::{Kind, Lang, RoomId, Sender};

    use super::*;
    use crate::{
        log::Log,
        sample::{id, talk},
    };

    /// The log as the server renders it, without the marks that hydration finds its way by.
    fn html(messages: Vec<RoomMessage>, lang: Lang) -> String {
        Owner::new().with(|| {
            Words::provide(lang);
            let log = Log::starting_with(messages);
            let view = view! { <LogView visit=Visit::new(RoomId::lobby(), log, true) /> };
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

    #[test]
    fn what_is_on_its_way_stands_at_the_end() {
        let html = Owner::new().with(|| {
            let words = Words::provide(Lang::Ko);
            let text = chat::Text::parse("가는 중").unwrap();
            pending_view(&Pending::new(id(1), text), words).to_html()
        });
        assert!(html.contains(r#"class="pending own""#), "{html}");
        assert!(html.contains("가는 중"), "{html}");
        assert!(!html.contains("data-seq"), "{html}");
    }
}
