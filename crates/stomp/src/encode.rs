use bytes::{BufMut, Bytes, BytesMut};

use crate::escape::Escapes;
use crate::{Frame, Version};

/// A heart-beat on the wire: one LF and nothing else.
///
/// It must be a WebSocket message of its own, since stomp-websocket 2.3.3 compares the whole
/// message with it.
pub const BEAT: &[u8] = b"\n";

const LENGTH: &str = "content-length";

/// One frame as its bytes for a peer of this version. See [`encode_into`].
#[must_use]
pub fn encode(frame: &Frame, version: Version) -> Bytes {
    let mut out = Vec::with_capacity(plain_size(frame));
    write(frame, version, &mut out);
    out.into()
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
    out.reserve(plain_size(frame));
    write(frame, version, out);
}

fn write(frame: &Frame, version: Version, out: &mut impl BufMut) {
    let escapes = Escapes::of(frame.command, version);
    let body = body_of(frame);
    out.put_slice(frame.command.as_str().as_bytes());
    out.put_u8(b'\n');
    let mut length_is_said = false;
    for (name, value) in frame.headers.iter() {
        if name == LENGTH {
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

fn write_length(mut length: usize, out: &mut impl BufMut) {
    let mut digits = [0; usize::MAX.ilog10() as usize + 1];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (length % 10) as u8;
        length /= 10;
        if length == 0 {
            break;
        }
    }
    out.put_slice(LENGTH.as_bytes());
    out.put_u8(b':');
    out.put_slice(&digits[first..]);
    out.put_u8(b'\n');
}

fn body_of(frame: &Frame) -> &[u8] {
    if frame.command.allows_body() {
        &frame.body
    } else {
        &[]
    }
}

/// The octets of a frame in which nothing needs an escape. Such a frame is written into memory of
/// exactly its size, which [`Bytes`] can take over as it is.
fn plain_size(frame: &Frame) -> usize {
    let body = body_of(frame);
    let headers: usize = frame
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len() + 2)
        .sum();
    let length = if frame.command.allows_body() && !frame.headers.contains(LENGTH) {
        let digits = body.len().checked_ilog10().unwrap_or(0) as usize + 1;
        LENGTH.len() + digits + 2
    } else {
        0
    };
    // The command's line ending, the blank line and the NUL.
    frame.command.as_str().len() + headers + length + body.len() + 3
}
