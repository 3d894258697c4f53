//! How many answers a peer has had, which it may say in the query: an answer that is lost on its
//! way comes to light by it.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::reply;

/// Takes `answers` out of the query; `None`: the peer does not count, as `sockjs-client` does not.
pub(crate) fn read(query: Option<&str>) -> Result<Option<u32>, Uncounted> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(key, _)| key == "answers")
        .map(|(_, count)| count.parse().map_err(|_| Uncounted))
        .transpose()
}

/// What stands there is no count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uncounted;

impl IntoResponse for Uncounted {
    fn into_response(self) -> Response {
        let text = "\"answers\" must be the number of answers received in this session\n";
        reply::plain(StatusCode::BAD_REQUEST, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_a_number_and_may_be_left_out() {
        assert_eq!(read(None), Ok(None));
        assert_eq!(read(Some("t=1700000000")), Ok(None));
        assert_eq!(read(Some("t=1&answers=0")), Ok(Some(0)));
        let most = format!("answers={}", u32::MAX);
        assert_eq!(read(Some(&most)), Ok(Some(u32::MAX)));
    }

    #[test]
    fn what_is_no_count_is_refused() {
        for query in ["answers", "answers=", "answers=-1", "answers=x"] {
            assert_eq!(read(Some(query)), Err(Uncounted), "{query}");
        }
        let more = format!("answers={}0", u32::MAX);
        assert_eq!(read(Some(&more)), Err(Uncounted));
    }
}
