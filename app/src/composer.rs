//! The box in which a message is written, and the button that sends it.

use std::time::Duration;

use chat::Text;
use leptos::{
    ev::{CompositionEvent, InputEvent, KeyboardEvent, SubmitEvent},
    html::Textarea,
    prelude::*,
    web_sys::{Event, HtmlElement, HtmlTextAreaElement},
};

use crate::{
    asleep::asleep,
    i18n::{Msg, Words},
    ime::{self, Act, Ime},
    refusal::{Reason, RefusalLine},
    visit::Visit,
};

/// What an input method says instead of the code of a key.
const KEY_CODE_OF_IME: u32 = 229;

/// The composer.
///
/// The box is not bound to a signal: writing to it while an input method composes would move the
/// caret and break the syllable, and what was typed before the page came to life would be lost.
#[component]
pub fn Composer(visit: Visit) -> impl IntoView {
    let words = Words::lent();
    let area = NodeRef::<Textarea>::new();
    let ime = StoredValue::new(Ime::default());
    let asleep = asleep();

    Effect::new(move || {
        let Some(area) = area.get() else { return };
        // What is being written is left alone, also for the sake of the input method.
        if area.value().is_empty() {
            area.set_value(&visit.draft());
        }
        if !area.value().is_empty() {
            changed(visit, &area);
        }
    });

    let send = move || {
        if let Some(area) = area.get_untracked() {
            send(visit, &area);
        }
    };
    // The box holds what was composed only after all events of the key are over.
    let send_soon = move || set_timeout(send, Duration::ZERO);

    let on_keydown = move |event: KeyboardEvent| {
        if event.key() != "Enter" && event.code() != "Enter" && event.code() != "NumpadEnter" {
            return;
        }
        let enter = ime::Enter {
            shift: event.shift_key(),
            is_composing: event.is_composing(),
            is_229: event.key_code() == KEY_CODE_OF_IME,
        };
        let act = ime.try_update_value(|ime| ime.enter(enter, at(&event)));
        match act.unwrap_or(Act::Leave) {
            Act::Leave => {}
            Act::Send => {
                event.prevent_default();
                send();
            }
            Act::Swallow => event.prevent_default(),
            Act::SendSoon => send_soon(),
        }
    };
    let on_beforeinput = move |event: InputEvent| {
        let breaks = matches!(
            event.input_type().as_str(),
            "insertLineBreak" | "insertParagraph"
        );
        if breaks && ime.with_value(|ime| ime.swallows_break(at(&event))) {
            event.prevent_default();
        }
    };
    let on_compositionend = move |event: CompositionEvent| {
        let data = event.data().unwrap_or_default();
        if ime.try_update_value(|ime| ime.end(&data, at(&event))) == Some(true) {
            send_soon();
        }
    };

    view! {
        <form
            id="composer"
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                send();
                if let Some(area) = area.get_untracked() {
                    let _ = area.focus();
                }
            }
        >
            <RefusalLine id="refusal" reason=visit.refusal />
            <label for="message">{words.say(Msg::Message)}</label>
            <textarea
                id="message"
                node_ref=area
                rows="1"
                autocomplete="off"
                enterkeyhint="send"
                placeholder=words.say(Msg::MessageHint)
                aria-describedby="refusal"
                on:keydown=on_keydown
                on:beforeinput=on_beforeinput
                on:compositionstart=move |_| ime.update_value(Ime::start)
                on:compositionupdate=move |event| {
                    let data = event.data().unwrap_or_default();
                    ime.update_value(|ime| ime.update(&data));
                }
                on:compositionend=on_compositionend
                on:blur=move |_| ime.update_value(Ime::blur)
                on:input=move |event| {
                    changed(visit, &event_target::<HtmlTextAreaElement>(&event));
                    visit.forgive();
                }
            ></textarea>
            <button
                id="send"
                type="submit"
                class="primary"
                disabled=Signal::derive(move || asleep.get())
            >
                {words.say(Msg::Send)}
            </button>
        </form>
    }
    .into_any()
}

/// Something else stands in the box.
fn changed(visit: Visit, area: &HtmlTextAreaElement) {
    grow(area);
    visit.keep_draft(&area.value());
}

fn send(visit: Visit, area: &HtmlTextAreaElement) {
    let written = area.value();
    // The line break of the Enter that sends is no part of the text.
    let text = written.trim_end_matches('\n');
    if text.is_empty() {
        return;
    }
    match Text::parse(text) {
        Ok(text) => {
            if visit.say(text) {
                area.set_value("");
                changed(visit, area);
            }
        }
        Err(why) => visit.refusal.set(Some(Reason::Refused(why))),
    }
}

/// Makes the box as high as its text, within what the style allows.
fn grow(area: &HtmlTextAreaElement) {
    let style = HtmlElement::style(area);
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", area.scroll_height()));
}

fn at(event: &Event) -> Duration {
    Duration::try_from_secs_f64(event.time_stamp() / 1_000.0).unwrap_or_default()
}
