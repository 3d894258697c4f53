//! Who is connected to one endpoint: a number with a limit.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The sessions of one endpoint.
///
/// WebSocket sessions are not kept by their id: two may carry the same one, and each lives and dies
/// with its own connection.
#[derive(Debug)]
pub(crate) struct Registry {
    open: AtomicUsize,
    limit: usize,
}

impl Registry {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            open: AtomicUsize::new(0),
            limit,
        })
    }

    /// A seat for one more session, or `None` while the house is full.
    pub(crate) fn admit(self: &Arc<Self>) -> Option<Seat> {
        self.open
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |open| {
                (open < self.limit).then_some(open + 1)
            })
            .ok()?;
        Some(Seat(Arc::clone(self)))
    }
}

/// A session's place in the count, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat(Arc<Registry>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_house_admits_again_when_someone_leaves() {
        let registry = Registry::new(2);
        let first = registry.admit().unwrap();
        let _second = registry.admit().unwrap();
        assert!(registry.admit().is_none());
        drop(first);
        assert!(registry.admit().is_some());
    }
}
