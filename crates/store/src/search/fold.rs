//! Text as it is compared: composed, in lower case, and each character with its place in the text.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{canonical_combining_class, compose};

/// A character of folded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folded {
    pub(super) what: char,
    pub(super) class: Class,
    /// The bytes of the text that it came of. What was composed of several came of all of them, and
    /// several may have come of the same ones.
    pub(super) from: Range<usize>,
}

/// What a character is to a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Of a script that puts spaces between words.
    Narrow,
    /// Of one that does not, or, as Korean does, grows endings on its words.
    Wide,
    /// A word by itself: an emoji.
    Symbol,
    /// Between words.
    Gap,
}

impl Class {
    fn of(what: char) -> Self {
        match what {
            // Thai, Lao, Myanmar, Khmer; Hangul letters; from the kana to the Han characters with
            // the Hangul syllables behind them; half-width letters; the Han characters of later.
            '\u{E01}'..='\u{EFF}'
            | '\u{1000}'..='\u{109F}'
            | '\u{1780}'..='\u{17FF}'
            | '\u{1100}'..='\u{11FF}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3041}'..='\u{A4CF}'
            | '\u{A960}'..='\u{A97F}'
            | '\u{AC00}'..='\u{D7FF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{FF66}'..='\u{FFDC}'
            | '\u{20000}'..='\u{3FFFF}' => Self::Wide,
            // Arrows, mathematics and other signs; emoji.
            '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}' => Self::Symbol,
            _ if what.is_alphanumeric() => Self::Narrow,
            _ => Self::Gap,
        }
    }
}

/// Folds a text: canonical composition (NFC), then lower case.
pub(super) fn fold(text: &str) -> Vec<Folded> {
    let mut folded = Vec::with_capacity(text.len() / 2);
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        // What may melt together with its neighbour is composed together.
        let mut last = first;
        while let Some((_, next)) = rest.next_if(|(_, next)| joins(last, *next)) {
            last = next;
        }
        let end = rest.peek().map_or(text.len(), |(next, _)| *next);
        let composed = text[start..end].nfc().flat_map(char::to_lowercase);
        folded.extend(composed.map(|what| Folded {
            what,
            class: Class::of(what),
            from: start..end,
        }));
    }
    folded
}

fn joins(before: char, next: char) -> bool {
    // Two letters of a Hangul syllable join whatever stands before them: the third letter composes
    // with the syllable of the first two.
    let hangul = matches!(next, '\u{1161}'..='\u{1175}' | '\u{11A8}'..='\u{11C2}');
    !next.is_ascii()
        && (canonical_combining_class(next) != 0 || hangul || compose(before, next).is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chars(text: &str) -> String {
        fold(text).iter().map(|one| one.what).collect()
    }

    #[test]
    fn however_it_was_typed_it_is_the_same() {
        // A Mac sends the letters of a syllable one by one.
        assert_eq!(chars("\u{1112}\u{1161}\u{11ab}글"), "한글");
        assert_eq!(chars("Cafe\u{301} ÄPFEL"), "café äpfel");
        let folded = fold("x\u{1112}\u{1161}\u{11ab}y");
        assert_eq!(folded[1].from, 1..10);
        assert_eq!(folded[2].from, 10..11);
    }

    #[test]
    fn characters_are_told_apart() {
        for (what, class) in [
            ('a', Class::Narrow),
            ('7', Class::Narrow),
            ('я', Class::Narrow),
            ('안', Class::Wide),
            ('ㅋ', Class::Wide),
            ('字', Class::Wide),
            ('か', Class::Wide),
            ('🙂', Class::Symbol),
            ('→', Class::Symbol),
            (' ', Class::Gap),
            ('"', Class::Gap),
            ('%', Class::Gap),
            ('。', Class::Gap),
            ('\u{200d}', Class::Gap),
            ('\u{fe0f}', Class::Gap),
        ] {
            assert_eq!(Class::of(what), class, "{what:?}");
        }
    }

    proptest! {
        #[test]
        fn places_cover_the_text_in_order(text: String) {
            let mut end = 0;
            for one in fold(&text) {
                prop_assert!(text.get(one.from.clone()).is_some());
                prop_assert!(one.from.start == end || one.from.end == end);
                end = one.from.end;
            }
            prop_assert_eq!(end, text.len());
        }

        #[test]
        fn folding_is_composition_in_lower_case(text in "\\PC{0,20}") {
            let whole: String = text.nfc().flat_map(char::to_lowercase).collect();
            prop_assert_eq!(chars(&text), whole);
        }
    }
}
