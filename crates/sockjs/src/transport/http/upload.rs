//! Bodies of requests, read within limits.

use std::time::Duration;

use axum::{
    body::{Body, HttpBody, to_bytes},
    http::{HeaderMap, header::CONTENT_LENGTH},
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use super::post::Refusal;
use crate::Options;

/// Large bodies that are read at a time, of all sessions.
const LARGE_AT_ONCE: usize = 64;

/// Bytes beyond the limit that are read and thrown away, so that the peer is done sending and
/// reads the refusal.
const WASTE: usize = 8 * 1024 * 1024;

/// Bytes of the body of a request that should have none.
const IDLE_TALK: usize = 16 * 1024;

/// How many bytes bodies may have.
#[derive(Debug)]
pub(crate) struct Uploads {
    /// Larger than this is large.
    small: usize,
    limit: usize,
    time: Duration,
    large: Semaphore,
}

/// A body, and the right to hold one as large as that.
#[derive(Debug)]
pub(super) struct Upload<'a> {
    pub(super) bytes: Vec<u8>,
    /// Held as long as the bytes.
    permit: Option<SemaphorePermit<'a>>,
}

impl Uploads {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            small: options.max_message,
            limit: options.max_body,
            time: options.pong_timeout,
            large: Semaphore::new(LARGE_AT_ONCE),
        }
    }

    /// The whole body.
    pub(super) async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Upload<'_>, Refusal> {
        timeout(self.time, self.read_all(headers, body))
            .await
            .unwrap_or(Err(Refusal::TooSlow))
    }

    async fn read_all(&self, headers: &HeaderMap, body: Body) -> Result<Upload<'_>, Refusal> {
        let length = headers.get(CONTENT_LENGTH).and_then(|length| {
            let length = length.to_str().ok()?;
            length.parse::<u64>().ok()
        });
        let mut upload = Upload {
            bytes: Vec::new(),
            permit: None,
        };
        let mut chunks = body.into_data_stream();
        if length.is_none_or(|length| length <= self.limit as u64) {
            loop {
                let chunk = match chunks.next().await {
                    None => return Ok(upload),
                    Some(chunk) => chunk.map_err(|_| Refusal::Broken)?,
                };
                let bytes = upload.bytes.len() + chunk.len();
                if bytes > self.limit {
                    break;
                }
                if bytes > self.small && upload.permit.is_none() {
                    // Nobody closes the semaphore; without a permit the body is as good as slow.
                    let permit = self.large.acquire().await;
                    upload.permit = Some(permit.map_err(|_| Refusal::TooSlow)?);
                }
                upload.bytes.extend_from_slice(&chunk);
            }
        }
        drop(upload);
        let mut waste = 0;
        let _ = chunks
            .try_for_each(|chunk: Bytes| {
                waste += chunk.len();
                std::future::ready(if waste > WASTE {
                    Err(axum::Error::new("enough"))
                } else {
                    Ok(())
                })
            })
            .await;
        Err(Refusal::TooLarge)
    }

    /// Reads a body that nobody wants: as long as there is more of the request, the connection
    /// does not show that the peer hangs up.
    pub(crate) async fn skip(&self, body: Body) {
        if !body.is_end_stream() {
            let _ = timeout(self.time, to_bytes(body, IDLE_TALK)).await;
        }
    }
}
