//! What the server answers over HTTP.

pub(crate) mod api;
pub(crate) mod etag;
pub(crate) mod health;
pub(crate) mod language;
pub(crate) mod measure;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod pages;
pub(crate) mod patience;
pub(crate) mod problem;
pub(crate) mod search;
pub(crate) mod unclear;
