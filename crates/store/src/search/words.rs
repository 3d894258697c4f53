//! What a text is found by.
//!
//! A run of characters without a gap is taken apart into *words*, which an index keeps exactly as
//! they are, without knowing any language:
//!
//! - every two neighbours of which one is wide, as `안녕`, `녕하`, `3월`;
//! - the beginnings of every narrow run, of two to six characters, marked;
//! - every symbol.
//!
//! They narrow down where to look; whether a message is found is decided by its text
//! ([`Query`](super::Query)).

use super::fold::{Class, Folded};

/// Before the first characters of a narrow run. It is of the private use area, which
/// no text is searched for.
pub(super) const BEGINNING: char = '\u{E000}';

/// The longest beginning of a narrow run that is kept, in characters. To ask an index for all that
/// begins with something would have it read all of that before the first answer; six letters tell
/// most words apart, and the text is compared anyway.
pub(super) const LONGEST: usize = 6;

/// A run without a gap, split where it turns from narrow to something else or back.
pub(super) fn pieces(run: &[Folded]) -> impl Iterator<Item = &[Folded]> {
    run.chunk_by(|a, b| (a.class == Class::Narrow) == (b.class == Class::Narrow))
}

/// The runs of a text.
pub(super) fn runs(text: &[Folded]) -> impl Iterator<Item = &[Folded]> {
    text.split(|one| one.class == Class::Gap)
        .filter(|run| !run.is_empty())
}

/// The first characters of a run.
fn head(run: &[Folded], chars: usize) -> String {
    run.iter().take(chars).map(|one| one.what).collect()
}

/// The same, marked as a beginning.
pub(super) fn beginning(run: &[Folded], chars: usize) -> String {
    let mut word = String::from(BEGINNING);
    word.push_str(&head(run, chars));
    word
}

/// Pairs with something wide in them, and symbols.
pub(super) fn grams(run: &[Folded]) -> impl Iterator<Item = String> {
    let wide = |pair: &&[Folded]| {
        pair.iter().any(|one| one.class == Class::Wide)
            && pair.iter().all(|one| one.class != Class::Symbol)
    };
    let pairs = run.windows(2).filter(wide).map(|pair| head(pair, 2));
    let symbols = run.iter().filter(|one| one.class == Class::Symbol);
    pairs.chain(symbols.map(|one| one.what.to_string()))
}

/// All words of a text, each once, with spaces between: what goes into the index.
pub(super) fn words(text: &[Folded]) -> Vec<String> {
    let mut words = Vec::new();
    for run in runs(text) {
        words.extend(grams(run));
        for piece in pieces(run).filter(|piece| piece[0].class == Class::Narrow) {
            words.extend((2..=LONGEST.min(piece.len())).map(|chars| beginning(piece, chars)));
        }
    }
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::super::fold::fold;
    use super::*;

    fn of(text: &str) -> Vec<String> {
        words(&fold(text))
            .into_iter()
            .map(|word| word.replace(BEGINNING, "^"))
            .collect()
    }

    #[test]
    fn korean_is_kept_in_pairs() {
        assert_eq!(of("안녕하세요"), ["녕하", "세요", "안녕", "하세"]);
        assert_eq!(of("밥"), [""; 0]);
    }

    #[test]
    fn latin_words_are_kept_by_their_beginnings() {
        assert_eq!(of("I Dep"), ["^de", "^dep"]);
        let longest = ["^de", "^dep", "^depl", "^deplo", "^deploy"];
        assert_eq!(of("deploy"), longest);
        assert_eq!(of("deployment"), longest);
        assert_eq!(of("a's"), [""; 0]);
    }

    #[test]
    fn where_scripts_meet_both_are_found() {
        assert_eq!(of("API를"), ["i를", "^ap", "^api"]);
        assert_eq!(of("3월"), ["3월"]);
        assert_eq!(of("좋아🙂👍"), ["좋아", "👍", "🙂"]);
    }

    #[test]
    fn gaps_are_nothing() {
        assert_eq!(of("\"' OR 1=1; -- %_*"), ["^or"]);
        assert_eq!(of("\u{0}\u{E000}"), [""; 0]);
    }
}
