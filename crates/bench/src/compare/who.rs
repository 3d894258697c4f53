//! Who does the work: a column of a table.

/// A server, and for Roomside which of the two ways through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// Roomside's rooms, which are logged to SQLite before anybody is told.
    Room,
    /// Roomside's plain topics, which are in memory as everybody else's.
    Topic,
    Axum,
    Tcp,
    Node,
    Spring,
    RabbitMq,
}

impl Who {
    pub(crate) const ALL: [Self; 7] = [
        Self::Room,
        Self::Topic,
        Self::Axum,
        Self::Tcp,
        Self::Node,
        Self::Spring,
        Self::RabbitMq,
    ];

    /// As it is tagged.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Topic => "topic",
            Self::Axum => "axum",
            Self::Tcp => "tcp",
            Self::Node => "node",
            Self::Spring => "spring",
            Self::RabbitMq => "rabbitmq",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|who| who.name() == name)
    }

    /// For people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Room => "room, logged",
            Self::Topic => "plain topic",
            Self::Axum => "bare axum",
            Self::Tcp => "raw TCP",
            Self::Node => "stomp-broker-js",
            Self::Spring => "Spring",
            Self::RabbitMq => "RabbitMQ",
        }
    }

    /// Which server does it.
    pub(super) fn server(self) -> &'static str {
        match self {
            Self::Room | Self::Topic => "roomside",
            other => other.name(),
        }
    }

    /// What the load generator must be told for it. In works that are about rooms, floors deliver
    /// what a room would.
    pub(super) fn flags(self, is_in_rooms: bool) -> &'static [&'static str] {
        match (self, is_in_rooms) {
            (Self::Room, true) => &["--chat"],
            (Self::Room | Self::Topic, _) => &[],
            (Self::Axum | Self::Tcp, true) => &["--floor", "--chat"],
            (Self::Axum | Self::Tcp, false) => &["--floor"],
            // It chooses no subprotocol, and answers no SUBSCRIBE.
            (Self::Node, _) => &["--subprotocols", "", "--no-receipts"],
            (Self::Spring, _) => &["--no-receipts"],
            (Self::RabbitMq, _) => &["--login", "guest", "--passcode", "guest", "--host", "/"],
        }
    }
}
