//! What a client's frame means: from [`Frame`] to [`ServerEvent`], without any state.

use super::{AckMode, ServerEvent};
use crate::demand::{bad, required};
use crate::{Command, Frame, Heartbeat, ProtocolError, Text, Version};

/// The first frame, which must be CONNECT or STOMP: its event, the version agreed on, and what
/// its `heart-beat` says.
pub(super) fn connect(frame: Frame) -> Result<(ServerEvent, Version, (u32, u32)), ProtocolError> {
    match frame.command {
        Command::Connect | Command::Stomp => {}
        Command::Connected | Command::Message | Command::Receipt | Command::Error => {
            return Err(ProtocolError::WrongDirection(frame.command));
        }
        command => return Err(ProtocolError::NotConnected(command)),
    }
    let version = Version::negotiate(frame.headers.get("accept-version"))
        .ok_or(ProtocolError::NoCommonVersion)?;
    let beats = match frame.headers.text("heart-beat") {
        None => (0, 0),
        Some(value) => {
            Heartbeat::parse(value).ok_or_else(|| bad(frame.command, "heart-beat", value))?
        }
    };
    let event = ServerEvent::Connect {
        version,
        host: frame.headers.text("host").cloned(),
        login: frame.headers.text("login").cloned(),
        passcode: frame.headers.text("passcode").cloned(),
        headers: frame.headers,
    };
    Ok((event, version, beats))
}

/// Any later frame.
pub(super) fn event(frame: Frame, version: Version) -> Result<ServerEvent, ProtocolError> {
    let receipt = frame.headers.text("receipt").cloned();
    match frame.command {
        Command::Send if frame.headers.contains("transaction") => {
            Err(ProtocolError::Unsupported("a transaction"))
        }
        Command::Send => Ok(ServerEvent::Send {
            destination: required(&frame, "destination")?,
            headers: frame.headers,
            body: frame.body,
            receipt,
        }),
        Command::Subscribe => Ok(ServerEvent::Subscribe {
            destination: required(&frame, "destination")?,
            id: subscription_id(&frame, version)?,
            ack: ack_mode(&frame)?,
            headers: frame.headers,
            receipt,
        }),
        Command::Unsubscribe => Ok(ServerEvent::Unsubscribe {
            id: subscription_id(&frame, version)?,
            receipt,
        }),
        Command::Disconnect => Ok(ServerEvent::Disconnect),
        // Acknowledgements and transactions become events here once the broker knows them.
        // Until then a client hears that they do nothing, which Spring leaves it to find out.
        Command::Ack | Command::Nack | Command::Begin | Command::Commit | Command::Abort => {
            Err(ProtocolError::Unsupported(frame.command.as_str()))
        }
        Command::Connect | Command::Stomp => Err(ProtocolError::AlreadyConnected),
        Command::Connected | Command::Message | Command::Receipt | Command::Error => {
            Err(ProtocolError::WrongDirection(frame.command))
        }
    }
}

/// The `id` of a subscription. In 1.0 it may be missing, and then the destination names the
/// subscription, in UNSUBSCRIBE too.
fn subscription_id(frame: &Frame, version: Version) -> Result<Text, ProtocolError> {
    match required(frame, "id") {
        Err(_) if version == Version::V1_0 => required(frame, "destination"),
        id => id,
    }
}

fn ack_mode(frame: &Frame) -> Result<AckMode, ProtocolError> {
    match frame.headers.text("ack") {
        None => Ok(AckMode::Auto),
        Some(value) => AckMode::parse(value).ok_or_else(|| bad(frame.command, "ack", value)),
    }
}
