//! Who wrote a line, without saying so to anybody.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// What the log keeps of an author: 16 bytes that are made from a secret and do not give it away.
///
/// A name proves nothing where guests choose theirs freely. Whoever has the secret wrote the line.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Author([u8; 16]);

impl Author {
    /// The shortest key, in characters: 16 random ones of our 64 are 96 bits.
    pub const MIN_KEY: usize = 16;
    /// The longest key, in characters.
    pub const MAX_KEY: usize = 64;

    /// The author who has this secret; `None` where it has not [`MIN_KEY`](Self::MIN_KEY) to
    /// [`MAX_KEY`](Self::MAX_KEY) characters, or others than ASCII letters, digits, `-` and `_`.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        let spelt = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let fits = (Self::MIN_KEY..=Self::MAX_KEY).contains(&key.len()) && key.bytes().all(spelt);
        // The key is random, so that nobody can try all keys and nothing slower is needed.
        let digest = || Sha256::new_with_prefix("roomside author ").chain_update(key);
        fits.then(|| Self(first_half(digest().finalize().as_ref())))
    }

    /// An author of whom nobody has the secret, for as long as somebody remembers this value.
    #[must_use]
    pub fn unknown() -> Self {
        Self(Uuid::new_v4().into_bytes())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// As 32 hexadecimal digits.
impl Serialize for Author {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Uuid::from_bytes(self.0).simple())
    }
}

impl<'de> Deserialize<'de> for Author {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let bytes = Uuid::try_parse(&digits).map_err(D::Error::custom)?;
        Ok(Self(bytes.into_bytes()))
    }
}

fn first_half(digest: &[u8]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    half
}

/// Nothing of it goes into a log.
impl fmt::Debug for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Author(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_is_one_author() {
        let author = Author::of_key("0123456789abcdef").unwrap();
        assert_eq!(Author::of_key("0123456789abcdef"), Some(author));
        assert_ne!(Author::of_key("0123456789abcdeF"), Some(author));
        assert_ne!(Author::unknown(), Author::unknown());
        assert_eq!(Author::from_bytes(author.bytes()), Some(author));
        assert_eq!(format!("{author:?}"), "Author(..)");
    }

    #[test]
    fn the_lengths_of_a_key_hold_at_their_edges() {
        for (length, fits) in [(0, false), (15, false), (16, true), (64, true), (65, false)] {
            assert_eq!(
                Author::of_key(&"k".repeat(length)).is_some(),
                fits,
                "{length}"
            );
        }
        for bad in ["0123456789abcde ", "0123456789abcde/", "0123456789abcde가"] {
            assert_eq!(Author::of_key(bad), None, "{bad}");
        }
    }
}
