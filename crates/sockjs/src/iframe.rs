//! The page for the iframe transports, and the scripts of `sockjs-client` that it loads.
//!
//! A browser that cannot ask another site directly puts this page of ours into a hidden frame and
//! lets it ask. The page speaks with our site's authority, so browsers are told which sites may
//! frame it.
//!
//! The page has to run the very version of the script that the visitor does. Clients up to 0.3 name
//! it in the address, `/iframe-{version}.html`; those from 1.0 on ask for `/iframe.html` and name
//! it only in their first message to the page. So that page gets a small script of ours, which
//! waits for the message and loads the one that is named.

use std::{
    collections::HashMap,
    fs,
    hash::{DefaultHasher, Hasher},
    io,
    path::Path,
};

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{
            CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use crate::{Options, reply};

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=UTF-8");
const SCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=UTF-8");

/// Scripts that are kept in memory, and the bytes of each. The real ones have some 60 KiB.
const MAX_SCRIPTS: usize = 32;
const MAX_SCRIPT: u64 = 1024 * 1024;

/// What `/iframe.html` loads, hosted as if it were a version.
const BOOTSTRAP: &str = "bootstrap";
const BOOTSTRAP_SCRIPT: &str = include_str!("iframe/bootstrap.js");

/// The versions of `sockjs-client` that an endpoint has.
#[derive(Debug, Default)]
pub(crate) struct Scripts(HashMap<String, File>);

#[derive(Debug)]
struct File {
    etag: HeaderValue,
    content: Bytes,
}

impl File {
    fn new(content: Bytes) -> Self {
        let etag = etag(&content);
        Self { etag, content }
    }
}

impl Scripts {
    /// Reads the `sockjs-{version}.min.js` of the folder. What cannot be read is left out, since
    /// everything else works without.
    pub(crate) fn load(folder: Option<&Path>) -> Self {
        let Some(folder) = folder else {
            return Self::default();
        };
        let mut scripts = HashMap::new();
        if let Err(error) = Self::read(folder, &mut scripts) {
            let folder = folder.display();
            tracing::warn!(%folder, %error, "no scripts of sockjs-client for the iframe transports");
        }
        if !scripts.is_empty() {
            let bootstrap = File::new(Bytes::from_static(BOOTSTRAP_SCRIPT.as_bytes()));
            scripts.insert(BOOTSTRAP.to_owned(), bootstrap);
        }
        Self(scripts)
    }

    fn read(folder: &Path, scripts: &mut HashMap<String, File>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let version = name
                .to_str()
                .and_then(|name| name.strip_prefix("sockjs-")?.strip_suffix(".min.js"));
            let Some(version) = version else { continue };
            if scripts.len() == MAX_SCRIPTS || fs::metadata(entry.path())?.len() > MAX_SCRIPT {
                let script = entry.path();
                let script = script.display();
                tracing::warn!(%script, "a script is left out: too large, or too many");
                continue;
            }
            let content = Bytes::from(fs::read(entry.path())?);
            scripts.insert(version.to_owned(), File::new(content));
        }
        Ok(())
    }

    /// `/sockjs-{version}.min.js`.
    pub(crate) fn script(&self, version: &str, request: &Parts) -> Response {
        let Some(file) = self.0.get(version) else {
            return not_found();
        };
        answer(
            request,
            SCRIPT,
            &file.etag,
            file.content.clone(),
            |headers| {
                reply::cache_for_a_year(headers);
            },
        )
    }

    /// `/iframe*.html`: `name` is what stands for `iframe*`, and `base` the path of the endpoint as
    /// the visitor knows it.
    pub(crate) fn page(
        &self,
        name: &str,
        base: &str,
        options: &Options,
        request: &Parts,
    ) -> Response {
        let script = match &options.client_url {
            Some(url) => url.clone(),
            None => {
                let version = match name.strip_prefix("iframe-") {
                    Some(version) => version,
                    None => BOOTSTRAP,
                };
                if !self.0.contains_key(version) {
                    return not_found();
                }
                format!("{base}/sockjs-{version}.min.js")
            }
        };
        let page = Bytes::from(page(&script));
        answer(request, HTML, &etag(&page), page, |headers| {
            if let Some(policy) = options.allowed_origins.frame_ancestors() {
                headers.insert(CONTENT_SECURITY_POLICY, policy);
            }
            if options.spring_compat {
                reply::never_cache(headers, true);
                headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
            } else {
                reply::cache_for_a_year(headers);
            }
        })
    }
}

fn not_found() -> Response {
    reply::plain(
        StatusCode::NOT_FOUND,
        "There is no script of this version of sockjs-client here.\n",
    )
}

/// The content, or 304 for a visitor who has it already.
fn answer(
    request: &Parts,
    content_type: HeaderValue,
    etag: &HeaderValue,
    content: Bytes,
    caching: impl FnOnce(&mut HeaderMap),
) -> Response {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return reply::method_not_allowed("GET");
    }
    let mut response = if is_known(etag, &request.headers) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let headers = [
            (CONTENT_TYPE, content_type),
            (X_CONTENT_TYPE_OPTIONS, reply::NOSNIFF),
        ];
        (headers, Body::from(content)).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, etag.clone());
    caching(headers);
    response
}

/// Whether `If-None-Match` lists the tag, or any (RFC 9110 section 13.1.2).
fn is_known(etag: &HeaderValue, request: &HeaderMap) -> bool {
    request
        .get_all(IF_NONE_MATCH)
        .iter()
        .flat_map(|tags| tags.as_bytes().split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
        .map(|tag| tag.strip_prefix(b"W/").unwrap_or(tag))
        .any(|tag| tag == b"*" || tag == etag.as_bytes())
}

/// A name for the content that is another one when the content is.
fn etag(content: &[u8]) -> HeaderValue {
    // Without secret keys, so that all servers of one build give the same name.
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    // It holds quotes and hexadecimal digits only, which any header may.
    HeaderValue::from_str(&format!("\"{:016x}\"", hasher.finish()))
        .unwrap_or(HeaderValue::from_static("\"\""))
}

/// The page as the protocol has it, word by word.
fn page(script: &str) -> String {
    let script = escape(script);
    format!(
        r#"<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="{script}"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>
"#
    )
}

/// An attribute's value; the path of a request may hold quotes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}
