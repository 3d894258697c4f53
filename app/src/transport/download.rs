//! The frames in the answers of a SockJS session over HTTP.

use sockjs::frame::Frame;

/// Reads what one session answers, however it is cut into chunks and answers.
///
/// Streaming and polling differ in one thing: how many frames an answer holds before the server
/// ends it. Every frame ends with a line feed. A streaming answer begins with a line of 2048 `h`,
/// which fills the buffers of proxies and says nothing.
#[derive(Debug, Default)]
pub struct Download {
    line: Vec<u8>,
    open: bool,
    /// Whether a line of this answer has been read.
    begun: bool,
    /// Whether a frame has come in this answer.
    fruitful: bool,
    answers: u32,
}

/// What the server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The session is open. Always the first, and once.
    Open,
    Text(String),
}

/// Why the session is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The server ended it.
    Closed,
    /// That is no frame, or not here: a proxy's page, or a session that the server knows no more.
    Broken,
    /// A line that does not end.
    TooLong,
    /// The answer ended within a line: what else stood there is lost.
    Cut,
    /// An answer without a frame. Asking again and again would lead nowhere.
    Barren,
}

impl Download {
    /// How long a line may be: 4 MiB. Our server queues less than a tenth of it for one session.
    pub const LINE: usize = 4 * 1024 * 1024;

    /// Takes a piece of an answer, and adds what it says to `said`.
    ///
    /// # Errors
    /// The session is lost. What was said before the fault stands in `said`.
    pub fn take(&mut self, mut chunk: &[u8], said: &mut Vec<Said>) -> Result<(), Fault> {
        while let Some(end) = chunk.iter().position(|&byte| byte == b'\n') {
            self.gather(&chunk[..end])?;
            chunk = &chunk[end + 1..];
            let line = std::mem::take(&mut self.line);
            self.read(&line, said)?;
        }
        self.gather(chunk)
    }

    /// The answer has ended as it should, and the next may be asked for.
    ///
    /// # Errors
    /// The session is lost.
    pub fn end(&mut self) -> Result<(), Fault> {
        self.begun = false;
        if !self.line.is_empty() {
            return Err(Fault::Cut);
        }
        if !std::mem::take(&mut self.fruitful) {
            return Err(Fault::Barren);
        }
        self.answers = self.answers.saturating_add(1);
        Ok(())
    }

    /// How many answers have ended as they should. Our server, told it with the next request,
    /// notices that an answer is lost where a browser sends a request again by itself.
    #[must_use]
    pub fn answers(&self) -> u32 {
        self.answers
    }

    fn gather(&mut self, part: &[u8]) -> Result<(), Fault> {
        if self.line.len() + part.len() > Self::LINE {
            return Err(Fault::TooLong);
        }
        self.line.extend_from_slice(part);
        Ok(())
    }

    fn read(&mut self, line: &[u8], said: &mut Vec<Said>) -> Result<(), Fault> {
        let first = !std::mem::replace(&mut self.begun, true);
        if first && line.len() > 1 && line.iter().all(|&byte| byte == b'h') {
            return Ok(());
        }
        let line = std::str::from_utf8(line).map_err(|_| Fault::Broken)?;
        let frame = Frame::parse(line).map_err(|_| Fault::Broken)?;
        self.fruitful = true;
        match frame {
            Frame::Close { .. } => return Err(Fault::Closed),
            // A second opening is another session: what was said to the first is forgotten.
            Frame::Open if self.open => return Err(Fault::Broken),
            Frame::Open => {
                self.open = true;
                said.push(Said::Open);
            }
            _ if !self.open => return Err(Fault::Broken),
            Frame::Heartbeat => {}
            Frame::Messages(texts) => said.extend(texts.into_iter().map(Said::Text)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
