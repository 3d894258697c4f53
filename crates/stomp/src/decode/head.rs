//! The head of a frame: its command and headers, once all its lines are there.

use std::iter;

use bytes::Bytes;
use memchr::memchr;

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
    let mut lines = lines_of(&head);
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

/// The lines without their endings.
fn lines_of(head: &str) -> impl Iterator<Item = &str> {
    let mut rest = head;
    iter::from_fn(move || {
        let (line, after) = split_at_octet(rest, b'\n')?;
        rest = after;
        Some(line.strip_suffix('\r').unwrap_or(line))
    })
}

fn parse_line(head: &Text, line: &str, escapes: Escapes) -> Result<(Text, Text), DecodeError> {
    let (name, value) =
        split_at_octet(line, b':').ok_or_else(|| DecodeError::HeaderWithoutColon(excerpt(line)))?;
    if name.is_empty() {
        return Err(DecodeError::HeaderWithoutName);
    }
    let name = match known_name(name) {
        Some(name) => Text::from_static(name),
        None => escapes.undo(head, name)?,
    };
    Ok((name, escapes.undo(head, value)?))
}

/// As `str::split_once` with an ASCII character, whose search takes longer than the rest of the
/// work on a line together.
fn split_at_octet(text: &str, octet: u8) -> Option<(&str, &str)> {
    let at = memchr(octet, text.as_bytes())?;
    Some((&text[..at], &text[at + 1..]))
}

/// The names that the specification and Spring use. A literal is not counted, and so saves two
/// atomic operations on each header that has such a name, which is most of them.
fn known_name(name: &str) -> Option<&'static str> {
    macro_rules! known {
        ($($known:literal)*) => { match name { $($known => Some($known),)* _ => None } };
    }
    known!(
        "accept-version" "ack" "content-length" "content-type" "destination" "heart-beat" "host" "id" "login"
        "message" "message-id" "passcode" "receipt" "receipt-id" "server" "session" "subscription" "transaction"
        "user-name" "version"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &'static str) -> Headers {
        let lines = head.lines().count() - 1;
        let head = Bytes::from_static(head.as_bytes());
        let read = parse(head, lines, Version::V1_2);
        read.map_err(|failure| failure.error).unwrap().1
    }

    #[test]
    fn the_first_of_two_lengths_counts() {
        let headers = read("SEND\ncontent-length:3\ncontent-length:5\n\n");
        assert_eq!(content_length(&headers), Ok(Some(3)));
    }

    #[test]
    fn a_name_is_the_same_whether_it_is_known_or_not() {
        let headers = read("SEND\r\ndestination:/a\r\ndestinatio\\c:/b\r\nDestination:/c\r\n\r\n");
        let expected = [
            ("destination", "/a"),
            ("destinatio:", "/b"),
            ("Destination", "/c"),
        ];
        assert_eq!(headers, expected.into_iter().collect());
    }
}
