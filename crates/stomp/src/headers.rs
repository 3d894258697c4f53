use std::fmt;

use crate::Text;

/// The headers of a frame, in the order of the wire.
///
/// A name may be repeated; the first one counts and the rest is history (STOMP 1.2, Repeated
/// Header Entries). Names are case sensitive.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Headers(Vec<(Text, Text)>);

impl Headers {
    /// No headers, and no memory taken yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// No headers, and room for so many.
    #[must_use]
    pub fn with_capacity(headers: usize) -> Self {
        Self(Vec::with_capacity(headers))
    }

    /// The value of the first header of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.text(name).map(Text::as_str)
    }

    /// The value of the first header of this name, as a shareable [`Text`].
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&Text> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// Whether there is a header of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// Adds a header after all others; it does not replace an earlier one of the same name.
    pub fn push(&mut self, name: impl Into<Text>, value: impl Into<Text>) {
        self.0.push((name.into(), value.into()));
    }

    /// All headers in order, repeated ones included.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// How many headers there are, repeated ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<Text>, V: Into<Text>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

impl<N: Into<Text>, V: Into<Text>> Extend<(N, V)> for Headers {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, pairs: I) {
        self.0.extend(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
    }
}

impl IntoIterator for Headers {
    type Item = (Text, Text);
    type IntoIter = std::vec::IntoIter<(Text, Text)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
