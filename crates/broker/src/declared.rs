//! Which destinations are shared queues even while nobody consumes them.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::{Destination, Pattern, Target};

/// The declarations of a broker: few, made by its operator, and never taken back.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    /// Whether there is any, so that publishing costs one load where there is none.
    any: AtomicBool,
    rules: RwLock<Rules>,
}

#[derive(Debug, Default)]
struct Rules {
    destinations: HashSet<Destination>,
    patterns: Vec<Pattern>,
}

impl Declared {
    pub(crate) fn add(&self, target: Target) {
        let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        match target {
            Target::Destination(destination) => {
                rules.destinations.insert(destination.detached());
            }
            Target::Pattern(pattern) if rules.patterns.contains(&pattern) => {}
            Target::Pattern(pattern) => rules.patterns.push(pattern.detached()),
        }
        self.any.store(true, Ordering::Release);
    }

    pub(crate) fn covers(&self, destination: &Destination) -> bool {
        if !self.any.load(Ordering::Acquire) {
            return false;
        }
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        rules.destinations.contains(destination)
            || rules
                .patterns
                .iter()
                .any(|pattern| pattern.matches(destination))
    }
}
