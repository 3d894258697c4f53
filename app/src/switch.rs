//! The switch between languages.

use chat::Lang;
use leptos::{ev::MouseEvent, prelude::*};
use leptos_router::hooks::use_location;

use crate::{
    host,
    i18n::{Msg, Words, switch_href},
};

/// Links to each language. Without JavaScript the server keeps the choice and comes back here;
/// with it, the page changes where it stands and nothing typed or read is lost.
#[component]
pub fn LangSwitch() -> impl IntoView {
    let words = Words::lent();
    let path = use_location().pathname;
    let links = Lang::ALL.map(|lang| {
        let choose = move |event: MouseEvent| {
            // A click that opens another window is the browser's.
            if event.button() == 0 && !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                event.prevent_default();
                host::keep_lang(lang);
                words.speak(lang);
            }
        };
        view! {
            <a
                href=move || switch_href(lang, &path.get())
                rel="external"
                lang=lang.tag()
                hreflang=lang.tag()
                data-lang=lang.tag()
                aria-current=move || (words.lang() == lang).then_some("true")
                on:click=choose
            >
                {lang.own_name()}
            </a>
        }
    });
    view! {
        <nav class="languages" aria-label=words.say(Msg::Language)>
            {links}
        </nav>
    }
    .into_any()
}
