//! Which sites may connect: the check of `Origin` (RFC 6454) that browsers leave to servers where
//! WebSockets, forms and scripts are concerned.

use std::{fmt, str::FromStr, sync::Arc};

use axum::http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode, Uri,
    header::{HOST, ORIGIN, REFERER},
    request::Parts,
};
use axum::response::{IntoResponse, Response};

use crate::reply;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Bytes of a foreign origin that its refusal repeats.
const MAX_SHOWN: usize = 200;

/// The sites whose pages may open sessions.
///
/// Without a check, any page that somebody has open could talk to the server in their name, with
/// their cookies. Programs that are no browsers send no `Origin` and are always let in.
///
/// The site of the server itself is always allowed: an `Origin` whose host and port are those of
/// the request's `Host`. The scheme is not compared, since behind a proxy that ends TLS the server
/// cannot know it. A proxy has to pass `Host` on as the browser sent it; `X-Forwarded-Host` is not
/// looked at.
///
/// ```
/// use sockjs::AllowedOrigins;
///
/// let same_site_only = AllowedOrigins::default();
/// let family = AllowedOrigins::patterns(["https://*.example.org", "http://localhost:*"])?;
/// let anybody = AllowedOrigins::any();
/// assert_eq!("https://a.example, https://b.example".parse(),
///     AllowedOrigins::patterns(["https://a.example", "https://b.example"]));
/// # Ok::<(), sockjs::PatternError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Rule);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Rule {
    #[default]
    Same,
    Listed(Arc<[Box<str>]>),
    Any,
}

impl AllowedOrigins {
    /// Only the site of the server itself. The default.
    pub fn same() -> Self {
        Self(Rule::Same)
    }

    /// Every site, and pages from files too.
    pub fn any() -> Self {
        Self(Rule::Any)
    }

    /// The site of the server itself, and those that one of the patterns matches.
    ///
    /// A pattern is `scheme://host` or `scheme://host:port`, in any case. A `*` in it stands for
    /// any characters but `/` and `:`, none included: `https://*.example.org` is every subdomain,
    /// `http://localhost:*` every port. The pattern `null` is the origin of pages from files and
    /// of sandboxed frames. The pattern `*` is [`AllowedOrigins::any`].
    ///
    /// # Errors
    /// [`PatternError`] for the first pattern that is none of these and could match nothing.
    pub fn patterns<I>(patterns: I) -> Result<Self, PatternError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut listed = Vec::new();
        for pattern in patterns {
            match pattern.as_ref() {
                "*" => return Ok(Self::any()),
                pattern => listed.push(parse(pattern)?),
            }
        }
        Ok(if listed.is_empty() {
            Self::same()
        } else {
            Self(Rule::Listed(listed.into()))
        })
    }

    /// Whether every site is allowed.
    pub fn is_any(&self) -> bool {
        self.0 == Rule::Any
    }

    /// Checks where a request comes from.
    ///
    /// Browsers send no `Origin` with scripts and frames of another site. They do tell that it is
    /// another one, and then its `Referer` is looked at; where there is none, the answer is no.
    pub(crate) fn admit(&self, request: &Parts) -> Result<(), Foreign> {
        if self.is_any() {
            return Ok(());
        }
        let headers = &request.headers;
        let mut origins = headers.get_all(ORIGIN).iter();
        let origin = match (origins.next(), origins.next()) {
            (None, _) if !is_cross_site(headers) => return Ok(()),
            (None, _) => referer_origin(headers).ok_or_else(|| Foreign("unknown".to_owned()))?,
            (Some(origin), None) => String::from_utf8_lossy(origin.as_bytes()).to_lowercase(),
            (Some(_), Some(_)) => return Err(Foreign("several".to_owned())),
        };
        if self.allows(&origin, host(headers, &request.uri)) {
            Ok(())
        } else {
            Err(Foreign(origin))
        }
    }

    fn allows(&self, origin: &str, host: Option<&str>) -> bool {
        match &self.0 {
            Rule::Any => true,
            Rule::Same => is_same(origin, host),
            Rule::Listed(patterns) => {
                is_same(origin, host) || patterns.iter().any(|pattern| matches(pattern, origin))
            }
        }
    }

    /// The `Content-Security-Policy` of a page that only these sites may put into a frame; `None`
    /// where all may.
    pub(crate) fn frame_ancestors(&self) -> Option<HeaderValue> {
        let mut policy = String::from("frame-ancestors 'self'");
        match &self.0 {
            Rule::Any => return None,
            Rule::Same => {}
            Rule::Listed(patterns) => {
                for pattern in patterns.iter().filter(|pattern| &***pattern != "null") {
                    policy.push(' ');
                    policy.push_str(pattern);
                }
            }
        }
        // Patterns are visible ASCII.
        HeaderValue::from_str(&policy).ok()
    }
}

