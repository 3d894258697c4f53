//! Which messages are this browser's own. The server tells nobody whose key a message was sent with, and a
//! name can be anybody's; so the ids that a browser gives its messages bear a mark, which nobody can
//! make or know without its key.
//!
//! The last 32 bits of the id are `SipHash-2-4` over the key and the rest of the id. By chance another's
//! message bears it once in four billion; the server would refuse to change that one.

use std::hash::Hasher as _;

use chat::MessageId;
use siphasher::sip::SipHasher;
use uuid::Uuid;

/// So many bytes of an id are as they were drawn: 48 bits of time, the 6 that make it a UUID of
/// version 7, and 42 of chance.
const DRAWN: usize = 12;

/// An id that bears the mark of this key.
pub(crate) fn sign(id: MessageId, key: &str) -> MessageId {
    let mut bytes = id.0.into_bytes();
    let mark = mark(&bytes, key);
    bytes[DRAWN..].copy_from_slice(&mark);
    MessageId(Uuid::from_bytes(bytes))
}

/// Whether it does.
pub(crate) fn is_signed(id: MessageId, key: &str) -> bool {
    sign(id, key) == id
}

fn mark(id: &[u8; 16], key: &str) -> [u8; 16 - DRAWN] {
    let mut hasher = SipHasher::new();
    hasher.write(key.as_bytes());
    hasher.write(&id[..DRAWN]);
    let [a, b, c, d, ..] = hasher.finish().to_le_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "01a1fedf8aae711dbd9feb5f7e336f0f01a1fedf8aae711dbd9feb5f7e336f10";

    fn id(text: &str) -> MessageId {
        MessageId::parse(text).unwrap()
    }

    #[test]
    fn who_has_the_key_knows_his_message_again_and_nobody_else_does() {
        let drawn = id("01a1fedf-8aae-711d-bd9f-eb5f7e336f0f");
        let signed = sign(drawn, KEY);
        assert!(is_signed(signed, KEY));
        assert!(!is_signed(drawn, KEY));
        assert!(!is_signed(signed, &KEY.replace('f', "e")));
        assert_eq!(signed.0.get_version_num(), 7);
        assert_eq!(signed.0.as_bytes()[..DRAWN], drawn.0.as_bytes()[..DRAWN]);
    }

    /// Another mark would take the buttons from everything that was said before.
    #[test]
    fn the_mark_stays_what_it_is() {
        let signed = sign(id("01a1fedf-8aae-711d-bd9f-eb5f7e336f0f"), KEY);
        assert_eq!(signed.to_string(), "01a1fedf-8aae-711d-bd9f-eb5f8cba072a");
    }
}
