//! The head of a frame: its command and headers, once all its lines are there.

use bytes::Bytes;

use super::Failure;
use crate::error::excerpt;
use crate::escape::Escapes;
use crate::{Command, DecodeError, Headers, Text, Version};

/// Reads a head of so many `lines`, from its command to its blank line, both included.
///
/// On a fault the rest of the head is still searched for `receipt`, so that the answer can name
/// the frame it is about. The first fault is the one reported.
pub(super) fn parse(
    head: Bytes,
    lines: usize,
    version: Version,
) -> Result<(Command, Headers), Failure> {
    let head = Text::try_from(head).map_err(|_| DecodeError::NotUtf8)?;
    let capacity = lines.saturating_sub(1);
    let mut lines = head
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    let first = lines.next().unwrap_or_default();
    let lines = lines.take_while(|line| !line.is_empty());

    let command = Command::parse(first);
    // An unknown command is refused below; until then it is read like any other.
    let escapes = Escapes::of(command.unwrap_or(Command::Send), version);
    let mut fault = command
        .is_none()
        .then(|| DecodeError::UnknownCommand(excerpt(first)));
    let mut headers = Headers::with_capacity(capacity);
    for line in lines {
        match parse_line(&head, line, escapes) {
            Ok((name, value)) => headers.push(name, value),
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    match (command, fault) {
        (Some(command), None) => Ok((command, headers)),
        (_, fault) => Err(Failure {
            error: fault.unwrap_or_else(|| DecodeError::UnknownCommand(excerpt(first))),
            receipt: headers.text("receipt").cloned(),
        }),
    }
}

/// The value of `content-length`. A number too large for 64 bits is taken as the largest, which
/// no limit lets pass.
pub(super) fn content_length(headers: &Headers) -> Result<Option<u64>, DecodeError> {
    let Some(value) = headers.get("content-length") else {
        return Ok(None);
    };
    let digits = value.trim();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DecodeError::BadContentLength(excerpt(value)));
    }
    Ok(Some(digits.parse().unwrap_or(u64::MAX)))
}

fn parse_line(head: &Text, line: &str, escapes: Escapes) -> Result<(Text, Text), DecodeError> {
    match line.split_once(':') {
        None => Err(DecodeError::HeaderWithoutColon(excerpt(line))),
        Some(("", _)) => Err(DecodeError::HeaderWithoutName),
        Some((name, value)) => Ok((escapes.undo(head, name)?, escapes.undo(head, value)?)),
    }
}
