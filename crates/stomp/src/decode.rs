use std::mem;

use bytes::{Buf, Bytes, BytesMut};
use memchr::{memchr, memchr2};

use crate::{Command, DecodeError, Frame, Headers, Limits, Text, Version};

mod head;

/// One thing on the wire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Item {
    /// A whole frame, its headers unescaped.
    Frame(Frame),
    /// A line ending between frames: a heart-beat, or padding after a frame, which are the same.
    Beat,
}

/// Turns octets into frames, however they are cut: [`push`](Self::push) what came, then call
/// [`next`](Self::next) until it gives `None`.
///
/// ```text
///            octet that is no line ending           blank line
/// Between ───────────────────────────────▶ Head ────────────────▶ Body
///   │ ▲ └── line ending: Beat                                       │
///   │ └─────────────────────── NUL: Frame ──────────────────────────┘
/// ```
///
/// Items and errors depend only on the octets, never on how they were cut. Each octet is looked
/// at a fixed number of times, so many small pushes cost no more than one large one. Once `next`
/// has given `None`, at most [`Limits::frame`] octets are held; between frames, nothing but a CR
/// whose LF is still to come.
///
/// Lines may end in LF or CR LF in every version, though only 1.2 says so: no header of an older
/// client is known to end in CR on purpose. A colon in a header value is taken as it is, since
/// stomp-websocket 2.3.3 does not escape it.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    version: Version,
    buffer: BytesMut,
    /// How many octets at the front of `buffer` have been searched in this stage.
    scanned: usize,
    stage: Stage,
    failure: Option<Failure>,
}

#[derive(Debug)]
enum Stage {
    Between,
    /// `line` is where the current line begins, `lines` how many are complete.
    Head {
        line: usize,
        lines: usize,
    },
    Body(Head),
}

/// A head that is complete, waiting for its body.
#[derive(Debug)]
struct Head {
    command: Command,
    headers: Headers,
    /// Its own size.
    octets: usize,
    /// What `content-length` announces.
    length: Option<usize>,
    /// Octets left for the body without its NUL before the frame is too large.
    room: usize,
}

#[derive(Debug)]
struct Failure {
    error: DecodeError,
    receipt: Option<Text>,
}

