//! How what a session says looks in the responses of each transport.

use std::str;

use axum::http::{HeaderValue, request::Parts};
use bytes::Bytes;

use super::callback::{Callback, CallbackError};
use crate::{Transport, frame, session::Said};

const JAVASCRIPT: HeaderValue = HeaderValue::from_static("application/javascript; charset=UTF-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=UTF-8");
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");
const SPRING_EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream;charset=UTF-8");

/// What a streaming response begins with, as some browsers hold back the first bytes of a response
/// until there are this many.
const XHR_PRELUDE: [u8; 2049] = {
    let mut prelude = [b'h'; 2049];
    prelude[2048] = b'\n';
    prelude
};

/// The same for pages, in bytes: with less, Internet Explorer and Safari show nothing.
const HTML_PRELUDE: usize = 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    XhrPolling,
    XhrStreaming,
    EventSource { spring: bool },
    HtmlFile(Callback),
    JsonpPolling(Callback),
}

impl Format {
    /// The format of a transport, with what the request says about it.
    pub(crate) fn read(
        transport: Transport,
        request: &Parts,
        spring: bool,
    ) -> Result<Self, CallbackError> {
        let callback = || Callback::parse(request.uri.query());
        Ok(match transport {
            Transport::XhrStreaming => Self::XhrStreaming,
            Transport::EventSource => Self::EventSource { spring },
            Transport::HtmlFile if spring => {
                Self::HtmlFile(callback().map_err(|_| CallbackError::Missing)?)
            }
            Transport::HtmlFile => Self::HtmlFile(callback()?),
            Transport::JsonpPolling => Self::JsonpPolling(callback()?),
            // A WebSocket is never asked for its format.
            Transport::XhrPolling | Transport::WebSocket | Transport::RawWebSocket => {
                Self::XhrPolling
            }
        })
    }

    /// Whether one response has many frames.
    pub(super) fn is_streaming(&self) -> bool {
        match self {
            Self::XhrStreaming | Self::EventSource { .. } | Self::HtmlFile(_) => true,
            Self::XhrPolling | Self::JsonpPolling(_) => false,
        }
    }

    pub(super) fn content_type(&self) -> HeaderValue {
        match self {
            Self::XhrPolling | Self::XhrStreaming | Self::JsonpPolling(_) => JAVASCRIPT,
            Self::EventSource { spring: false } => EVENTS,
            Self::EventSource { spring: true } => SPRING_EVENTS,
            Self::HtmlFile(_) => HTML,
        }
    }

    /// What comes before the first frame of a streaming response.
    pub(super) fn prelude(&self) -> Option<Bytes> {
        match self {
            Self::XhrPolling | Self::JsonpPolling(_) => None,
            Self::XhrStreaming => Some(Bytes::from_static(&XHR_PRELUDE)),
            // Some versions of Opera skip the first line.
            Self::EventSource { .. } => Some(Bytes::from_static(b"\r\n")),
            Self::HtmlFile(callback) => Some(html_prelude(callback.name()).into()),
        }
    }

    /// What the session says, as one frame.
    pub(super) fn encode(&self, said: &Said) -> Bytes {
        // Quoting makes a message longer than it is, by a tenth or so for STOMP.
        let mut frame = String::with_capacity(said_bytes(said) * 9 / 8 + 64);
        if let Self::EventSource { .. } = self {
            frame.push_str("data: ");
        }
        append_frame(said, &mut frame);
        match self {
            Self::XhrPolling | Self::XhrStreaming => frame.push('\n'),
            Self::EventSource { .. } => frame.push_str("\r\n\r\n"),
            Self::HtmlFile(_) => frame = script(&frame),
            Self::JsonpPolling(callback) => {
                let mut call = format!("/**/{}(", callback.name());
                frame::append_quoted(&frame, &mut call);
                call.push_str(");\r\n");
                frame = call;
            }
        }
        frame.into()
    }
}

