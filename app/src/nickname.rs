//! The box for the nickname.

use chat::Sender;
use leptos::{html::Input, prelude::*};

use crate::{
    host,
    i18n::{Msg, Words},
    refusal::{Reason, RefusalLine},
};

/// A labelled box that shows the nickname kept on this device and keeps a changed one.
///
/// The box is not bound to a signal: what was typed before the page came to life stays in it.
///
/// # Server-Side Rendering
///
/// The server does not know the nickname; the box is rendered empty.
#[component]
pub fn Nickname(
    /// Told of each nickname that was kept.
    #[prop(into)]
    on_kept: Callback<Sender>,
    /// The box, for a form around it that is submitted.
    input: NodeRef<Input>,
    /// Why the last nickname was turned away.
    refusal: RwSignal<Option<Reason>>,
) -> impl IntoView {
    let words = Words::lent();
    let keep = move || {
        if let Some(sender) = keep(input, refusal) {
            on_kept.run(sender);
        }
    };
    Effect::new(move || {
        let Some(input) = input.get() else { return };
        if !input.value().is_empty() {
            keep();
        } else if let Some(sender) = host::nickname() {
            input.set_value(sender.as_str());
        }
    });
    view! {
        <label for="nickname">{words.say(Msg::Nickname)}</label>
        <input
            id="nickname"
            node_ref=input
            type="text"
            autocomplete="nickname"
            enterkeyhint="done"
            aria-describedby="nickname-refusal"
            aria-invalid=move || refusal.read().is_some().then_some("true")
            on:change=move |_| keep()
        />
        <RefusalLine id="nickname-refusal" reason=refusal />
    }
    .into_any()
}

/// Keeps what stands in the box if it is a nickname, else says why it is not one.
pub fn keep(input: NodeRef<Input>, refusal: RwSignal<Option<Reason>>) -> Option<Sender> {
    match Sender::parse(&input.get_untracked()?.value()) {
        Ok(sender) => {
            refusal.set(None);
            host::keep_nickname(&sender);
            Some(sender)
        }
        Err(why) => {
            refusal.set(Some(Reason::Refused(why)));
            None
        }
    }
}
