//! What both sides demand of the headers of a frame.

use crate::error::excerpt;
use crate::{Command, Frame, Headers, ProtocolError, Text, Version};

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

/// The examples of 1.0 stand with a space after the colon, and peers of that time write it and
/// trim it off. In later versions every space counts, and the headers are left as they are.
pub(crate) fn unpadded(headers: Headers, version: Version) -> Headers {
    if version != Version::V1_0 {
        return headers;
    }
    let trim = |value: Text| value.slice(value.trim());
    let pairs = headers.into_iter();
    pairs.map(|(name, value)| (name, trim(value))).collect()
}
