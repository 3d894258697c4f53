use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::str::Utf8Error;

use bytes::Bytes;
use bytestring::ByteString;

/// A piece of UTF-8 text that is cheap to clone, because it is a counted slice of shared bytes.
///
/// A decoded header is a slice of the frame it came in, so no header costs an allocation. The
/// other side of that coin: a `Text` keeps the whole input it was cut from alive. What is kept
/// for longer than its frame (a subscription id, a user name) is better [`detached`] first.
///
/// ```
/// let text = stomp::Text::from("lobby");
/// assert_eq!(text, "lobby");
/// assert!(text.starts_with("lob")); // everything `str` can do
/// ```
///
/// [`detached`]: Self::detached
#[derive(Clone, Default, Eq, PartialEq, Ord, PartialOrd)]
pub struct Text(ByteString);

impl Text {
    /// Wraps a literal without copying it.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self(ByteString::from_static(text))
    }

    /// The text as a plain string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A copy with memory of its own, which no longer holds the frame it was cut from.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self::from(self.as_str().to_owned())
    }

    /// The bytes of the text, shared, not copied.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0.into_bytes()
    }

    /// The same memory, narrowed to `part`, which must be a slice of this very text.
    pub(crate) fn slice(&self, part: &str) -> Self {
        Self(self.0.slice_ref(part))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// Lets a map keyed by `Text` be asked with a plain `&str`.
impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// Hashes as `str` does, which `Borrow<str>` demands.
impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self::from_static(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(ByteString::from(text))
    }
}

/// Fails when the bytes are not UTF-8.
impl TryFrom<Bytes> for Text {
    type Error = Utf8Error;

    fn try_from(bytes: Bytes) -> Result<Self, Utf8Error> {
        ByteString::try_from(bytes).map(Self)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn a_map_keyed_by_text_is_asked_with_str() {
        let whole = Text::from("id:sub-0".to_owned());
        let map = HashMap::from([(whole.slice(&whole[3..]), 1)]);
        assert_eq!(map.get("sub-0"), Some(&1));
        assert_eq!(map.get("id"), None);
    }

    #[test]
    fn a_slice_shares_memory_until_it_is_detached() {
        let whole = Text::from("id:sub-0".to_owned());
        let part = whole.slice(&whole[3..]);
        assert_eq!(part.as_ptr(), whole[3..].as_ptr());
        assert_ne!(part.detached().as_ptr(), part.as_ptr());
        assert_eq!(part.detached(), part);
    }

    #[test]
    fn only_utf_8_is_text() {
        assert!(Text::try_from(Bytes::from_static(b"\xff")).is_err());
        assert_eq!(
            Text::try_from(Bytes::from_static(b"a")),
            Ok(Text::from("a"))
        );
    }
}
