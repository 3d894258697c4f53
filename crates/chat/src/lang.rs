//! The languages that people read here.

use serde::{Deserialize, Serialize};

/// Korean or English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    Ko,
    #[default]
    En,
}

impl Lang {
    /// The cookie in which a visitor's own choice is kept.
    pub const COOKIE: &str = "lang";

    /// All of them, in the order in which the switch shows them.
    pub const ALL: [Self; 2] = [Self::Ko, Self::En];

    /// The language tag, as `<html lang>` wants it.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::En => "en",
        }
    }

    /// What its readers call it.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Ko => "한국어",
            Self::En => "English",
        }
    }

    /// The language of a tag such as `ko`, `ko-KR` or `EN`.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag).trim();
        Self::ALL
            .into_iter()
            .find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }

    /// The best of ours for an `Accept-Language` header (RFC 9110, section 12.5.4): the highest
    /// quality wins, the earlier of two equals; English where we speak none of them.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (0.0_f32, Self::default());
        for item in header.split(',') {
            let mut parts = item.split(';');
            let Some(lang) = parts.next().and_then(Self::from_tag) else {
                continue;
            };
            let quality = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
            if quality > best.0 {
                best = (quality, lang);
            }
        }
        best.1
    }

    /// The choice that a `Cookie` header carries, if any.
    #[must_use]
    pub fn from_cookies(header: &str) -> Option<Self> {
        header
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == Self::COOKIE)
            .and_then(|(_, value)| Self::from_tag(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_language_is_weighed() {
        for (header, lang) in [
            ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", Lang::Ko),
            ("en-US,en;q=0.9,ko;q=0.8", Lang::En),
            ("fr, ko;q=0.4, en;q=0.3", Lang::Ko),
            ("fr, de;q=0.5", Lang::En),
            ("en;q=0, ko;q=0.1", Lang::Ko),
            ("ko;q=nonsense, en;q=0.1", Lang::En),
            ("", Lang::En),
        ] {
            assert_eq!(Lang::from_accept_language(header), lang, "{header}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        assert_eq!(Lang::from_cookies("a=b; lang=ko; c=d"), Some(Lang::Ko));
        assert_eq!(Lang::from_cookies("language=ko"), None);
        assert_eq!(Lang::from_cookies("lang=xx"), None);
    }
}
