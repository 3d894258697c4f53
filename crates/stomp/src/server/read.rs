//! What a client's frame means: from [`Frame`] to [`ServerEvent`] or [`Action`], without any state.

use super::{Action, ServerEvent};
use crate::demand::{bad, required, unpadded};
use crate::{AckMode, Acknowledged, Command, Frame, Heartbeat, ProtocolError, Text, Version};

/// The first frame, which must be CONNECT or STOMP: its event, the version agreed on, and what
/// its `heart-beat` says.
pub(super) fn connect(
    mut frame: Frame,
) -> Result<(ServerEvent, Version, (u32, u32)), ProtocolError> {
    match frame.command {
        Command::Connect | Command::Stomp => {}
        Command::Connected | Command::Message | Command::Receipt | Command::Error => {
            return Err(ProtocolError::WrongDirection(frame.command));
        }
        command => return Err(ProtocolError::NotConnected(command)),
    }
    let version = Version::negotiate(frame.headers.get("accept-version"))
        .ok_or(ProtocolError::NoCommonVersion)?;
    frame.headers = unpadded(frame.headers, version);
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

/// Any later frame that neither opens nor ends a transaction nor stands in one.
pub(super) fn event(frame: Frame, version: Version) -> Result<ServerEvent, ProtocolError> {
    let receipt = frame.headers.text("receipt").cloned();
    match frame.command {
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
        Command::Connect | Command::Stomp => Err(ProtocolError::AlreadyConnected),
        _ => action(frame, version).map(|action| ServerEvent::Action { action, receipt }),
    }
}

/// What may stand in a transaction: SEND, ACK, NACK.
pub(super) fn action(frame: Frame, version: Version) -> Result<Action, ProtocolError> {
    match frame.command {
        Command::Send => Ok(Action::Send {
            destination: required(&frame, "destination")?,
            headers: frame.headers,
            body: frame.body,
        }),
        Command::Ack => acknowledged(&frame, version).map(Action::Ack),
        Command::Nack if version == Version::V1_0 => Err(ProtocolError::NotInVersion {
            command: frame.command,
            version,
        }),
        Command::Nack => acknowledged(&frame, version).map(Action::Nack),
        command => Err(ProtocolError::WrongDirection(command)),
    }
}

/// The name of the transaction that a frame opens, ends or stands in.
pub(super) fn transaction(frame: &Frame) -> Result<Text, ProtocolError> {
    required(frame, "transaction")
}

fn acknowledged(frame: &Frame, version: Version) -> Result<Acknowledged, ProtocolError> {
    if version == Version::V1_2 {
        return required(frame, "id").map(Acknowledged::Id);
    }
    Ok(Acknowledged::Message {
        message_id: required(frame, "message-id")?,
        subscription: match required(frame, "subscription") {
            Err(_) if version == Version::V1_0 => None,
            subscription => Some(subscription?),
        },
    })
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
