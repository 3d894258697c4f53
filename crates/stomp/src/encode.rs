use std::fmt::Write;

use bytes::{BufMut, Bytes, BytesMut};

use crate::escape::Escapes;
use crate::{Frame, Version};

/// A heart-beat on the wire: one LF and nothing else.
///
/// It must be a WebSocket message of its own, since stomp-websocket 2.3.3 compares the whole
/// message with it.
pub const BEAT: &[u8] = b"\n";

/// One frame as its bytes for a peer of this version. See [`encode_into`].
#[must_use]
pub fn encode(frame: &Frame, version: Version) -> Bytes {
    let mut out = BytesMut::new();
    encode_into(frame, version, &mut out);
    out.freeze()
}

/// Appends one frame, from its command to its NUL, to `out`.
///
/// - Lines end in LF alone, in every version: stomp-websocket 2.3.3 looks for `\n\n`.
/// - SEND, MESSAGE and ERROR always carry `content-length`, also of 0, so that a body may hold
///   NUL; it is written after the frame's own headers unless the frame has one, and it is always
///   the true length whatever the frame's says.
/// - Headers are escaped as the version wants. An octet that cannot be said in this version (LF
///   in 1.0, say, or NUL in any) becomes a space; a header without a name is left out.
/// - A body where the specification allows none is left out.
pub fn encode_into(frame: &Frame, version: Version, out: &mut BytesMut) {
    let escapes = Escapes::of(frame.command, version);
    let body: &[u8] = if frame.command.allows_body() {
        &frame.body
    } else {
        &[]
    };
    out.reserve(size_hint(frame));
    out.put_slice(frame.command.as_str().as_bytes());
    out.put_u8(b'\n');
    let mut length_is_said = false;
    for (name, value) in frame.headers.iter() {
        if name == "content-length" {
            if !length_is_said {
                write_length(body.len(), out);
            }
            length_is_said = true;
        } else if !name.is_empty() {
            escapes.write_name(name, out);
            out.put_u8(b':');
            escapes.write_value(value, out);
            out.put_u8(b'\n');
        }
    }
    if frame.command.allows_body() && !length_is_said {
        write_length(body.len(), out);
    }
    out.put_u8(b'\n');
    out.put_slice(body);
    out.put_u8(0);
}

fn write_length(length: usize, out: &mut BytesMut) {
    // `BytesMut` grows as it is written to, so that this cannot fail.
    let _ = writeln!(out, "content-length:{length}");
}

/// Enough for a frame in which nothing needs an escape, so that most are written in one piece.
fn size_hint(frame: &Frame) -> usize {
    /// The command, the blank line, the NUL and a `content-length` of any size.
    const FIXED: usize = 64;
    let headers: usize = frame
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len() + 2)
        .sum();
    FIXED + headers + frame.body.len()
}
