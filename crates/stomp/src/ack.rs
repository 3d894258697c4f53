use crate::Text;

/// The `ack` header of SUBSCRIBE (STOMP 1.2, SUBSCRIBE ack Header).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum AckMode {
    /// A message counts as dealt with once it is sent.
    #[default]
    Auto,
    /// An ACK stands for its message and all before it.
    Client,
    /// An ACK stands for its message alone.
    ClientIndividual,
}

impl AckMode {
    /// The mode as it stands in the header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Client => "client",
            Self::ClientIndividual => "client-individual",
        }
    }

    /// The mode that a header names, if it is one.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        match value {
            "auto" => Some(Self::Auto),
            "client" => Some(Self::Client),
            "client-individual" => Some(Self::ClientIndividual),
            _ => None,
        }
    }
}

/// Which message an ACK or NACK is about. Its form depends on the version that is spoken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Acknowledged {
    /// In 1.2 the header `id`, which repeats the `ack` header of the MESSAGE.
    Id(Text),
    /// Before 1.2 the headers of the MESSAGE itself.
    Message {
        /// Its `message-id`.
        message_id: Text,
        /// Its `subscription`: always there in 1.1; a 1.0 client may leave it out.
        subscription: Option<Text>,
    },
}
