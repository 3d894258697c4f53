//! Chance that can be repeated: `SplitMix64` (Steele, Lea and Flood, 2014).

/// A sequence of numbers that its seed decides.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// Dice for one purpose of a run, which `of` tells from its other purposes.
    pub(super) fn new(seed: u64, of: &[u64]) -> Self {
        let mut dice = Self(seed);
        for part in of {
            dice.0 = dice.next() ^ part;
        }
        dice
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, or 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let drawn = self.next() % (end.max(1) as u64);
        usize::try_from(drawn).unwrap_or_default()
    }

    /// One number out of each of so many equal parts of `0..end`: random, ascending, and spread.
    pub(super) fn spread(&mut self, parts: usize, end: usize) -> Vec<usize> {
        (0..parts)
            .map(|part| part * end / parts + self.below(end / parts))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_and_the_purpose_decide() {
        let draw = |seed, of: &[u64]| Dice::new(seed, of).next();
        assert_eq!(draw(1, &[2, 3]), draw(1, &[2, 3]));
        for other in [draw(2, &[2, 3]), draw(1, &[3, 2]), draw(1, &[2])] {
            assert_ne!(draw(1, &[2, 3]), other);
        }
    }

    #[test]
    fn what_is_spread_ascends_and_stays_below_the_end() {
        let spread = Dice::new(7, &[]).spread(5, 1_000);
        for (part, at) in spread.iter().enumerate() {
            assert!((part * 200..(part + 1) * 200).contains(at), "{spread:?}");
        }
        assert_eq!(Dice::new(7, &[]).spread(2, 0), [0, 0]);
        assert!(Dice::new(7, &[]).spread(0, 9).is_empty());
    }
}
