//! What a client may send on an open session, as the specification tells it: a second opinion
//! beside the server's own.

use stomp::{Command, Frame, Limits, Version};

use crate::watch::says;

pub(crate) struct Rules {
    version: Version,
    limits: Limits,
    /// The names of open transactions, and how many frames each holds.
    open: Vec<(String, usize)>,
}

impl Rules {
    pub(crate) fn new(version: Version, limits: Limits) -> Self {
        Self {
            version,
            limits,
            open: Vec::new(),
        }
    }

    /// How many frames are carried out at once, or why this one ought to have been refused.
    pub(crate) fn judge(&mut self, frame: &Frame) -> Result<usize, &'static str> {
        let old = self.version == Version::V1_0;
        let has_id = says(frame, "id") || old && says(frame, "destination");
        match frame.command {
            Command::Send => demand(says(frame, "destination"), "without destination")?,
            Command::Ack if self.version == Version::V1_2 => {
                demand(says(frame, "id"), "without id")?
            }
            Command::Nack if old => return Err("which 1.0 does not have"),
            Command::Nack if self.version == Version::V1_2 => {
                demand(says(frame, "id"), "without id")?
            }
            Command::Ack | Command::Nack => {
                demand(says(frame, "message-id"), "without message-id")?;
                demand(says(frame, "subscription") || old, "without subscription")?;
            }
            Command::Subscribe => {
                demand(says(frame, "destination"), "without destination")?;
                return demand(has_id, "without id").map(|()| 1);
            }
            Command::Unsubscribe => return demand(has_id, "without id").map(|()| 1),
            Command::Begin => return self.begin(frame),
            Command::Commit | Command::Abort => {
                let at = self
                    .find(frame)
                    .ok_or("of a transaction that is not open")?;
                return Ok(self.open.remove(at).1);
            }
            Command::Disconnect => return Err("and went on"),
            Command::Connect | Command::Stomp => return Err("twice"),
            Command::Connected | Command::Message | Command::Receipt | Command::Error => {
                return Err("which is not a client's");
            }
        }
        if !frame.headers.contains("transaction") {
            return Ok(1);
        }
        let at = self
            .find(frame)
            .ok_or("in a transaction that is not open")?;
        self.open[at].1 += 1;
        demand(
            self.open[at].1 <= self.limits.transaction_frames,
            "past the limit",
        )?;
        Ok(0)
    }

    fn begin(&mut self, frame: &Frame) -> Result<usize, &'static str> {
        demand(says(frame, "transaction"), "without transaction")?;
        demand(self.find(frame).is_none(), "of an open transaction")?;
        demand(self.open.len() < self.limits.transactions, "past the limit")?;
        self.open.push((self.name(frame), 0));
        Ok(0)
    }

    fn find(&self, frame: &Frame) -> Option<usize> {
        let name = self.name(frame);
        self.open.iter().position(|(open, _)| *open == name)
    }

    /// Peers of 1.0 pad their values.
    fn name(&self, frame: &Frame) -> String {
        let name = frame.headers.get("transaction").unwrap_or_default();
        let old = self.version == Version::V1_0;
        if old { name.trim() } else { name }.to_owned()
    }
}

fn demand(given: bool, reason: &'static str) -> Result<(), &'static str> {
    given.then_some(()).ok_or(reason)
}
