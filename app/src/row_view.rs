//! One message of the log, as it is shown.

use std::sync::Arc;

use chat::RoomMessage;
use leptos::prelude::*;

use crate::{
    calendar::hour_and_minute,
    changing::Changing,
    host,
    i18n::{Msg, notice},
    rows::Row,
    visit::Me,
};

/// A row, and the day that begins with it. Its time is the reader's once it may be `local`.
pub(crate) fn row_view(row: Row, changing: Changing, local: RwSignal<bool>) -> impl IntoView {
    let Changing { visit, words, .. } = changing;
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
    let (said, deleted) = (!message.is_notice(), message.deleted);
    let who = said.then(|| {
        view! {
            <b class="who">{message.sender.to_string()}</b>
            <span class="colon">" : "</span>
        }
    });
    let line = Arc::clone(&message);
    let text = words.tell(move |lang| {
        if line.is_notice() {
            notice(&line, lang).into()
        } else if line.deleted {
            Msg::Deleted.text(lang)
        } else {
            line.message.clone().into()
        }
    });
    let edited = message.edited_at.is_some();
    let acts = (said && !deleted).then(|| changing.acts(Arc::clone(&message)));
    // Without JavaScript, what is focused is what is scrolled to.
    let target = visit.target == Some(seq);
    let id = message.id;
    let line = Arc::clone(&message);
    let own = move || is_mine(&message, &visit.me.read());
    // Whoever goes by the same name elsewhere may not change it.
    // Nothing is sent from where the log does not reach to the newest.
    let changeable =
        move || visit.live.get() && is_mine(&line, &visit.me.read()) && host::has_written(id);
    view! {
        {day}
        <li
            role="none"
            data-seq=seq.0
            data-kind=kind.as_str()
            class:follows=follows
            class:own=own
            class:changeable=changeable
            class:deleted=deleted
            aria-current=target.then_some("true")
            tabindex=target.then_some("-1")
            autofocus=target
            class:edited=edited
        >
            {who}
            <p class="text">{text}</p>
            <span class="about">
                {acts}
                <a class="at" href=visit.href(seq)>
                    <time datetime=at.to_string()>{shown}</time>
                </a>
            </span>
        </li>
    }
    .into_any()
}

/// Whether the visitor goes by the name that it was said under.
pub(crate) fn is_mine(message: &RoomMessage, me: &Me) -> bool {
    !message.is_notice() && matches!(me, Me::Named(sender) if *sender == message.sender)
}
