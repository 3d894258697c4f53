//! The name of a function in the page that asks, which comes in the query.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::reply;

/// Bytes of a callback. The client makes some of ten.
const MAX_CALLBACK: usize = 32;

/// A function of the page. It goes into a script as it is, so it holds letters, digits, `-`, `_`
/// and `.` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Callback(String);

impl Callback {
    /// Takes `c` or `callback` out of the query.
    pub(super) fn parse(query: Option<&str>) -> Result<Self, CallbackError> {
        let (_, name) = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
            .find(|(key, _)| key == "c" || key == "callback")
            .filter(|(_, name)| !name.is_empty())
            .ok_or(CallbackError::Missing)?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.len() <= MAX_CALLBACK && name.bytes().all(allowed) {
            Ok(Self(name.into_owned()))
        } else {
            Err(CallbackError::Invalid)
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }
}

/// Why there is no callback; the texts are the protocol's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallbackError {
    Missing,
    Invalid,
}

impl IntoResponse for CallbackError {
    fn into_response(self) -> Response {
        let text = match self {
            Self::Missing => "\"callback\" parameter required\n",
            Self::Invalid => "invalid \"callback\" parameter\n",
        };
        reply::plain(StatusCode::INTERNAL_SERVER_ERROR, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<String, CallbackError> {
        Callback::parse(Some(query)).map(|callback| callback.0)
    }

    #[test]
    fn a_callback_is_a_dotted_name() {
        assert_eq!(parse("c=callback").unwrap(), "callback");
        assert_eq!(parse("c=%63allback").unwrap(), "callback");
        assert_eq!(parse("t=1&c=_jp.a-Z_9").unwrap(), "_jp.a-Z_9");
        assert_eq!(parse("callback=x").unwrap(), "x");
    }

    #[test]
    fn a_request_without_a_name_has_none() {
        for query in ["", "c", "c=", "x=y", "C=x"] {
            assert_eq!(parse(query), Err(CallbackError::Missing), "{query}");
        }
        assert_eq!(Callback::parse(None), Err(CallbackError::Missing));
    }

    #[test]
    fn what_could_be_a_script_is_no_name() {
        for query in [
            "c=%20",
            "c=*",
            "c=abc(",
            "c=abc%28",
            "c=a+b",
            "c=%ed%95%9c",
            "c=a%0a",
        ] {
            assert_eq!(parse(query), Err(CallbackError::Invalid), "{query}");
        }
    }

    #[test]
    fn a_name_has_32_characters_at_most() {
        assert!(parse(&format!("c={}", "x".repeat(32))).is_ok());
        let long = parse(&format!("c={}", "x".repeat(33)));
        assert_eq!(long, Err(CallbackError::Invalid));
    }
}
