//! The decoder: the same items however the octets are cut, bounded, and undone by the encoder.

use arbitrary::{Result, Unstructured};
use stomp::{Command, DecodeError, Decoder, Frame, Headers, Item, Limits, Text, Version, encode};

use crate::script::{self, NO_LIMITS};

/// Version, limits, up to seven lengths of pieces, and then the stream.
pub fn check(data: &[u8]) {
    let Ok((rules, pieces, octets)) = read(&mut Unstructured::new(data)) else {
        return;
    };
    let whole = rules.decode([octets]);
    assert_eq!(whole, rules.decode(octets.chunks(1)), "octet by octet");
    assert_eq!(
        whole,
        rules.decode(cut(octets, &pieces)),
        "in pieces of {pieces:?}"
    );
    assert!(whole.items.len() <= octets.len());
    for item in &whole.items {
        if let Item::Frame(frame) = item {
            rules.check_frame(frame);
        }
    }
}

type Input<'a> = (Rules, Vec<usize>, &'a [u8]);

fn read<'a>(u: &mut Unstructured<'a>) -> Result<Input<'a>> {
    let rules = Rules {
        version: script::version(u)?,
        limits: script::limits(u)?,
    };
    let count = u.int_in_range(0..=7)?;
    let pieces = (0..count)
        .map(|_| u.int_in_range(1..=255))
        .collect::<Result<_>>()?;
    Ok((rules, pieces, u.bytes(u.len())?))
}

/// What a stream is read by.
struct Rules {
    version: Version,
    limits: Limits,
}

/// What a stream turned out to be.
#[derive(Debug, Eq, PartialEq)]
struct Decoded {
    items: Vec<Item>,
    error: Option<(DecodeError, Option<Text>)>,
}

impl Rules {
    fn decode<'a>(&self, pieces: impl IntoIterator<Item = &'a [u8]>) -> Decoded {
        let mut decoder = Decoder::new(self.limits);
        decoder.set_version(self.version);
        let mut items = Vec::new();
        for piece in pieces {
            decoder.push(piece);
            loop {
                match decoder.next() {
                    Ok(Some(item)) => items.push(item),
                    Ok(None) => break,
                    Err(error) => {
                        let receipt = decoder.failed_receipt().cloned();
                        stays_failed(decoder, &error);
                        return Decoded {
                            items,
                            error: Some((error, receipt)),
                        };
                    }
                }
            }
            assert!(decoder.buffered() <= self.limits.frame, "{decoder:?}");
        }
        Decoded { items, error: None }
    }

    fn check_frame(&self, frame: &Frame) {
        assert!(frame.headers.len() <= self.limits.headers);
        let wire = encode(frame, self.version);
        let again = Self {
            version: self.version,
            limits: NO_LIMITS,
        }
        .decode([&wire[..]]);
        let written = Item::Frame(as_written(frame, self.version));
        assert_eq!(
            again,
            Decoded {
                items: vec![written.clone()],
                error: None
            },
            "{wire:?}"
        );
        // What we have written ourselves is then the same for ever.
        if let Item::Frame(written) = written {
            assert_eq!(encode(&written, self.version), wire);
        }
    }
}

/// No octet changes a failed decoder, and it holds none.
fn stays_failed(mut decoder: Decoder, error: &DecodeError) {
    decoder.push(b"SEND\n\n\0");
    assert_eq!(decoder.next().as_ref(), Err(error));
    assert_eq!(decoder.buffered(), 0);
}

/// The frame with what the encoder is documented to change: `content-length` is there once where
/// there may be a body, and is true; a CR that the version has no escape for becomes a space.
fn as_written(frame: &Frame, version: Version) -> Frame {
    let bare = version < Version::V1_2 || !frame.command.escapes();
    let sayable = |text: &Text| match bare && text.contains('\r') {
        true => Text::from(text.replace('\r', " ")),
        false => text.clone(),
    };
    let mut headers = Headers::new();
    for (name, value) in frame.headers.iter() {
        if name != "content-length" {
            headers.push(sayable(name), sayable(value));
        } else if !headers.contains("content-length") {
            headers.push(name.clone(), frame.body.len().to_string());
        }
    }
    let may_have_body = matches!(
        frame.command,
        Command::Send | Command::Message | Command::Error
    );
    if may_have_body && !headers.contains("content-length") {
        headers.push("content-length", frame.body.len().to_string());
    }
    Frame {
        command: frame.command,
        headers,
        body: frame.body.clone(),
    }
}

/// Pieces of these lengths in turn, or one if there is no length.
fn cut<'a>(mut octets: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle() {
        let (piece, rest) = octets.split_at((*length).min(octets.len()));
        pieces.push(piece);
        octets = rest;
        if octets.is_empty() {
            break;
        }
    }
    pieces.push(octets);
    pieces
}
