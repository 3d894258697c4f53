//! Subscriptions to patterns: a tree by part.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::fanout::{Key, Subscriber, Subscribers};
use crate::{Destination, Pattern};

/// All pattern subscriptions of a broker.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    /// How many there are, so that publishing costs one load where there are none.
    count: AtomicUsize,
    /// Taken for reading inside the lock of a destination's shard, and for writing alone.
    root: RwLock<Node>,
}

impl Patterns {
    pub(crate) fn insert(&self, pattern: &Pattern, key: Key, subscriber: Subscriber) {
        let mut root = self.root.write().unwrap_or_else(PoisonError::into_inner);
        root.subscribers(pattern).insert(key, subscriber);
        self.count.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn remove(&self, pattern: &Pattern, key: Key) {
        let mut root = self.root.write().unwrap_or_else(PoisonError::into_inner);
        if root.remove(pattern.parts(), key) {
            self.count.fetch_sub(1, Ordering::Release);
        }
    }

    /// Calls `each` once for every subscription whose pattern matches.
    pub(crate) fn visit(&self, destination: &Destination, mut each: impl FnMut(&Subscriber)) {
        if self.count.load(Ordering::Acquire) == 0 || destination.is_private() {
            return;
        }
        let root = self.root.read().unwrap_or_else(PoisonError::into_inner);
        let name = destination.as_str();
        root.visit(name.strip_prefix('/').unwrap_or(name), &mut each);
    }
}

/// All patterns that begin with the same parts. No deeper than a pattern has parts, which bounds
/// every recursion here.
#[derive(Debug, Default)]
struct Node {
    by_name: HashMap<Box<str>, Self>,
    any: Option<Box<Self>>,
    /// Those whose pattern ends here.
    here: Subscribers,
    /// Those whose pattern goes on with `**`.
    rest: Subscribers,
}

impl Node {
    fn subscribers(&mut self, pattern: &Pattern) -> &mut Subscribers {
        let mut node = self;
        for part in pattern.parts() {
            node = match part {
                "**" => return &mut node.rest,
                "*" => node.any.get_or_insert_default(),
                name => node.by_name.entry(name.into()).or_default(),
            };
        }
        &mut node.here
    }

    /// Takes a subscription away, and every node that only led to it. Says whether it was there.
    fn remove<'a>(&mut self, mut parts: impl Iterator<Item = &'a str>, key: Key) -> bool {
        match parts.next() {
            None => self.here.remove(key),
            Some("**") => self.rest.remove(key),
            Some("*") => {
                let Some(any) = &mut self.any else {
                    return false;
                };
                let was = any.remove(parts, key);
                if any.is_empty() {
                    self.any = None;
                }
                was
            }
            Some(name) => {
                let Some(node) = self.by_name.get_mut(name) else {
                    return false;
                };
                let was = node.remove(parts, key);
                if node.is_empty() {
                    self.by_name.remove(name);
                }
                was
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.by_name.is_empty()
            && self.any.is_none()
            && self.here.is_empty()
            && self.rest.is_empty()
    }

    /// `path` is what is left of the name: one part or more.
    fn visit(&self, path: &str, each: &mut impl FnMut(&Subscriber)) {
        self.rest.iter().for_each(&mut *each);
        let (part, path) = match path.split_once('/') {
            Some((part, path)) => (part, Some(path)),
            None => (path, None),
        };
        for node in [self.by_name.get(part), self.any.as_deref()]
            .into_iter()
            .flatten()
        {
            match path {
                Some(path) => node.visit(path, each),
                None => node.here.iter().for_each(&mut *each),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use proptest::prelude::*;
    use stomp::{Text, Version};

    use super::*;
    use crate::mailbox::Mailbox;
    use crate::{Overflow, Target};

    fn pattern(name: String) -> Pattern {
        match Target::parse(name) {
            Ok(Target::Pattern(pattern)) => pattern,
            other => panic!("{other:?}"),
        }
    }

    fn subscriber(key: Key) -> Subscriber {
        Subscriber {
            id: Text::from(key.to_string()),
            version: Version::V1_2,
            ack: false,
            placed: false,
            overflow: Overflow::Park,
            direct: false,
            cursor: None,
            mailbox: Arc::new(Mailbox::new(0, Arc::default())),
        }
    }

    fn matching(patterns: &Patterns, destination: &Destination) -> BTreeSet<Key> {
        let mut keys = BTreeSet::new();
        patterns.visit(destination, |subscriber| {
            assert!(keys.insert(subscriber.id.parse().unwrap()), "twice");
        });
        keys
    }

    /// Few letters, so that names and patterns meet often.
    fn names() -> impl Strategy<Value = String> {
        "/(topic|queue)(/[abc]){1,4}"
    }

    fn patterns() -> impl Strategy<Value = String> {
        prop_oneof![
            "/(topic|queue)(/[ab*]){0,3}/\\*\\*",
            "/(topic|queue)(/[ab*]){0,2}/\\*(/[ab*]){0,2}",
        ]
    }

    proptest! {
        #[test]
        fn the_tree_agrees_with_asking_each_pattern(
            wanted in prop::collection::vec((patterns(), any::<bool>()), 1..20),
            names in prop::collection::vec(names(), 1..20),
        ) {
            let tree = Patterns::default();
            let mut all = Vec::new();
            for (key, (name, stays)) in (0..).zip(wanted) {
                let pattern = pattern(name);
                tree.insert(&pattern, key, subscriber(key));
                all.push((key, pattern, stays));
            }
            for (key, pattern, stays) in &all {
                if !stays {
                    tree.remove(pattern, *key);
                }
            }
            for name in names {
                let destination = Destination::parse(name).unwrap();
                let naive: BTreeSet<_> = all
                    .iter()
                    .filter(|(_, pattern, stays)| *stays && pattern.matches(&destination))
                    .map(|(key, ..)| *key)
                    .collect();
                prop_assert_eq!(matching(&tree, &destination), naive, "{}", destination);
            }
            for (key, pattern, _) in &all {
                tree.remove(pattern, *key);
            }
            prop_assert!(tree.root.read().unwrap().is_empty());
            prop_assert_eq!(tree.count.load(Ordering::Relaxed), 0);
        }
    }
}
