//! What a server's frame means: from [`Frame`] to [`ClientEvent`], without any state.

use super::ClientEvent;
use crate::demand::{bad, required, unpadded};
use crate::{Command, Frame, Heartbeat, ProtocolError, Text, Version};

/// The first frame, which must be CONNECTED: its event, the version agreed on, and what its
/// `heart-beat` says. Without `version` the server speaks 1.0.
pub(super) fn connected(frame: Frame) -> Result<(ClientEvent, Version, (u32, u32)), ProtocolError> {
    match frame.command {
        Command::Connected => {}
        command @ (Command::Message | Command::Receipt) => {
            return Err(ProtocolError::NotConnected(command));
        }
        command => return Err(ProtocolError::WrongDirection(command)),
    }
    let version = match frame.headers.text("version") {
        None => Version::V1_0,
        Some(value) => Version::parse(value).ok_or_else(|| bad(frame.command, "version", value))?,
    };
    let beats = match frame.headers.text("heart-beat") {
        None => (0, 0),
        Some(value) => {
            Heartbeat::parse(value).ok_or_else(|| bad(frame.command, "heart-beat", value))?
        }
    };
    Ok((
        ClientEvent::Connected {
            version,
            headers: unpadded(frame.headers, version),
        },
        version,
        beats,
    ))
}

/// Any later frame.
pub(super) fn event(mut frame: Frame, version: Version) -> Result<ClientEvent, ProtocolError> {
    frame.headers = unpadded(frame.headers, version);
    match frame.command {
        Command::Message => Ok(ClientEvent::Message {
            subscription: subscription(&frame, version)?,
            destination: required(&frame, "destination")?,
            message_id: required(&frame, "message-id")?,
            headers: frame.headers,
            body: frame.body,
        }),
        Command::Receipt => Ok(ClientEvent::Receipt {
            id: required(&frame, "receipt-id")?,
            headers: frame.headers,
        }),
        Command::Error => Ok(error(frame)),
        Command::Connected => Err(ProtocolError::AlreadyConnected),
        command => Err(ProtocolError::WrongDirection(command)),
    }
}

/// An ERROR, which may come at any time.
pub(super) fn error(frame: Frame) -> ClientEvent {
    ClientEvent::Error {
        message: frame.headers.text("message").cloned().unwrap_or_default(),
        headers: frame.headers,
        body: frame.body,
    }
}

fn subscription(frame: &Frame, version: Version) -> Result<Text, ProtocolError> {
    match required(frame, "subscription") {
        Err(_) if version == Version::V1_0 => required(frame, "destination"),
        id => id,
    }
}