impl Decoder {
    /// A decoder at the beginning of a connection. It reads as 1.0 until told otherwise, because
    /// that is what is spoken before a version is agreed.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            version: Version::V1_0,
            buffer: BytesMut::new(),
            scanned: 0,
            stage: Stage::Between,
            failure: None,
        }
    }

    /// Reads the frames not yet begun by the rules of this version. To be called between frames,
    /// which is where `CONNECTED` puts it.
    pub fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Takes what the connection gave. Call [`next`](Self::next) until `None` before the next
    /// push: what is pushed is held until then. After an error it is thrown away.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failure.is_none() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next item, or `None` when more octets are needed.
    ///
    /// # Errors
    /// What is wrong with the stream. It cannot be read on from there, so every later call gives
    /// the same error.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator could not be pushed to while it lives"
    )]
    pub fn next(&mut self) -> Result<Option<Item>, DecodeError> {
        if self.failure.is_none() {
            match self.advance() {
                Ok(item) => return Ok(item),
                Err(failure) => {
                    self.buffer = BytesMut::new();
                    self.failure = Some(failure);
                }
            }
        }
        self.failure
            .as_ref()
            .map_or(Ok(None), |failure| Err(failure.error.clone()))
    }

    /// How many octets are held: what has come of the current frame, and what has not been looked
    /// at yet.
    #[must_use]
    pub fn buffered(&self) -> usize {
        let head = match &self.stage {
            Stage::Body(head) => head.octets,
            Stage::Between | Stage::Head { .. } => 0,
        };
        head + self.buffer.len()
    }

    /// The `receipt` header of the frame that failed to decode, where it could be read: what an
    /// answer to that frame names in `receipt-id`.
    #[must_use]
    pub fn failed_receipt(&self) -> Option<&Text> {
        self.failure.as_ref()?.receipt.as_ref()
    }

    fn advance(&mut self) -> Result<Option<Item>, Failure> {
        loop {
            match mem::replace(&mut self.stage, Stage::Between) {
                Stage::Between => match self.line_ending() {
                    Some(length) => {
                        self.skip(length);
                        return Ok(Some(Item::Beat));
                    }
                    None if matches!(&self.buffer[..], [] | [b'\r']) => return Ok(None),
                    None => self.stage = Stage::Head { line: 0, lines: 0 },
                },
                Stage::Head { line, lines } => match self.read_head(line, lines)? {
                    Some(head) => self.stage = Stage::Body(head),
                    None => return Ok(None),
                },
                Stage::Body(head) => return Ok(self.read_body(head)?.map(Item::Frame)),
            }
        }
    }

    /// The length of the line ending at the front, if there is one and it is complete.
    fn line_ending(&self) -> Option<usize> {
        match &self.buffer[..] {
            [b'\n', ..] => Some(1),
            [b'\r', b'\n', ..] => Some(2),
            _ => None,
        }
    }

    /// Looks for the blank line, and checks the limits as it goes, so that a head that never ends
    /// is refused and not stored.
    fn read_head(&mut self, mut line: usize, mut lines: usize) -> Result<Option<Head>, Failure> {
        loop {
            let found = memchr2(b'\n', 0, &self.buffer[self.scanned..]).map(|at| at + self.scanned);
            self.check_line(line, found.unwrap_or(self.buffer.len()))?;
            let Some(at) = found else {
                self.scanned = self.buffer.len();
                self.stage = Stage::Head { line, lines };
                return Ok(None);
            };
            if self.buffer[at] == 0 {
                return Err(DecodeError::NulInHead.into());
            }
            let content = match &self.buffer[line..at] {
                [content @ .., b'\r'] => content,
                content => content,
            };
            if content.len() > self.limits.header_line {
                return Err(DecodeError::HeaderTooLong(self.limits.header_line).into());
            }
            self.scanned = at + 1;
            if content.is_empty() {
                let head = self.take(at + 1);
                return self.finish_head(head, lines).map(Some);
            }
            // The first line is the command, all others are headers.
            if lines > self.limits.headers {
                return Err(DecodeError::TooManyHeaders(self.limits.headers).into());
            }
            lines += 1;
            line = at + 1;
        }
    }

    /// Refuses a line that began at `line` and has no end before `end`, if it cannot pass any
    /// more. Of two limits the one that is reached first is named, so that the answer does not
    /// depend on how much has arrived.
    fn check_line(&self, line: usize, end: usize) -> Result<(), Failure> {
        // One octet over the limit may yet turn out to be the CR of a line ending.
        let line_over = line
            .saturating_add(self.limits.header_line)
            .saturating_add(2);
        let frame_over = self.limits.frame.saturating_add(1);
        if end < line_over.min(frame_over) {
            Ok(())
        } else if line_over < frame_over {
            Err(DecodeError::HeaderTooLong(self.limits.header_line).into())
        } else {
            Err(DecodeError::FrameTooLarge(self.limits.frame).into())
        }
    }

    fn finish_head(&self, head: Bytes, lines: usize) -> Result<Head, Failure> {
        let octets = head.len();
        let (command, headers) = head::parse(head, lines, self.version)?;
        let refuse = |error| Failure {
            error,
            receipt: headers.text("receipt").cloned(),
        };
        let too_large = || refuse(DecodeError::FrameTooLarge(self.limits.frame));

        let length = head::content_length(&headers).map_err(refuse)?;
        if !self.may_have_body(command) && length.is_some_and(|length| length > 0) {
            return Err(refuse(DecodeError::UnexpectedBody(command)));
        }
        let room = self
            .limits
            .frame
            .checked_sub(octets + 1)
            .ok_or_else(too_large)?;
        match length {
            Some(length) if length > room as u64 => Err(too_large()),
            // It fits, for it is not more than `room`.
            _ => Ok(Head {
                command,
                length: length.map(|length| length as usize),
                room,
                headers,
                octets,
            }),
        }
    }

    fn read_body(&mut self, head: Head) -> Result<Option<Frame>, Failure> {
        if !self.may_have_body(head.command) && self.buffer.first().is_some_and(|byte| *byte != 0) {
            return Err(head.refuse(DecodeError::UnexpectedBody(head.command)));
        }
        let end = match head.length {
            Some(length) => match self.buffer.get(length) {
                Some(0) => Some(length),
                Some(_) => return Err(head.refuse(DecodeError::JunkAfterBody(length))),
                None => None,
            },
            None => {
                let found = memchr(0, &self.buffer[self.scanned..]).map(|at| at + self.scanned);
                if found.unwrap_or(self.buffer.len()) > head.room {
                    return Err(head.refuse(DecodeError::FrameTooLarge(self.limits.frame)));
                }
                found
            }
        };
        let Some(end) = end else {
            self.scanned = self.buffer.len();
            self.stage = Stage::Body(head);
            return Ok(None);
        };
        let mut body = self.take(end + 1);
        // What 1.0 says of SUBSCRIBE, that its body is ignored, is taken for all such frames.
        body.truncate(if head.command.allows_body() { end } else { 0 });
        Ok(Some(Frame {
            command: head.command,
            headers: head.headers,
            body,
        }))
    }

    /// From 1.1 on only three commands may have a body; 1.0 clients are known to put a stray line
    /// ending there.
    fn may_have_body(&self, command: Command) -> bool {
        command.allows_body() || self.version == Version::V1_0
    }

    /// Drops `length` octets from the front.
    fn skip(&mut self, length: usize) {
        self.buffer.advance(length);
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }

    /// Cuts `length` octets off the front. The last ones take the whole memory with them, so that
    /// an idle connection holds none.
    fn take(&mut self, length: usize) -> Bytes {
        self.scanned = 0;
        if length == self.buffer.len() {
            mem::take(&mut self.buffer).freeze()
        } else {
            self.buffer.split_to(length).freeze()
        }
    }
}

impl Head {
    fn refuse(&self, error: DecodeError) -> Failure {
        Failure {
            error,
            receipt: self.headers.text("receipt").cloned(),
        }
    }
}

/// For what fails before any header could be read.
impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self {
            error,
            receipt: None,
        }
    }
}
