use std::fmt;

/// The WebSocket subprotocols of the three versions, best first.
///
/// A server must echo one of those that the client offered: browsers drop the socket otherwise.
pub const SUBPROTOCOLS: [&str; 3] = ["v12.stomp", "v11.stomp", "v10.stomp"];

/// A version of the protocol, ordered from oldest to newest.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Version {
    /// Headers are never escaped; subscriptions may do without an id; no heart-beats. What has
    /// not been negotiated is 1.0 (STOMP 1.2, Protocol Negotiation), hence the default.
    #[default]
    V1_0,
    /// Escapes LF, colon and backslash in headers; brings heart-beats and `NACK`.
    V1_1,
    /// Escapes CR as well, and lets lines end in CR LF.
    V1_2,
}

impl Version {
    /// All versions as they stand in an `accept-version` header, best first.
    ///
    /// There are no spaces in it on purpose: Spring splits at the comma and does not trim.
    pub const ACCEPTED: &'static str = "1.2,1.1,1.0";

    /// All versions as they stand in the `version` header of a refusal.
    pub const SUPPORTED: &'static str = "1.0,1.1,1.2";

    /// The version as it stands in a header: `1.0`, `1.1` or `1.2`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
        }
    }

    /// The version with this number, spaces around it forgiven; `None` for one unknown here.
    #[must_use]
    pub fn parse(number: &str) -> Option<Self> {
        match number.trim() {
            "1.0" => Some(Self::V1_0),
            "1.1" => Some(Self::V1_1),
            "1.2" => Some(Self::V1_2),
            _ => None,
        }
    }

    /// The version that a WebSocket subprotocol of [`SUBPROTOCOLS`] stands for.
    #[must_use]
    pub fn from_subprotocol(name: &str) -> Option<Self> {
        match name {
            "v10.stomp" => Some(Self::V1_0),
            "v11.stomp" => Some(Self::V1_1),
            "v12.stomp" => Some(Self::V1_2),
            _ => None,
        }
    }

    /// The highest version named in an `accept-version` header that is known here.
    ///
    /// No header at all means 1.0; `None` means that there is no version in common and the
    /// connection is to be refused (STOMP 1.2, Protocol Negotiation).
    ///
    /// ```
    /// use stomp::Version;
    /// assert_eq!(Version::negotiate(Some("1.0, 1.1,2.0")), Some(Version::V1_1));
    /// assert_eq!(Version::negotiate(None), Some(Version::V1_0));
    /// assert_eq!(Version::negotiate(Some("2.0")), None);
    /// ```
    #[must_use]
    pub fn negotiate(accept_version: Option<&str>) -> Option<Self> {
        match accept_version {
            None => Some(Self::V1_0),
            Some(list) => list.split(',').filter_map(Self::parse).max(),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
