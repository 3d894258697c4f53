//! Why something was turned away, and the line that says so.

use std::borrow::Cow;

use chat::{Lang, Refusal};
use leptos::prelude::*;

use crate::i18n::{Msg, Words};

/// Why something was turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A reason known by its code, said in the reader's language.
    Refused(Refusal),
    /// The server's own words.
    Said(String),
    /// Nothing was sent, and nothing is lost.
    Kept(Msg),
}

impl Reason {
    /// The reason, for a reader of `lang`.
    #[must_use]
    pub fn text(&self, lang: Lang) -> Cow<'static, str> {
        match self {
            Self::Refused(refusal) => refusal.text(lang).into(),
            Self::Said(words) => words.clone().into(),
            Self::Kept(msg) => msg.text(lang),
        }
    }
}

/// The line under a form that says why it was turned away. It is there while it is empty, so
/// that screen readers notice when it begins to speak.
#[component]
pub fn RefusalLine(
    /// What the form's box names as its description.
    id: &'static str,
    reason: RwSignal<Option<Reason>>,
) -> impl IntoView {
    let words = Words::lent();
    view! {
        <p id=id class="refusal" role="alert">
            {move || reason.get().map(|reason| reason.text(words.lang()))}
        </p>
    }
    .into_any()
}
