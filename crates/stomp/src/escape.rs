//! The escapes of header names and values (STOMP 1.1 and 1.2, Value Encoding).

use bytes::BufMut;
use memchr::memchr;

use crate::{Command, DecodeError, Text, Version};

/// Which escapes are in force for one frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Escapes {
    /// 1.0 and the frames that connect: octets stand for themselves.
    None,
    /// 1.1: `\n`, `\c`, `\\`.
    V1_1,
    /// 1.2: `\r` as well.
    V1_2,
}

impl Escapes {
    pub(crate) const fn of(command: Command, version: Version) -> Self {
        match version {
            _ if !command.escapes() => Self::None,
            Version::V1_0 => Self::None,
            Version::V1_1 => Self::V1_1,
            Version::V1_2 => Self::V1_2,
        }
    }

    /// Undoes the escapes of `part`, a slice of `whole`; without any it stays a slice.
    ///
    /// # Errors
    /// [`DecodeError::UndefinedEscape`], which the specification calls fatal.
    pub(crate) fn undo(self, whole: &Text, part: &str) -> Result<Text, DecodeError> {
        if self == Self::None || memchr(b'\\', part.as_bytes()).is_none() {
            return Ok(whole.slice(part));
        }
        let mut plain = String::with_capacity(part.len());
        let mut characters = part.chars();
        while let Some(character) = characters.next() {
            if character != '\\' {
                plain.push(character);
                continue;
            }
            match characters.next() {
                Some('n') => plain.push('\n'),
                Some('c') => plain.push(':'),
                Some('\\') => plain.push('\\'),
                Some('r') if self == Self::V1_2 => plain.push('\r'),
                other => return Err(DecodeError::UndefinedEscape(other)),
            }
        }
        Ok(Text::from(plain))
    }

    /// Writes a header name.
    pub(crate) fn write_name(self, name: &str, out: &mut impl BufMut) {
        self.write(name, true, out);
    }

    /// Writes a header value.
    pub(crate) fn write_value(self, value: &str, out: &mut impl BufMut) {
        self.write(value, false, out);
    }

    /// Copies runs of harmless octets and puts the right thing in place of the others.
    ///
    /// An octet that would break the line and has no escape in this version becomes a space: a
    /// value made of what some user typed must never be able to add a header or end a frame.
    fn write(self, text: &str, is_name: bool, out: &mut impl BufMut) {
        let mut rest = text.as_bytes();
        while let Some(at) = rest.iter().position(|byte| IS_SPECIAL[usize::from(*byte)]) {
            out.put_slice(&rest[..at]);
            out.put_slice(match (rest[at], self) {
                (b'\n' | b'\r', Self::None) | (b'\r', Self::V1_1) | (0, _) => b" ",
                (b':', Self::None) if is_name => b" ",
                (b'\\' | b':', Self::None) => &rest[at..=at],
                (b'\n', _) => b"\\n",
                (b'\r', _) => b"\\r",
                (b':', _) => b"\\c",
                _ => b"\\\\",
            });
            rest = &rest[at + 1..];
        }
        out.put_slice(rest);
    }
}

/// Whether an octet is escaped or replaced in any version. A table, since comparing each octet of
/// each header with all five is what most of the time went into.
const IS_SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut special: &[u8] = b"\n\r:\\\0";
    while let [byte, others @ ..] = special {
        table[*byte as usize] = true;
        special = others;
    }
    table
};
