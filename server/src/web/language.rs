//! Which language a visitor reads, and the switch that works without JavaScript.

use axum::extract::{Path, Query};
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chat::Lang;
use serde::Deserialize;

/// How long the choice is kept: a year, in seconds.
const KEEP: u32 = 365 * 24 * 60 * 60;

/// The visitor's own choice, else what the browser asks for.
pub(crate) fn language_of(headers: &HeaderMap) -> Lang {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    text(COOKIE)
        .and_then(Lang::from_cookies)
        .unwrap_or_else(|| {
            text(ACCEPT_LANGUAGE).map_or_else(Lang::default, Lang::from_accept_language)
        })
}

#[derive(Debug, Deserialize)]
pub(crate) struct Back {
    to: Option<String>,
}

/// `GET /lang/{tag}?to=/path`: keeps the choice in a cookie and goes back.
pub(crate) async fn choose(Path(tag): Path<String>, Query(back): Query<Back>) -> Response {
    let Some(lang) = Lang::from_tag(&tag) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let to = back
        .to
        .filter(|to| is_ours(to))
        .unwrap_or_else(|| "/".to_owned());
    let cookie = format!(
        "{}={}; Path=/; Max-Age={KEEP}; SameSite=Lax",
        Lang::COOKIE,
        lang.tag()
    );
    (
        StatusCode::SEE_OTHER,
        [(LOCATION, encode(&to)), (SET_COOKIE, cookie)],
    )
        .into_response()
}

/// Whether a path stays on this site: a link of ours must not lead anywhere else.
fn is_ours(to: &str) -> bool {
    to.starts_with('/')
        && !to.starts_with("//")
        && !to.contains('\\')
        && !to.chars().any(char::is_control)
}

/// Percent-encodes what a header cannot carry: room addresses may be in Korean.
fn encode(path: &str) -> String {
    path.bytes()
        .fold(String::with_capacity(path.len()), |mut encoded, byte| {
            if byte.is_ascii_graphic() {
                encoded.push(char::from(byte));
            } else {
                encoded.push_str(&format!("%{byte:02X}"));
            }
            encoded
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_wins_over_the_browser() {
        let mut headers = HeaderMap::new();
        assert_eq!(language_of(&headers), Lang::En);
        headers.insert(ACCEPT_LANGUAGE, "ko-KR,ko;q=0.9".parse().unwrap());
        assert_eq!(language_of(&headers), Lang::Ko);
        headers.insert(COOKIE, "lang=en".parse().unwrap());
        assert_eq!(language_of(&headers), Lang::En);
    }

    #[test]
    fn the_switch_leads_nowhere_else() {
        for bad in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "",
            "/a\nb",
        ] {
            assert!(!is_ours(bad), "{bad:?}");
        }
        assert!(is_ours("/rooms/우리방"));
        assert_eq!(encode("/rooms/우"), "/rooms/%EC%9A%B0");
    }
}
