//! Requests of the browser, and answers that are read while they come.
//!
//! Whatever goes wrong is `None`: a browser does not tell a page why a request failed.

use gloo_net::http::{Request, Response};
use js_sys::{Object, Promise, Reflect, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader, RequestInit};

/// Requests that outlive their page may hold so much; a browser refuses more than 64 KiB.
const KEEPALIVE: usize = 60 * 1024;

/// Gets this.
pub(crate) async fn get(url: &str) -> Option<Response> {
    Request::get(url).send().await.ok()
}

/// Posts this, until `signal` says no; a body is JSON. What is small enough is posted even if the
/// page goes meanwhile, which the builder of gloo-net cannot ask for: nobody waits for last words.
pub(crate) async fn post(
    url: &str,
    body: Option<&str>,
    signal: Option<&AbortSignal>,
) -> Option<Response> {
    let options = RequestInit::new();
    options.set_method("POST");
    options.set_signal(signal);
    if let Some(body) = body {
        options.set_body(&JsValue::from_str(body));
        let headers = Object::new();
        set(
            &headers,
            "content-type",
            &JsValue::from_str("application/json"),
        )?;
        options.set_headers(&headers);
        let keepalive = JsValue::from_bool(body.len() <= KEEPALIVE);
        set(&options, "keepalive", &keepalive)?;
    }
    let answer = settled(window().fetch_with_str_and_init(url, &options)).await?;
    let answer: web_sys::Response = answer.dyn_into().ok()?;
    Some(answer.into())
}

/// The whole body of an answer.
pub(crate) async fn text(answer: &Response) -> Option<String> {
    answer.text().await.ok()
}

async fn settled(promise: Promise) -> Option<JsValue> {
    JsFuture::from(promise).await.ok()
}

fn set(object: &Object, name: &str, value: &JsValue) -> Option<()> {
    Reflect::set(object, &JsValue::from_str(name), value).ok()?;
    Some(())
}

/// The body of an answer, piece by piece.
pub(crate) struct Body(ReadableStreamDefaultReader);

/// What comes of a body.
pub(crate) enum Piece {
    Bytes(Vec<u8>),
    End,
}

impl Body {
    pub(crate) fn of(answer: &Response) -> Option<Self> {
        let reader = ReadableStreamDefaultReader::new(&answer.body()?);
        reader.ok().map(Self)
    }

    /// The next piece, as soon as it has arrived. Not cancel safe: a piece would be lost.
    pub(crate) async fn next(&self) -> Option<Piece> {
        let read = settled(self.0.read()).await?;
        let field = |name| Reflect::get(&read, &JsValue::from_str(name)).ok();
        if field("done")?.is_truthy() {
            return Some(Piece::End);
        }
        let bytes: Uint8Array = field("value")?.dyn_into().ok()?;
        Some(Piece::Bytes(bytes.to_vec()))
    }
}
