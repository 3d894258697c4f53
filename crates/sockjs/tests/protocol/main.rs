//! The protocol, rule by rule. A test called `test_…` in a module called after a class of the test
//! suite sockjs-protocol keeps the rule of the same name there; the others keep rules of our own.

mod bad_input;
mod eventsource;
mod framing;
mod greeting;
mod handling_close;
mod handshake;
mod heartbeat;
mod html_file;
mod http_versions;
mod iframe_page;
mod info;
mod jsessionid_cookie;
mod json_encoding;
mod json_polling;
mod origins;
mod raw_websocket;
mod seats;
mod session_urls;
mod spring;
mod support;
mod websocket;
mod websocket_close;
mod websocket_limits;
mod xhr_polling;
mod xhr_streaming;
