//! What both sides demand of the headers of a frame.

use crate::error::excerpt;
use crate::{Command, Frame, ProtocolError, Text};

/// A header that the command cannot do without: missing and empty are alike.
pub(crate) fn required(frame: &Frame, header: &'static str) -> Result<Text, ProtocolError> {
    let value = frame.headers.text(header).filter(|value| !value.is_empty());
    value.cloned().ok_or(ProtocolError::MissingHeader {
        command: frame.command,
        header,
    })
}

/// The fault of a header whose value cannot be understood.
pub(crate) fn bad(command: Command, header: &'static str, value: &Text) -> ProtocolError {
    ProtocolError::BadHeader {
        command,
        header,
        value: excerpt(value),
    }
}
