//! The little JSON that SockJS needs: quoting a string by its escaping rule, and reading strings,
//! arrays of strings and the pair of a close frame.
//!
//! Written by hand because a general parser refuses lone surrogates, which SockJS peers do send
//! (see [`super::Decoder`]), and because it would be most of this crate's weight in a browser.

use super::{FrameError, MAX_MESSAGES};

/// Appends `text` to `out` as a JSON string, escaped as SockJS asks.
///
/// Quotes, backslashes and control characters are escaped as `JSON.stringify` does it. So are, as
/// lower-case `\uXXXX`, the characters that some browsers and proxies spoil on the way:
/// U+200C–200F, U+2028–202F, U+2060–206F, U+FFF0–FFFF, and everything beyond the basic plane, as
/// two surrogates.
pub(super) fn quote(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    let mut copied = 0;
    let mut at = 0;
    loop {
        at += plain(&text.as_bytes()[at..]);
        // A byte that may need an escape always starts a character, so the slices below are whole.
        let Some(character) = text[at..].chars().next() else {
            break;
        };
        let next = at + character.len_utf8();
        if needs_escape(character) {
            out.push_str(&text[copied..at]);
            escape(character, out);
            copied = next;
        }
        at = next;
    }
    out.push_str(&text[copied..]);
    out.push('"');
}

/// How many bytes at the front need no escape. Whole blocks are looked at without a branch, so that
/// the compiler does many bytes at once: this is most of what a streamed message costs.
fn plain(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<16>();
    let start = 16
        * blocks
            .iter()
            .take_while(|block| !any_may_need_escape(block))
            .count();
    let rest = bytes[start..]
        .iter()
        .position(|byte| may_need_escape(*byte));
    rest.map_or(bytes.len(), |rest| start + rest)
}

fn any_may_need_escape(block: &[u8; 16]) -> bool {
    let found = block.iter().map(|byte| u8::from(may_need_escape(*byte)));
    found.fold(0, |any, one| any | one) != 0
}

/// A cheap look at the first byte of a character; most text passes without being decoded. Without
/// a branch, as `matches!` has it, sixteen of them are one look.
fn may_need_escape(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\') | (byte == 0xe2) | (byte >= 0xef)
}

fn needs_escape(character: char) -> bool {
    matches!(
        character,
        '\0'..='\x1f'
            | '"'
            | '\\'
            | '\u{200c}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff0}'..='\u{ffff}'
            | '\u{10000}'..
    )
}

fn escape(character: char, out: &mut String) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        _ => {
            const HEX: [char; 16] = [
                '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
            ];
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.push_str("\\u");
                for shift in [12, 8, 4, 0] {
                    out.push(HEX[usize::from(*unit >> shift) & 0xf]);
                }
            }
        }
    }
}

/// Reads one JSON text from front to back, in one pass and without recursion.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// An array of strings, or one string alone, and then the end of the text.
    pub(super) fn strings(mut self, carry: &mut Option<u16>) -> Result<Vec<String>, FrameError> {
        let mut strings = Vec::new();
        self.skip_space();
        if self.peek() == Some(b'"') {
            strings.push(self.string(carry)?);
        } else {
            self.expect(b'[')?;
            if !self.accept(b']') {
                loop {
                    if strings.len() == MAX_MESSAGES {
                        return Err(FrameError::TooMany);
                    }
                    self.skip_space();
                    strings.push(self.string(carry)?);
                    if self.accept(b']') {
                        break;
                    }
                    self.expect(b',')?;
                }
            }
        }
        self.end()?;
        Ok(strings)
    }

    /// `[code,"reason"]`, the body of a close frame, and then the end of the text.
    pub(super) fn code_and_reason(mut self) -> Result<(u16, String), FrameError> {
        self.expect(b'[')?;
        self.skip_space();
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let code = self.text[start..self.at]
            .parse()
            .map_err(|_| FrameError::Broken)?;
        self.expect(b',')?;
        self.skip_space();
        let mut carry = None;
        let mut reason = self.string(&mut carry)?;
        replace_unpaired(&mut carry, &mut reason);
        self.expect(b']')?;
        self.end()?;
        Ok((code, reason))
    }

    /// One string. `carry` is a high surrogate that the string before ended with; one that this
    /// string ends with is left there.
    fn string(&mut self, carry: &mut Option<u16>) -> Result<String, FrameError> {
        if self.peek() != Some(b'"') {
            return Err(FrameError::Broken);
        }
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest
                .bytes()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
                .ok_or(FrameError::Broken)?;
            if plain > 0 {
                replace_unpaired(carry, &mut out);
                out.push_str(&rest[..plain]);
            }
            self.at += plain + 1;
            match rest.as_bytes()[plain] {
                b'"' => return Ok(out),
                b'\\' => self.escape(carry, &mut out)?,
                _ => return Err(FrameError::Broken),
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, carry: &mut Option<u16>, out: &mut String) -> Result<(), FrameError> {
        let kind = self.peek().ok_or(FrameError::Broken)?;
        self.at += 1;
        if kind == b'u' {
            let unit = self.hex4()?;
            push_unit(unit, carry, out);
            return Ok(());
        }
        let character = match kind {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            _ => return Err(FrameError::Broken),
        };
        replace_unpaired(carry, out);
        out.push(character);
        Ok(())
    }

    fn hex4(&mut self) -> Result<u16, FrameError> {
        let digits = self
            .text
            .as_bytes()
            .get(self.at..self.at + 4)
            .ok_or(FrameError::Broken)?;
        self.at += 4;
        digits.iter().try_fold(0u16, |unit, &digit| {
            let value = char::from(digit).to_digit(16).ok_or(FrameError::Broken)?;
            // A hexadecimal digit is below 16, so nothing is cut off.
            Ok(unit << 4 | value as u16)
        })
    }

    fn expect(&mut self, byte: u8) -> Result<(), FrameError> {
        if self.accept(byte) {
            Ok(())
        } else {
            Err(FrameError::Broken)
        }
    }

    /// Steps over space and then over `byte`, if it is there.
    fn accept(&mut self, byte: u8) -> bool {
        self.skip_space();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn end(&mut self) -> Result<(), FrameError> {
        self.skip_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(FrameError::Broken),
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// Adds one UTF-16 unit, joined with the high surrogate before it where there is one.
fn push_unit(unit: u16, carry: &mut Option<u16>, out: &mut String) {
    if matches!(unit, 0xdc00..=0xdfff)
        && let Some(high) = carry.take()
    {
        let joined = char::decode_utf16([high, unit]).next();
        out.push(
            joined
                .and_then(Result::ok)
                .unwrap_or(char::REPLACEMENT_CHARACTER),
        );
        return;
    }
    replace_unpaired(carry, out);
    if matches!(unit, 0xd800..=0xdbff) {
        *carry = Some(unit);
    } else {
        // A low surrogate without its high half is all that `from_u32` refuses here.
        out.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
}

/// A high surrogate whose other half will not come any more becomes U+FFFD.
fn replace_unpaired(carry: &mut Option<u16>, out: &mut String) {
    if carry.take().is_some() {
        out.push(char::REPLACEMENT_CHARACTER);
    }
}
