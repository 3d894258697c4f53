//! The server: it has a request, and no visitor's device. What a device would do after the first
//! rendering is never asked of it, because effects and events do not happen here.

use chat::{Lang, MessageId, Sender, Timestamp};
use http::{HeaderName, header, request::Parts};
use leptos::prelude::*;

use crate::{data::NotFound, visit::Visit};

/// The language of the visitor's cookie, or the best of `Accept-Language`.
pub(crate) fn first_lang() -> Lang {
    let Some(request) = use_context::<Parts>() else {
        return Lang::default();
    };
    let text = |name: HeaderName| {
        request
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    Lang::from_cookies(text(header::COOKIE))
        .unwrap_or_else(|| Lang::from_accept_language(text(header::ACCEPT_LANGUAGE)))
}

pub(crate) fn keep_lang(_: Lang) {}

pub(crate) fn nickname() -> Option<Sender> {
    None
}

pub(crate) fn keep_nickname(_: &Sender) {}

pub(crate) fn kept(_: &str) -> Option<String> {
    None
}

pub(crate) fn keep(_: &str, _: &str) -> bool {
    false
}

pub(crate) fn draft(_: &str) -> Option<String> {
    None
}

pub(crate) fn keep_draft(_: &str, _: &str) {}

pub(crate) fn has_written(_: MessageId) -> bool {
    false
}

/// Makes the status of the answer 404, where the server has lent a way to do so.
pub(crate) fn not_found() {
    if let Some(NotFound(answer)) = use_context() {
        answer();
    }
}

/// UTC.
pub(crate) fn offset(_: Timestamp) -> i32 {
    0
}

pub(crate) fn on_resize(_: &web_sys::Element, _: impl Fn() + 'static) {}

pub(crate) fn open_link(_: Visit, _: &Sender) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken_to(headers: &[(HeaderName, &str)]) -> Lang {
        let mut request = http::Request::new(());
        for (name, value) in headers {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        Owner::new().with(|| {
            provide_context(request.into_parts().0);
            first_lang()
        })
    }

    #[test]
    fn the_cookie_wins_over_the_browser() {
        assert_eq!(spoken_to(&[]), Lang::En);
        let browser = (header::ACCEPT_LANGUAGE, "ko-KR,ko;q=0.9");
        let cookie = (header::COOKIE, "a=b; lang=en");
        assert_eq!(spoken_to(&[cookie, browser.clone()]), Lang::En);
        assert_eq!(spoken_to(std::slice::from_ref(&browser)), Lang::Ko);
    }
}
