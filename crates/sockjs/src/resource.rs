//! From a path to what it names.

use crate::Transport;

/// Bytes of a session's id. Clients make ids of some ten bytes; without a limit, long ones would
/// fill our memory where nothing else of a session is that large.
const MAX_ID: usize = 256;

/// What a path below the prefix names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Resource<'a> {
    Greeting,
    Info,
    /// `/iframe*.html`, with the name that stands for `iframe*`.
    Iframe(&'a str),
    /// `/sockjs-{version}.min.js`.
    Script(&'a str),
    WebSocket(Transport),
    /// Where a session is opened and its messages are fetched.
    Fetch {
        session: &'a str,
        transport: Transport,
    },
    /// Where messages are posted to a session; by a form in the case of JSONP.
    Post {
        session: &'a str,
        jsonp: bool,
    },
}

impl<'a> Resource<'a> {
    /// The ids in `/{server}/{session}/{transport}` may be anything but empty and have no dot
    /// (sockjs-protocol, "Session URLs"). The server's is for load balancers.
    pub(crate) fn parse(below: &'a str) -> Option<Self> {
        let mut parts = match below {
            "" | "/" => return Some(Self::Greeting),
            "/info" => return Some(Self::Info),
            "/websocket" => return Some(Self::WebSocket(Transport::RawWebSocket)),
            _ => below.strip_prefix('/')?.split('/'),
        };
        let server = parts.next()?;
        let Some(session) = parts.next() else {
            return Self::file(server);
        };
        let transport = parts.next()?;
        let named = |id: &str| !id.is_empty() && id.len() <= MAX_ID && !id.contains('.');
        if !named(server) || !named(session) || parts.next().is_some() {
            return None;
        }
        let fetch = |transport| Self::Fetch { session, transport };
        Some(match transport {
            "websocket" => Self::WebSocket(Transport::WebSocket),
            "xhr" => fetch(Transport::XhrPolling),
            "xhr_streaming" => fetch(Transport::XhrStreaming),
            "eventsource" => fetch(Transport::EventSource),
            "htmlfile" => fetch(Transport::HtmlFile),
            "jsonp" => fetch(Transport::JsonpPolling),
            "xhr_send" => Self::Post {
                session,
                jsonp: false,
            },
            "jsonp_send" => Self::Post {
                session,
                jsonp: true,
            },
            _ => return None,
        })
    }

    fn file(name: &'a str) -> Option<Self> {
        if let Some(version) = name.strip_prefix("sockjs-") {
            return version.strip_suffix(".min.js").map(Self::Script);
        }
        let page = name.strip_suffix(".html")?;
        let allowed = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-' | b'.' | b'_');
        let rest = page.strip_prefix("iframe")?;
        rest.bytes().all(allowed).then_some(Self::Iframe(page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_resources() {
        for below in ["", "/"] {
            assert_eq!(Resource::parse(below), Some(Resource::Greeting));
        }
        assert_eq!(Resource::parse("/info"), Some(Resource::Info));
        assert_eq!(
            Resource::parse("/websocket"),
            Some(Resource::WebSocket(Transport::RawWebSocket))
        );
        for below in [
            "/000/abc/websocket",
            "/_/_/websocket",
            "/h_i-j%20/1/websocket",
        ] {
            assert_eq!(
                Resource::parse(below),
                Some(Resource::WebSocket(Transport::WebSocket))
            );
        }
    }

    #[test]
    fn the_last_part_is_the_transport_and_the_one_before_it_the_session() {
        let fetch = |transport| {
            Some(Resource::Fetch {
                session: "abc",
                transport,
            })
        };
        for (name, transport) in [
            ("xhr", Transport::XhrPolling),
            ("xhr_streaming", Transport::XhrStreaming),
            ("eventsource", Transport::EventSource),
            ("htmlfile", Transport::HtmlFile),
            ("jsonp", Transport::JsonpPolling),
        ] {
            assert_eq!(
                Resource::parse(&format!("/000/abc/{name}")),
                fetch(transport)
            );
        }
        for (name, jsonp) in [("xhr_send", false), ("jsonp_send", true)] {
            let post = Some(Resource::Post {
                session: "abc",
                jsonp,
            });
            assert_eq!(Resource::parse(&format!("/999/abc/{name}")), post);
        }
    }

    #[test]
    fn ids_are_256_bytes_long_at_most() {
        let long = "x".repeat(256);
        assert!(Resource::parse(&format!("/{long}/{long}/xhr")).is_some());
        assert_eq!(Resource::parse(&format!("/x/{long}x/xhr")), None);
        assert_eq!(Resource::parse(&format!("/{long}x/x/xhr")), None);
    }

    #[test]
    fn pages_and_scripts_are_named_by_version() {
        for (below, page) in [
            ("/iframe.html", "iframe"),
            ("/iframe-a.html", "iframe-a"),
            ("/iframe-.html", "iframe-"),
            ("/iframe-0.1.2.html", "iframe-0.1.2"),
            (
                "/iframe-0.1.2abc-dirty.2144.html",
                "iframe-0.1.2abc-dirty.2144",
            ),
        ] {
            assert_eq!(Resource::parse(below), Some(Resource::Iframe(page)));
        }
        assert_eq!(
            Resource::parse("/sockjs-1.6.1.min.js"),
            Some(Resource::Script("1.6.1"))
        );
        for below in [
            "/iframe.htm",
            "/iframe",
            "/IFRAME.HTML",
            "/IFRAME",
            "/iframe.HTML",
            "/iframe.xml",
            "/iframe-/.html",
            "/iframe-A.html",
            "/iframe%2e.html",
            "/xiframe.html",
            "/sockjs-1.6.1.js",
            "/sockjs.min.js",
        ] {
            assert_eq!(Resource::parse(below), None, "{below}");
        }
    }

    #[test]
    fn paths_with_empty_parts_dots_or_a_wrong_number_of_parts_name_nothing() {
        for below in [
            "//",
            "///",
            "/a",
            "/a.html",
            "/a/a",
            "/a/a/",
            "/info/",
            "/websocket/",
            "///websocket",
            "//a/websocket",
            "/a//websocket",
            "/a./a/websocket",
            "/a/a./websocket",
            "/./.a/websocket",
            "/a/b/c/websocket",
            "/a/b/websocket/",
            "/a/b/WebSocket",
            "/a/b/xhr_",
            "/a/b/XHR",
            "/a./a/xhr",
            "/a/a./xhr_send",
            "/a/b/c/xhr",
            "/a//xhr",
            "/xhr",
            "x/a/b/websocket",
            "x",
        ] {
            assert_eq!(Resource::parse(below), None, "{below}");
        }
    }
}
