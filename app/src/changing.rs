//! Editing and deleting what one has said.

use std::sync::Arc;

use chat::{RoomMessage, Seq, Text, message::Content};
use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{HtmlDialogElement, HtmlTextAreaElement},
};

use crate::{
    i18n::{Msg, Words},
    visit::Visit,
};

/// What the buttons of the rows and the one dialog share.
#[derive(Clone, Copy, Debug)]
pub struct Changing {
    pub visit: Visit,
    pub words: Words,
}

/// What the dialog says of itself when it was closed by its first button.
const SAVED: &str = "save";

impl Changing {
    /// The buttons of a row. The style shows them in the rows that this browser may change.
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

    /// The box in which a message is edited. It is filled when it is opened: every element that
    /// the page has from the beginning costs every visitor a part of a kilobyte.
    pub fn dialog(self) -> impl IntoView {
        view! {
            <dialog
                id="edit"
                class="card"
                aria-labelledby="edit-label"
                on:close=move |_| self.closed()
                on:input=|_| say_refused("")
            ></dialog>
        }
    }

    fn edit(self, seq: Seq, text: &str) {
        let Some(dialog) = dialog() else {
            return;
        };
        let say = |msg: Msg| msg.text(self.words.lang());
        // Our own words alone are markup; the text is set as what it is.
        dialog.set_inner_html(&format!(
            "<form method=dialog><label id=edit-label for=edited>{}</label>\
             <textarea id=edited rows=4 maxlength={} required \
             aria-describedby=edit-refusal></textarea>\
             <p id=edit-refusal class=refusal role=alert></p>\
             <button class=primary value={SAVED}>{}</button> \
             <button formnovalidate value=''>{}</button></form>",
            say(Msg::Edit),
            Text::MAX_CHARS,
            say(Msg::Save),
            say(Msg::Cancel),
        ));
        if let Some(area) = area() {
            area.set_value(text);
            area.set_name(&seq.to_string());
        }
        dialog.set_return_value("");
        // It fails only where the dialog is open already.
        let _ = dialog.show_modal();
    }

    fn closed(self) {
        let (Some(dialog), Some(area)) = (dialog(), area()) else {
            return;
        };
        if dialog.return_value() != SAVED {
            return;
        }
        let Ok(seq) = area.name().parse() else {
            return;
        };
        let refused = match Text::parse(&area.value()) {
            Ok(text) => {
                if self.visit.revise(Content::Edit(Seq(seq), text)) {
                    return;
                }
                String::new()
            }
            Err(why) => why.text(self.words.lang()),
        };
        dialog.set_return_value("");
        let _ = dialog.show_modal();
        // Within the dialog, which covers the rest of the page.
        say_refused(&refused);
    }

    fn delete(self, seq: Seq) {
        let question = Msg::DeleteSure.text(self.words.lang());
        if window().confirm_with_message(&question) == Ok(true) {
            self.visit.revise(Content::Delete(seq));
        }
    }
}

fn dialog() -> Option<HtmlDialogElement> {
    document().get_element_by_id("edit")?.dyn_into().ok()
}

/// Says why the text was turned away, until it is written anew.
fn say_refused(why: &str) {
    if let Some(line) = document().get_element_by_id("edit-refusal") {
        line.set_text_content(Some(why));
    }
}

fn area() -> Option<HtmlTextAreaElement> {
    document().get_element_by_id("edited")?.dyn_into().ok()
}
