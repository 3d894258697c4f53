//! What the place where the app runs knows or can do, twice with one signature.

#[cfg(any(feature = "hydrate", feature = "csr"))]
mod browser;
#[cfg(feature = "ssr")]
mod server;

#[cfg(any(feature = "hydrate", feature = "csr"))]
pub(crate) use browser::{
    draft, first_lang, has_written, keep, keep_draft, keep_lang, keep_nickname, kept, nickname,
    not_found, offset, on_resize, open_link,
};
#[cfg(feature = "ssr")]
pub(crate) use server::{
    draft, first_lang, has_written, keep, keep_draft, keep_lang, keep_nickname, kept, nickname,
    not_found, offset, on_resize, open_link,
};
