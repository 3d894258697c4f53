//! Editing and deleting what one has said.

use std::sync::Arc;

use chat::{RoomMessage, Seq, Text, message::Content};
use leptos::{
    ev::SubmitEvent,
    html::{Dialog, Textarea},
    prelude::*,
};

use crate::{
    i18n::{Msg, Words},
    refusal::Reason,
    visit::Visit,
};

/// What the buttons of the rows and the one dialog share.
#[derive(Clone, Copy, Debug)]
pub struct Changing {
    pub visit: Visit,
    pub words: Words,
    target: StoredValue<Seq>,
    dialog: NodeRef<Dialog>,
    area: NodeRef<Textarea>,
}

impl Changing {
    /// For the rows of this visit.
    #[must_use]
    pub fn new(visit: Visit, words: Words) -> Self {
        Self {
            visit,
            words,
            target: StoredValue::new(Seq::ZERO),
            dialog: NodeRef::new(),
            area: NodeRef::new(),
        }
    }

    /// The buttons of a row. The style shows them in rows of one's own.
    pub fn acts(self, message: Arc<RoomMessage>) -> impl IntoView {
        let seq = message.seq;
        let edit: Box<dyn Fn()> = Box::new(move || self.edit(seq, &message.message));
        let delete: Box<dyn Fn()> = Box::new(move || self.delete(seq));
        let button = |act: Box<dyn Fn()>, msg: Msg| {
            view! {
                <button type="button" class="act" on:click=move |_| act()>
                    {self.words.say(msg)}
                </button>
            }
        };
        view! {
            {button(edit, Msg::Edit)}
            {button(delete, Msg::Delete)}
        }
    }

    /// The box in which a message is edited.
    pub fn dialog(self) -> impl IntoView {
        let save = move |event: SubmitEvent| {
            if !self.save() {
                event.prevent_default();
            }
        };
        let cancel = move |_| {
            if let Some(dialog) = self.dialog.get_untracked() {
                dialog.close();
            }
        };
        view! {
            <dialog id="edit" class="card" node_ref=self.dialog aria-labelledby="edit-label">
                <form method="dialog" on:submit=save>
                    <label id="edit-label" for="edited">
                        {self.words.say(Msg::Edit)}
                    </label>
                    <textarea id="edited" rows="4" required node_ref=self.area></textarea>
                    <button type="submit" class="primary">
                        {self.words.say(Msg::Save)}
                    </button>
                    <button type="button" on:click=cancel>
                        {self.words.say(Msg::Cancel)}
                    </button>
                </form>
            </dialog>
        }
    }

    fn edit(self, seq: Seq, text: &str) {
        self.target.set_value(seq);
        if let (Some(dialog), Some(area)) = (self.dialog.get_untracked(), self.area.get_untracked())
        {
            area.set_value(text);
            // It fails only where the dialog is open already.
            let _ = dialog.show_modal();
        }
    }

    fn save(self) -> bool {
        let written = self.area.get_untracked().map(|area| area.value());
        match Text::parse(&written.unwrap_or_default()) {
            Ok(text) => self
                .visit
                .revise(Content::Edit(self.target.get_value(), text)),
            Err(why) => {
                self.visit.refusal.set(Some(Reason::Refused(why)));
                false
            }
        }
    }

    fn delete(self, seq: Seq) {
        let question = Msg::DeleteSure.text(self.words.lang());
        if window().confirm_with_message(&question) == Ok(true) {
            self.visit.revise(Content::Delete(seq));
        }
    }
}
