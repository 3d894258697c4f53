//! The browser: what the visitor's device keeps and knows.

use chat::{Lang, Sender, Timestamp};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{HtmlDocument, ResizeObserver, Storage};

pub(crate) use crate::link::{has_written, open as open_link};

/// Where the original page keeps the nickname.
const NICKNAME_KEY: &str = "wschat.sender";

/// How long the choice of a language is kept, in seconds: a year.
const LANG_MAX_AGE: u32 = 365 * 24 * 60 * 60;

/// The language in which the server wrote the page.
#[cfg(feature = "hydrate")]
pub(crate) fn first_lang() -> Lang {
    document()
        .document_element()
        .and_then(|html| html.get_attribute("lang"))
        .and_then(|tag| Lang::from_tag(&tag))
        .unwrap_or_default()
}

/// The language chosen before, or the browser's.
#[cfg(feature = "csr")]
pub(crate) fn first_lang() -> Lang {
    Lang::from_cookies(&cookies()).unwrap_or_else(|| {
        let language = window().navigator().language().unwrap_or_default();
        Lang::from_tag(&language).unwrap_or_default()
    })
}

/// Keeps the choice, where the server finds it too.
pub(crate) fn keep_lang(lang: Lang) {
    let cookie = format!(
        "{}={}; Path=/; Max-Age={LANG_MAX_AGE}; SameSite=Lax",
        Lang::COOKIE,
        lang.tag()
    );
    if let Some(document) = document().dyn_ref::<HtmlDocument>() {
        // Where cookies are forbidden the choice lasts as long as the page.
        let _ = document.set_cookie(&cookie);
    }
}

/// The nickname kept on this device, if it is one.
pub(crate) fn nickname() -> Option<Sender> {
    Sender::parse(&kept(NICKNAME_KEY)?).ok()
}

/// Keeps the nickname on this device.
pub(crate) fn keep_nickname(sender: &Sender) {
    // A full or forbidden storage costs the visitor a line of typing, no more.
    keep(NICKNAME_KEY, sender.as_str());
}

/// What this device keeps under `key`: empty where that is nothing, `None` where it keeps nothing
/// at all.
pub(crate) fn kept(key: &str) -> Option<String> {
    let kept = window().local_storage().ok()??.get_item(key).ok()?;
    Some(kept.unwrap_or_default())
}

/// Keeps `value` on this device; an empty one is forgotten. Returns whether that was possible: a
/// storage can be full, or forbidden.
pub(crate) fn keep(key: &str, value: &str) -> bool {
    window()
        .local_storage()
        .is_ok_and(|storage| put(storage, key, value))
}

/// What this tab keeps under `key`, over reloads and other pages, until it is closed.
pub(crate) fn draft(key: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(key).ok()?
}

/// Keeps `value` for this tab; an empty one is forgotten.
pub(crate) fn keep_draft(key: &str, value: &str) {
    // A full or forbidden storage costs the visitor what he has written if the page goes, no more.
    if let Ok(storage) = window().session_storage() {
        put(storage, key, value);
    }
}

fn put(storage: Option<Storage>, key: &str, value: &str) -> bool {
    let Some(storage) = storage else {
        return false;
    };
    let kept = if value.is_empty() {
        storage.remove_item(key)
    } else {
        storage.set_item(key, value)
    };
    kept.is_ok()
}

/// Only the server's answer has a status.
pub(crate) fn not_found() {}

/// How many minutes this device's clock is ahead of UTC at `time`.
pub(crate) fn offset(time: Timestamp) -> i32 {
    let date = js_sys::Date::new(&(time.millis() as f64).into());
    -(date.get_timezone_offset() as i32)
}

/// Calls `then` whenever `element` changes its size, until the current owner goes.
pub(crate) fn on_resize(element: &web_sys::Element, then: impl Fn() + 'static) {
    let then = Closure::<dyn Fn()>::new(then);
    let Ok(observer) = ResizeObserver::new(then.as_ref().unchecked_ref()) else {
        return;
    };
    observer.observe(element);
    let watching = SendWrapper::new((observer, then));
    on_cleanup(move || watching.0.disconnect());
}

#[cfg(feature = "csr")]
fn cookies() -> String {
    document()
        .dyn_ref::<HtmlDocument>()
        .and_then(|document| document.cookie().ok())
        .unwrap_or_default()
}