impl FromStr for AllowedOrigins {
    type Err = PatternError;

    /// Patterns with commas between them, see [`AllowedOrigins::patterns`]; nothing at all is
    /// [`AllowedOrigins::same`].
    fn from_str(list: &str) -> Result<Self, PatternError> {
        Self::patterns(
            list.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty()),
        )
    }
}

impl fmt::Display for AllowedOrigins {
    /// What `from_str` reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Rule::Same => Ok(()),
            Rule::Any => f.write_str("*"),
            Rule::Listed(patterns) => f.write_str(&patterns.join(",")),
        }
    }
}

/// A pattern that is not `scheme://host[:port]`, `null` or `*`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no origin: write scheme://host or scheme://host:port, without a path or a slash at \
     the end, such as https://*.example.org"
)]
pub struct PatternError(String);

/// A site that may not connect.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Foreign(String);

impl IntoResponse for Foreign {
    fn into_response(self) -> Response {
        let shown = &self.0[..self.0.floor_char_boundary(MAX_SHOWN)];
        let text = format!(
            "Origin {shown:?} is not allowed here. If it should be, add it to the allowed origins; \
             if it is this very site, have the proxy pass the Host header on unchanged.\n"
        );
        reply::plain(StatusCode::FORBIDDEN, text)
    }
}

/// A pattern in the form that origins have.
fn parse(pattern: &str) -> Result<Box<str>, PatternError> {
    if pattern == "null" {
        return Ok(pattern.into());
    }
    let bad = || PatternError(pattern.to_owned());
    let (scheme, host) = pattern.split_once("://").ok_or_else(bad)?;
    let word = |byte: u8| byte.is_ascii_graphic() && !b"/?#@,;'\"\\".contains(&byte);
    if scheme.is_empty() || host.is_empty() || !scheme.bytes().chain(host.bytes()).all(word) {
        return Err(bad());
    }
    let pattern = pattern.to_ascii_lowercase();
    Ok(without_default_port(&pattern).into())
}

/// Browsers leave out the port that the scheme implies.
fn without_default_port(origin: &str) -> &str {
    let port = match origin.split_once("://") {
        Some(("http" | "ws", _)) => ":80",
        Some(("https" | "wss", _)) => ":443",
        _ => return origin,
    };
    origin.strip_suffix(port).unwrap_or(origin)
}

/// Whether the pattern, with its wildcards, is the origin. Both are in lower case.
fn matches(pattern: &str, origin: &str) -> bool {
    let (pattern, origin) = (pattern.as_bytes(), origin.as_bytes());
    let (mut p, mut o) = (0, 0);
    // Where the last wildcard stands, and how far it reaches.
    let mut wildcard = None;
    loop {
        match (pattern.get(p), origin.get(o)) {
            (None, None) => return true,
            (Some(b'*'), _) => {
                p += 1;
                wildcard = Some((p, o));
                continue;
            }
            (Some(ours), Some(theirs)) if ours == theirs => {
                p += 1;
                o += 1;
                continue;
            }
            _ => {}
        }
        // It does not fit, so the wildcard takes one character more.
        match &mut wildcard {
            Some((after, reach)) if origin.get(*reach).is_some_and(|&b| b != b'/' && b != b':') => {
                *reach += 1;
                (p, o) = (*after, *reach);
            }
            _ => return false,
        }
    }
}

fn is_same(origin: &str, host: Option<&str>) -> bool {
    let Some((scheme, site)) = origin.split_once("://") else {
        return false;
    };
    host.is_some_and(|host| {
        let host = format!("{scheme}://{}", host.to_ascii_lowercase());
        !scheme.is_empty()
            && !site.is_empty()
            && without_default_port(&host) == without_default_port(origin)
    })
}

/// The site that the request was sent to, as the browser calls it.
fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    match headers.get(HOST) {
        Some(host) => host.to_str().ok(),
        // In HTTP/2 it is a part of the address.
        None => uri.authority().map(|authority| authority.as_str()),
    }
}

/// Whether a browser tells that the page it works for is of another site.
fn is_cross_site(headers: &HeaderMap) -> bool {
    headers
        .get(SEC_FETCH_SITE)
        .is_some_and(|site| site == "cross-site" || site == "same-site")
}

fn referer_origin(headers: &HeaderMap) -> Option<String> {
    let referer = headers.get(REFERER)?.to_str().ok()?;
    let (scheme, rest) = referer.split_once("://")?;
    let site = rest.split(['/', '?', '#']).next()?;
    Some(format!("{scheme}://{site}").to_lowercase())
}

#[cfg(test)]
mod tests;