fn said_bytes(said: &Said) -> usize {
    match said {
        Said::Messages(messages) => messages.iter().map(|message| message.len() + 3).sum(),
        Said::Open | Said::Heartbeat | Said::Over(_) => 0,
    }
}

fn append_frame(said: &Said, out: &mut String) {
    match said {
        Said::Open => out.push_str(frame::OPEN),
        Said::Heartbeat => out.push_str(frame::HEARTBEAT),
        Said::Messages(messages) => {
            // A message that is no text was refused when it was sent.
            let texts = messages.iter().filter_map(|text| str::from_utf8(text).ok());
            frame::append_messages(texts, out);
        }
        Said::Over(goodbye) => out.push_str(&frame::close(goodbye.code, &goodbye.reason)),
    }
}

/// A script that hands the frame to the page. Without its `<`, nothing in it can end the script.
fn script(frame: &str) -> String {
    let mut quoted = String::with_capacity(frame.len() + frame.len() / 8 + 64);
    quoted.push_str("<script>\np(");
    let start = quoted.len();
    frame::append_quoted(frame, &mut quoted);
    if quoted[start..].contains('<') {
        let safe = quoted[start..].replace('<', "\\u003c");
        quoted.truncate(start);
        quoted.push_str(&safe);
    }
    quoted.push_str(");\n</script>\r\n");
    quoted
}

/// The page around the scripts, as the protocol has it.
fn html_prelude(callback: &str) -> String {
    let head = format!(
        r#"<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.{callback};
    c.start();
    function p(d) {{c.message(d);}};
    window.onload = function() {{c.stop();}};
  </script>"#
    );
    format!("{head:HTML_PRELUDE$}\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Goodbye;

    fn callback() -> Callback {
        Callback::parse(Some("c=cb")).unwrap()
    }

    fn messages(texts: &[&'static str]) -> Said {
        Said::Messages(
            texts
                .iter()
                .map(|text| Bytes::from_static(text.as_bytes()))
                .collect(),
        )
    }

    #[test]
    fn every_format_wraps_a_frame_in_its_own_way() {
        let said = messages(&["x", "y"]);
        for (format, expected) in [
            (Format::XhrPolling, "a[\"x\",\"y\"]\n"),
            (Format::XhrStreaming, "a[\"x\",\"y\"]\n"),
            (
                Format::EventSource { spring: false },
                "data: a[\"x\",\"y\"]\r\n\r\n",
            ),
            (
                Format::HtmlFile(callback()),
                "<script>\np(\"a[\\\"x\\\",\\\"y\\\"]\");\n</script>\r\n",
            ),
            (
                Format::JsonpPolling(callback()),
                "/**/cb(\"a[\\\"x\\\",\\\"y\\\"]\");\r\n",
            ),
        ] {
            assert_eq!(format.encode(&said), expected);
        }
    }

    #[test]
    fn every_frame_has_its_letter() {
        for (said, expected) in [
            (Said::Open, "o\n"),
            (Said::Heartbeat, "h\n"),
            (
                Said::Over(Goodbye::new(3000, "Go away!")),
                "c[3000,\"Go away!\"]\n",
            ),
        ] {
            assert_eq!(Format::XhrPolling.encode(&said), expected);
        }
    }

    #[test]
    fn no_message_can_end_the_script_that_carries_it() {
        let script = Format::HtmlFile(callback()).encode(&messages(&["</script><!--"]));
        assert_eq!(
            script,
            "<script>\np(\"a[\\\"\\u003c/script>\\u003c!--\\\"]\");\n</script>\r\n"
        );
    }

    #[test]
    fn preludes_are_long_enough_for_the_browsers_that_need_them() {
        let prelude = |format: Format| format.prelude().map(|prelude| prelude.len());
        assert_eq!(prelude(Format::XhrPolling), None);
        assert_eq!(prelude(Format::JsonpPolling(callback())), None);
        assert_eq!(prelude(Format::XhrStreaming), Some(2049));
        assert_eq!(prelude(Format::EventSource { spring: false }), Some(2));
        assert_eq!(prelude(Format::HtmlFile(callback())), Some(1028));
    }
}
