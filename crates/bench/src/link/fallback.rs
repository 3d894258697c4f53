//! A session over a transport that SockJS falls back to: one connection fetches what the server
//! says, another posts what we say.

use std::collections::{VecDeque, hash_map::RandomState};
use std::future::poll_fn;
use std::hash::{BuildHasher as _, Hasher as _};
use std::task::{Context, Poll, ready};

use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;
use sockjs::frame::{self, Frame};

use super::exchange::Exchange;
use super::http::Part;
use super::lines::Lines;
use crate::peer::{Fetch, Target};

/// Octets of messages that go into one post. Roomside takes bodies of 1 MiB; escapes need some.
const POST: usize = 256 * 1024;

/// An open session.
#[derive(Debug)]
pub(super) struct Fallback {
    /// The request that fetches, always the same.
    request: Bytes,
    /// The head of a post up to its length.
    post_head: String,
    fetches: Exchange,
    posts: Exchange,
    lines: Lines,
    /// Messages of a frame of which the first are read.
    messages: std::vec::IntoIter<String>,
}

impl Fallback {
    /// Opens a session of its own, and waits for the open frame.
    pub(super) async fn open(target: &Target, base: &str, fetch: Fetch) -> anyhow::Result<Self> {
        let host = &target.url.authority;
        // The ids are for the client to choose; the first is there to balance by.
        let session = RandomState::new().build_hasher().finish();
        let base = format!("{}/000/{session:016x}", base.trim_end_matches('/'));
        let head =
            |path: &str| format!("POST {base}/{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: ");
        let mut fallback = Self {
            request: format!("{}0\r\n\r\n", head(fetch.path())).into(),
            post_head: head("xhr_send"),
            fetches: Exchange::new(target.address),
            posts: Exchange::new(target.address),
            lines: Lines::default(),
            messages: Vec::new().into_iter(),
        };
        let opened = poll_fn(|cx| fallback.poll_frame(cx)).await;
        match opened.with_context(|| format!("no SockJS at {}", target.url))? {
            Frame::Open => Ok(fallback),
            frame => bail!("expected a SockJS session to open, got {frame}"),
        }
    }

    /// Posts what is queued, and is ready once all of it is taken.
    pub(super) fn poll_flush(
        &mut self,
        out: &mut VecDeque<Bytes>,
        cx: &mut Context<'_>,
    ) -> Poll<anyhow::Result<()>> {
        loop {
            if !self.posts.is_busy() && !out.is_empty() {
                self.posts.ask(post(&self.post_head, out)?);
            }
            // It is polled when nothing is asked as well, to see the server close the connection.
            match self.posts.poll(cx)? {
                Poll::Ready(part) => refuse(&part, "xhr_send")?,
                Poll::Pending if self.posts.is_busy() => return Poll::Pending,
                Poll::Pending => return Poll::Ready(Ok(())),
            }
        }
    }

    /// The next message.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<anyhow::Result<Bytes>> {
        loop {
            if let Some(message) = self.messages.next() {
                return Poll::Ready(Ok(message.into()));
            }
            match ready!(self.poll_frame(cx))? {
                Frame::Messages(messages) => self.messages = messages.into_iter(),
                Frame::Heartbeat => {}
                frame @ (Frame::Open | Frame::Close { .. }) => {
                    return Poll::Ready(Err(anyhow!("the server ended the session with {frame}")));
                }
            }
        }
    }

    /// The next frame. There is always a request that fetches.
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<anyhow::Result<Frame>> {
        loop {
            if let Some(frame) = self.lines.next()? {
                return Poll::Ready(Ok(frame));
            }
            if !self.fetches.is_busy() {
                self.fetches.ask(self.request.clone());
            }
            match ready!(self.fetches.poll(cx))? {
                Part::Body(body) => self.lines.push(&body),
                part => refuse(&part, "a request that fetches")?,
            }
        }
    }
}

/// A post of what is queued, as much as one may hold.
fn post(head: &str, out: &mut VecDeque<Bytes>) -> anyhow::Result<Bytes> {
    let mut octets = 0;
    let count = out
        .iter()
        .take(frame::MAX_MESSAGES)
        .take_while(|message| {
            let first = octets == 0;
            octets += message.len();
            first || octets <= POST
        })
        .count();
    let messages: Vec<_> = out.drain(..count).collect();
    let texts = messages
        .iter()
        .map(|message| std::str::from_utf8(message))
        .collect::<Result<Vec<_>, _>>()
        .context("SockJS carries text only")?;
    let body = frame::client_messages(texts);
    Ok(format!("{head}{}\r\n\r\n{body}", body.len()).into())
}

/// An error where an answer says that all is not well.
fn refuse(part: &Part, what: &str) -> anyhow::Result<()> {
    match part {
        Part::Head(200 | 204) | Part::Body(_) | Part::End => Ok(()),
        Part::Head(status) => bail!("the server answered {what} with {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(texts: &[&str]) -> VecDeque<Bytes> {
        let texts = texts.iter();
        texts.map(|text| Bytes::from((*text).to_owned())).collect()
    }

    #[test]
    fn what_waits_is_posted_together() {
        let mut out = queue(&["한\0", "\n"]);
        let post = post("POST / HTTP/1.1\r\nContent-Length: ", &mut out).unwrap();
        let expected = "POST / HTTP/1.1\r\nContent-Length: 18\r\n\r\n[\"한\\u0000\",\"\\n\"]";
        assert_eq!(std::str::from_utf8(&post).unwrap(), expected);
        assert!(out.is_empty());
    }

    #[test]
    fn a_post_holds_one_message_or_as_many_as_fit() {
        let (half, more) = ("x".repeat(POST / 2), "x".repeat(POST / 2 + 1));
        for (texts, left) in [
            ([&*half, &*half], 0),
            ([&*half, &*more], 1),
            ([&*format!("{half}{more}"), "x"], 1),
        ] {
            let mut out = queue(&texts);
            post("", &mut out).unwrap();
            assert_eq!(out.len(), left);
        }
        let mut out: VecDeque<_> =
            std::iter::repeat_n(Bytes::new(), frame::MAX_MESSAGES + 1).collect();
        post("", &mut out).unwrap();
        assert_eq!(out.len(), 1);
    }
}
