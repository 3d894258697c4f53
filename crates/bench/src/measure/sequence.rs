//! Which numbers of a sequence have come: what is missing, came twice, or came late.

use std::ops::Range;

/// The numbers 0, 1, 2… of one sender, as one receiver sees them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sequence {
    /// The lowest number above all that came.
    next: u64,
    /// Numbers below `next` that have not come, ascending.
    missing: Vec<Range<u64>>,
}

/// What a number that came is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Take {
    /// It is above all others.
    Fresh,
    /// It was missing: a higher one came before.
    Late,
    /// It has come before.
    Double,
}

impl Sequence {
    pub(crate) fn take(&mut self, number: u64) -> Take {
        if number >= self.next {
            if number > self.next {
                self.missing.push(self.next..number);
            }
            self.next = number + 1;
            return Take::Fresh;
        }
        let at = self.missing.partition_point(|gap| gap.end <= number);
        match self.missing.get(at).cloned() {
            Some(gap) if gap.contains(&number) => {
                let rest = [gap.start..number, number + 1..gap.end];
                let rest = rest.into_iter().filter(|gap| !gap.is_empty());
                self.missing.splice(at..=at, rest);
                Take::Late
            }
            _ => Take::Double,
        }
    }

    /// Whether all numbers below `sent` have come.
    pub(crate) fn is_complete(&self, sent: u64) -> bool {
        self.lost(sent) == 0
    }

    /// How many of the numbers below `sent` have not come.
    pub(crate) fn lost(&self, sent: u64) -> u64 {
        let missing: u64 = self.missing.iter().map(|gap| gap.end - gap.start).sum();
        missing + sent.saturating_sub(self.next)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_gap_is_missing_until_it_is_filled() {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.take(0), Take::Fresh);
        assert_eq!(sequence.take(4), Take::Fresh);
        assert_eq!(sequence.lost(5), 3);
        assert_eq!(sequence.take(2), Take::Late);
        assert_eq!(sequence.take(2), Take::Double);
        assert_eq!(sequence.take(4), Take::Double);
        assert_eq!(sequence.lost(5), 2);
        assert_eq!(sequence.lost(7), 4);
        assert_eq!(sequence.take(1), Take::Late);
        assert_eq!(sequence.take(3), Take::Late);
        assert!(sequence.is_complete(5));
    }

    #[test]
    fn nothing_of_nothing_is_complete() {
        assert!(Sequence::default().is_complete(0));
        assert_eq!(Sequence::default().lost(3), 3);
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_set(numbers in proptest::collection::vec(0..40_u64, 0..80)) {
            let (mut sequence, mut seen) = (Sequence::default(), BTreeSet::new());
            for number in numbers {
                let highest = seen.last().copied();
                let expected = if !seen.insert(number) {
                    Take::Double
                } else if highest.is_none_or(|highest| number > highest) {
                    Take::Fresh
                } else {
                    Take::Late
                };
                prop_assert_eq!(sequence.take(number), expected);
            }
            prop_assert_eq!(sequence.lost(40), 40 - seen.len() as u64);
        }
    }
}
