//! What is looked for, and where it stands in a text.

use std::ops::Range;

use super::fold::{Class, Folded, fold};
use super::words::{LONGEST, beginning, grams, pieces, runs};

/// What somebody looks for: some words, all of which must be in a message, in any order.
///
/// A word of Korean, Chinese or Japanese is found wherever it stands, any other where a word begins
/// with it; upper and lower case are the same, and what separates words is ignored, whatever it is.
#[derive(Clone, Debug)]
pub struct Query {
    terms: Vec<Vec<Folded>>,
    words: Vec<String>,
}

/// Why nothing can be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// There is nothing in it but gaps.
    #[error("there is nothing to look for")]
    Empty,
    /// Its words have one character each; two are the least, but for an emoji.
    #[error("a word of at least two characters is needed")]
    TooShort,
    /// More than [`Query::MAX_CHARS`].
    #[error("there is too much to look for")]
    TooLong,
}

impl Query {
    /// The longest query, in characters.
    pub const MAX_CHARS: usize = 200;

    /// Reads what somebody typed. No character has a meaning of its own.
    ///
    /// # Errors
    ///
    /// [`QueryError`].
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.chars().nth(Self::MAX_CHARS).is_some() {
            return Err(QueryError::TooLong);
        }
        let folded = fold(text);
        let terms: Vec<_> = runs(&folded).map(<[Folded]>::to_vec).collect();
        if terms.is_empty() {
            return Err(QueryError::Empty);
        }
        let mut words = Vec::new();
        for term in &terms {
            look_up(term, &mut words);
        }
        if words.is_empty() {
            return Err(QueryError::TooShort);
        }
        words.dedup();
        Ok(Self { terms, words })
    }

    /// What a message that is found must have in the index, all of it.
    pub(super) fn words(&self) -> &[String] {
        &self.words
    }

    /// Where the words stand in `text`: byte ranges in order, none of which touches another.
    /// `None` where not all of them are in it.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Vec<Range<usize>>> {
        let text = fold(text);
        let mut found = Vec::new();
        for term in &self.terms {
            let before = found.len();
            let mut at = 0;
            while let Some(place) = next(&text, term, at) {
                at = place + term.len();
                found.push(text[place].from.start..text[at - 1].from.end);
            }
            if found.len() == before {
                return None;
            }
        }
        found.sort_unstable_by_key(|range| range.start);
        found.dedup_by(|next, last| {
            let touches = next.start <= last.end;
            if touches {
                last.end = last.end.max(next.end);
            }
            touches
        });
        Some(found)
    }
}

/// The next place from `at` on at which `term` stands.
fn next(text: &[Folded], term: &[Folded], at: usize) -> Option<usize> {
    let same = |(a, b): (&Folded, &Folded)| a.what == b.what;
    let places = text.get(at..)?.windows(term.len()).enumerate();
    places
        .map(|(place, window)| (at + place, window))
        .find(|(place, window)| {
            let within = term[0].class == Class::Narrow
                && *place > 0
                && text[place - 1].class == Class::Narrow;
            !within && window.iter().zip(term).all(same)
        })
        .map(|(place, _)| place)
}

/// What a text with this term in it has in the index.
fn look_up(term: &[Folded], words: &mut Vec<String>) {
    words.extend(grams(term));
    let narrow = pieces(term).filter(|piece| piece.len() > 1 && piece[0].class == Class::Narrow);
    words.extend(narrow.map(|piece| beginning(piece, LONGEST)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::words::words;
    use super::*;

    fn found<'t>(query: &str, text: &'t str) -> Option<Vec<&'t str>> {
        let found = Query::parse(query).unwrap().find(text)?;
        Some(found.into_iter().map(|range| &text[range]).collect())
    }

    #[test]
    fn two_syllables_are_found_wherever_they_stand() {
        let text = "여러분 안녕하세요, 반가워요";
        assert_eq!(found("안녕", text), Some(vec!["안녕"]));
        assert_eq!(found("녕하", text), Some(vec!["녕하"]));
        assert_eq!(found("반가워 안녕하", text), Some(vec!["안녕하", "반가워"]));
        assert_eq!(found("안하", text), None);
        assert_eq!(found("러분안", text), None);
    }

    #[test]
    fn latin_words_are_found_by_their_beginning_in_any_case() {
        let text = "Redeploy, then DEPLOYment";
        assert_eq!(found("deploy", text), Some(vec!["DEPLOY"]));
        assert_eq!(found("the", text), Some(vec!["the"]));
        assert_eq!(found("ploy", text), None);
        assert_eq!(found("api", "새 API를"), Some(vec!["API"]));
        assert_eq!(found("api를", "새 API를"), Some(vec!["API를"]));
    }

    #[test]
    fn places_are_those_of_the_text_as_it_was_written() {
        assert_eq!(
            found("한글", "\u{1112}\u{1161}\u{11ab}글!"),
            Some(vec!["\u{1112}\u{1161}\u{11ab}글"])
        );
        assert_eq!(found("café", "CAFE\u{301}s"), Some(vec!["CAFE\u{301}"]));
        assert_eq!(found("한글 글씨", "한글씨"), Some(vec!["한글씨"]));
    }

    #[test]
    fn no_character_means_anything() {
        for query in [
            "\"안녕\"",
            "'안녕' OR",
            "안녕%",
            "안녕* NEAR(",
            "-안녕 AND",
            "안녕:",
        ] {
            let query = Query::parse(query).unwrap();
            assert!(query.find("or near and 안녕").is_some());
        }
        assert_eq!(found("🙂", "좋아🙂🙂"), Some(vec!["🙂🙂"]));
        assert_eq!(found("👨‍👩‍👧", "👨‍👩‍👧 왔다"), Some(vec!["👨", "👩", "👧"]));
    }

    #[test]
    fn what_cannot_be_looked_for_is_told() {
        for (query, why) in [
            ("", QueryError::Empty),
            (" \t\n\"%", QueryError::Empty),
            ("a", QueryError::TooShort),
            ("안", QueryError::TooShort),
            ("a 안 3", QueryError::TooShort),
        ] {
            assert_eq!(Query::parse(query).unwrap_err(), why, "{query:?}");
        }
        let most = "안".repeat(Query::MAX_CHARS);
        assert!(Query::parse(&most).is_ok());
        for chars in [Query::MAX_CHARS + 1, 10_000] {
            let error = Query::parse(&"안".repeat(chars)).unwrap_err();
            assert_eq!(error, QueryError::TooLong);
        }
    }

    proptest! {
        #[test]
        fn what_is_found_is_in_the_index(
            text in "[a-c가-나 🙂3]{0,12}",
            query in "[a-c가-나 🙂3]{1,4}",
        ) {
            if let Ok(query) = Query::parse(&query)
                && query.find(&text).is_some()
            {
                let words = words(&fold(&text));
                for word in query.words() {
                    let known = words.contains(word);
                    prop_assert!(known, "{word:?} of {query:?} in {words:?}");
                }
            }
        }

        #[test]
        fn any_text_is_looked_for_or_refused(query: String, text: String) {
            if let Ok(query) = Query::parse(&query) {
                for range in query.find(&text).unwrap_or_default() {
                    prop_assert!(text.get(range).is_some());
                }
            }
        }
    }
}
