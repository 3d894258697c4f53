//! Requests, and answers that are read while they come.
//!
//! Whatever goes wrong is `None`: a browser does not tell a page why a request failed.

use js_sys::{Promise, Reflect, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader, RequestInit, Response};

/// Requests that outlive their page may hold so much; a browser refuses more than 64 KiB.
const KEEPALIVE: usize = 60 * 1024;

/// Posts this, until `signal` says no. What is small enough is posted even if the page goes
/// meanwhile: nobody waits for last words.
pub(super) async fn post(url: &str, body: Option<&str>, signal: &AbortSignal) -> Option<Response> {
    let options = RequestInit::new();
    options.set_method("POST");
    options.set_signal(Some(signal));
    if let Some(body) = body {
        options.set_body(&JsValue::from_str(body));
        let keepalive = JsValue::from_bool(body.len() <= KEEPALIVE);
        Reflect::set(&options, &JsValue::from_str("keepalive"), &keepalive).ok()?;
    }
    answer(window().fetch_with_str_and_init(url, &options)).await
}

/// The answer to a request, once its head is there.
pub(super) async fn answer(request: Promise) -> Option<Response> {
    settled(request).await?.dyn_into().ok()
}

/// What a promise holds.
pub(super) async fn settled(promise: Promise) -> Option<JsValue> {
    JsFuture::from(promise).await.ok()
}

/// The body of an answer, piece by piece.
pub(super) struct Body(ReadableStreamDefaultReader);

/// What comes of a body.
pub(super) enum Piece {
    Bytes(Vec<u8>),
    End,
}

impl Body {
    pub(super) fn of(answer: &Response) -> Option<Self> {
        let reader = ReadableStreamDefaultReader::new(&answer.body()?);
        reader.ok().map(Self)
    }

    /// The next piece, as soon as it has arrived. Not cancel safe: a piece would be lost.
    pub(super) async fn next(&self) -> Option<Piece> {
        let read = settled(self.0.read()).await?;
        let field = |name| Reflect::get(&read, &JsValue::from_str(name)).ok();
        if field("done")?.is_truthy() {
            return Some(Piece::End);
        }
        let bytes: Uint8Array = field("value")?.dyn_into().ok()?;
        Some(Piece::Bytes(bytes.to_vec()))
    }
}
