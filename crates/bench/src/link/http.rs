//! The answers of an HTTP/1.1 server (RFC 9112), read from octets that are cut anywhere.

use anyhow::{Context as _, bail, ensure};
use bytes::{Buf as _, Bytes, BytesMut};

/// Octets of the status line and the headers of one answer.
const MAX_HEAD: usize = 16 * 1024;

/// Octets of the line that tells the size of a chunk, its extensions among them.
const MAX_CHUNK_LINE: usize = 1024;

/// Headers of one answer.
const MAX_HEADERS: usize = 64;

/// What comes next of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The status; an answer begins.
    Head(u16),
    /// Some of the body.
    Body(Bytes),
    /// The answer is over.
    End,
}

/// Reads the answers of one connection, one after the other.
#[derive(Debug, Default)]
pub(super) struct Answers {
    buffer: BytesMut,
    state: State,
    /// The server said that this answer is the last of the connection.
    is_last: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    /// Octets of a body that told its length.
    Length(u64),
    ChunkLine,
    Chunk(u64),
    /// The line end after a chunk.
    ChunkEnd,
    /// The last chunk was read. Its trailer is empty, as nobody asked for one.
    Trailer,
}

impl Answers {
    /// Takes what came.
    pub(super) fn push(&mut self, octets: &[u8]) {
        self.buffer.extend_from_slice(octets);
    }

    /// Whether the server closes the connection after the answer that is being read.
    pub(super) fn is_last(&self) -> bool {
        self.is_last
    }

    /// The next part; `None` until more comes.
    ///
    /// # Errors
    ///
    /// Where this is not HTTP, or an answer has a body of neither a length nor chunks. The
    /// connection is of no use then.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Part>> {
        loop {
            match self.state {
                State::Head => return self.head(),
                State::Length(0) => return Ok(Some(self.end())),
                State::Length(left) => {
                    let (body, left) = self.body(left);
                    self.state = State::Length(left);
                    return Ok(body);
                }
                State::ChunkLine => match httparse::parse_chunk_size(&self.buffer) {
                    Ok(httparse::Status::Complete((line, size))) => {
                        self.buffer.advance(line);
                        self.state = match size {
                            0 => State::Trailer,
                            _ => State::Chunk(size),
                        };
                    }
                    Ok(httparse::Status::Partial) if self.buffer.len() <= MAX_CHUNK_LINE => {
                        return Ok(None);
                    }
                    _ => bail!("a chunk of an HTTP answer has no size"),
                },
                State::Chunk(0) => self.state = State::ChunkEnd,
                State::Chunk(left) => {
                    let (body, left) = self.body(left);
                    self.state = State::Chunk(left);
                    return Ok(body);
                }
                State::ChunkEnd => {
                    if !self.line_end()? {
                        return Ok(None);
                    }
                    self.state = State::ChunkLine;
                }
                State::Trailer => {
                    return Ok(if self.line_end()? {
                        Some(self.end())
                    } else {
                        None
                    });
                }
            }
        }
    }

    fn head(&mut self) -> anyhow::Result<Option<Part>> {
        if self.buffer.is_empty() {
            return Ok(None);
        }
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut head = httparse::Response::new(&mut headers);
        let parsed = head.parse(&self.buffer).context("no HTTP answer")?;
        let httparse::Status::Complete(length) = parsed else {
            ensure!(
                self.buffer.len() <= MAX_HEAD,
                "the headers of an HTTP answer do not end"
            );
            return Ok(None);
        };
        let status = head.code.unwrap_or_default();
        let value = |name: &str| {
            head.headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case(name))
                .map(|header| header.value)
        };
        let told = value("content-length")
            .map(|length| {
                std::str::from_utf8(length)?
                    .trim()
                    .parse()
                    .map_err(Into::into)
            })
            .transpose()
            .map_err(|error: anyhow::Error| error.context("Content-Length"))?;
        let is_chunked = value("transfer-encoding")
            .is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked"));
        self.is_last = value("connection").is_some_and(|how| how.eq_ignore_ascii_case(b"close"));
        self.state = match told {
            _ if status == 204 || status == 304 => State::Length(0),
            _ if is_chunked => State::ChunkLine,
            Some(length) => State::Length(length),
            None => bail!("an HTTP answer with {status} has neither a length nor chunks"),
        };
        self.buffer.advance(length);
        Ok(Some(Part::Head(status)))
    }

    /// What there is of a body of which `left` octets are still to come, and how many then are.
    fn body(&mut self, left: u64) -> (Option<Part>, u64) {
        if self.buffer.is_empty() {
            return (None, left);
        }
        let there =
            usize::try_from(left).map_or(self.buffer.len(), |left| left.min(self.buffer.len()));
        let body = self.buffer.split_to(there).freeze();
        (Some(Part::Body(body)), left - there as u64)
    }

    /// Whether a line end was there and is skipped; false until it came.
    fn line_end(&mut self) -> anyhow::Result<bool> {
        let there = self.buffer.len().min(2);
        ensure!(
            self.buffer[..there] == b"\r\n"[..there],
            "a chunk of an HTTP answer is longer than it says"
        );
        if there == 2 {
            self.buffer.advance(2);
        }
        Ok(there == 2)
    }

    fn end(&mut self) -> Part {
        self.state = State::Head;
        Part::End
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
        2\r\no\n\r\n1A;x=1\r\na[\"abcdefghijklmnopqrst\"]\n\r\n0\r\n\r\n\
        HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n\
        HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\ngone\n";

    /// The statuses with their bodies, of octets that come in these pieces.
    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> anyhow::Result<Vec<(u16, String)>> {
        let (mut answers, mut read, mut open) = (Answers::default(), Vec::new(), None);
        for piece in pieces {
            answers.push(piece);
            while let Some(part) = answers.next()? {
                match part {
                    Part::Head(status) => {
                        assert_eq!(answers.is_last(), status == 204);
                        assert!(open.replace((status, String::new())).is_none());
                    }
                    Part::Body(body) => {
                        let (_, text) = open.as_mut().unwrap();
                        text.push_str(std::str::from_utf8(&body)?);
                    }
                    Part::End => read.push(open.take().unwrap()),
                }
            }
        }
        assert_eq!(open, None, "an answer without an end");
        Ok(read)
    }

    #[test]
    fn answers_are_the_same_wherever_they_are_cut() {
        let expected = vec![
            (200, "o\na[\"abcdefghijklmnopqrst\"]\n".to_owned()),
            (204, String::new()),
            (404, "gone\n".to_owned()),
        ];
        for cut in 0..=TWO.len() {
            let (one, two) = TWO.split_at(cut);
            assert_eq!(read([one, two]).unwrap(), expected, "cut at {cut}");
        }
        assert_eq!(read(TWO.chunks(1)).unwrap(), expected);
    }

    #[test]
    fn what_is_not_http_is_refused() {
        for text in [
            "o\n".to_owned(),
            "HTTP/1.1 200 OK\r\n\r\n".to_owned(),
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n".to_owned(),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n".to_owned(),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc".to_owned(),
            format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(MAX_HEAD)),
        ] {
            assert!(read([text.as_bytes()]).is_err(), "{text}");
        }
    }
}
