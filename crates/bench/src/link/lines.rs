//! SockJS frames, one a line, out of response bodies that are cut anywhere.

use anyhow::{Context as _, ensure};
use bytes::{Bytes, BytesMut};
use sockjs::frame::Frame;

/// Octets of one frame. A server joins what waits for us, and JSON makes it larger.
const MAX_FRAME: usize = 64 * 1024 * 1024;

/// Gathers octets up to the end of a line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    buffer: BytesMut,
    /// Octets of `buffer` in which there is no line end.
    searched: usize,
}

impl Lines {
    /// Takes some of a body.
    pub(super) fn push(&mut self, octets: &Bytes) {
        self.buffer.extend_from_slice(octets);
    }

    /// The next frame; `None` until more comes. The line of 2,048 `h` with which a streaming
    /// response begins is skipped: it only fills the buffers of browsers.
    ///
    /// # Errors
    ///
    /// Where a line is no frame, or too long for one.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Frame>> {
        while let Some(end) = memchr::memchr(b'\n', &self.buffer[self.searched..]) {
            let line = self.buffer.split_to(self.searched + end + 1);
            self.searched = 0;
            let line = &line[..line.len() - 1];
            if line.len() > 1 && line.iter().all(|byte| *byte == b'h') {
                continue;
            }
            let text = std::str::from_utf8(line).context("a SockJS frame")?;
            return Ok(Some(Frame::parse(text).context("a SockJS frame")?));
        }
        self.searched = self.buffer.len();
        ensure!(
            self.searched <= MAX_FRAME,
            "a SockJS frame is longer than {MAX_FRAME} bytes"
        );
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> anyhow::Result<Vec<Frame>> {
        let (mut lines, mut frames) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.push(&Bytes::copy_from_slice(piece));
            while let Some(frame) = lines.next()? {
                frames.push(frame);
            }
        }
        Ok(frames)
    }

    #[test]
    fn frames_are_the_same_wherever_they_are_cut() {
        let text = format!(
            "{}\no\nh\na[\"한\\n\",\"b\"]\nc[3000,\"Go\"]\n",
            "h".repeat(32)
        );
        let expected = vec![
            Frame::Open,
            Frame::Heartbeat,
            Frame::Messages(vec!["한\n".to_owned(), "b".to_owned()]),
            Frame::Close {
                code: 3000,
                reason: "Go".to_owned(),
            },
        ];
        for cut in 0..=text.len() {
            let (one, two) = text.as_bytes().split_at(cut);
            assert_eq!(read([one, two]).unwrap(), expected, "cut at {cut}");
        }
        assert_eq!(read(text.as_bytes().chunks(1)).unwrap(), expected);
    }

    #[test]
    fn a_line_that_is_no_frame_is_refused() {
        for line in ["x\n", "\n", "a[\n", "<html>\n"] {
            assert!(read([line.as_bytes()]).is_err(), "{line}");
        }
        assert!(read([&b"a[\"\xff\"]\n"[..]]).is_err());
    }
}
