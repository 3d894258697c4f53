//! Who goes by which name, for `/user/{name}/…` and so that a name cannot be stolen.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::rooms::ConnectionId;

/// The names that live connections go by; clones share the table.
///
/// There are no accounts yet, so a name belongs to whoever came first with it, for as long as
/// one of his connections lives. He may hold it with a passcode: then only who shows the same
/// one may use the name. A name without a passcode is anybody's, as with guests it must be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Its keys are this process' own, so that what is kept of a passcode is of no use elsewhere.
    hasher: RandomState,
    table: Mutex<HashMap<String, Name>>,
}

#[derive(Debug)]
struct Name {
    passcode: Option<u64>,
    connections: Vec<ConnectionId>,
}

/// The name is held with another passcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held;

impl Names {
    /// Lets `connection` go by `name`, held with `passcode` where there is one.
    pub(crate) fn take(
        &self,
        connection: ConnectionId,
        name: &str,
        passcode: Option<&str>,
    ) -> Result<(), Held> {
        let passcode = passcode.map(|passcode| self.shared.hasher.hash_one(passcode));
        let mut table = self.table();
        let Some(known) = table.get_mut(name) else {
            let connections = vec![connection];
            let new = Name {
                passcode,
                connections,
            };
            table.insert(name.to_owned(), new);
            return Ok(());
        };
        if known.passcode != passcode {
            return Err(Held);
        }
        known.connections.push(connection);
        Ok(())
    }

    /// Whether [`speak_as`](Self::speak_as) would let it now.
    pub(crate) fn may_speak_as(&self, connection: ConnectionId, name: &str) -> bool {
        self.table()
            .get(name)
            .is_none_or(|known| known.passcode.is_none() || known.connections.contains(&connection))
    }

    /// Lets `connection`, which has shown no passcode, speak as `name`. Who took the name
    /// before may do so again.
    pub(crate) fn speak_as(&self, connection: ConnectionId, name: &str) -> Result<(), Held> {
        let goes_by = |known: &Name| known.connections.contains(&connection);
        if self.table().get(name).is_some_and(goes_by) {
            return Ok(());
        }
        self.take(connection, name, None)
    }

    /// The connections that go by `name`.
    pub(crate) fn of(&self, name: &str) -> Vec<ConnectionId> {
        self.table()
            .get(name)
            .map(|known| known.connections.clone())
            .unwrap_or_default()
    }

    /// `connection` goes by `name` no longer.
    pub(crate) fn give_back(&self, connection: ConnectionId, name: &str) {
        let mut table = self.table();
        if let Some(known) = table.get_mut(name) {
            known.connections.retain(|other| *other != connection);
            if known.connections.is_empty() {
                table.remove(name);
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<String, Name>> {
        self.shared
            .table
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ConnectionId = ConnectionId(1);
    const B: ConnectionId = ConnectionId(2);

    #[test]
    fn guests_share_a_name() {
        let names = Names::default();
        assert_eq!(names.speak_as(A, "철수"), Ok(()));
        assert_eq!(names.speak_as(A, "철수"), Ok(()));
        assert_eq!(names.speak_as(B, "철수"), Ok(()));
        assert_eq!(names.of("철수"), [A, B]);
        names.give_back(A, "철수");
        assert_eq!(names.of("철수"), [B]);
    }

    #[test]
    fn a_passcode_holds_a_name_while_one_of_its_connections_lives() {
        let names = Names::default();
        assert_eq!(names.take(A, "bob", Some("secret")), Ok(()));
        assert_eq!(names.take(B, "bob", Some("guess")), Err(Held));
        assert_eq!(names.take(B, "bob", None), Err(Held));
        assert!(names.may_speak_as(A, "bob") && !names.may_speak_as(B, "bob"));
        assert_eq!(names.speak_as(B, "bob"), Err(Held));
        assert_eq!(names.speak_as(A, "bob"), Ok(()));
        assert_eq!(names.take(B, "bob", Some("secret")), Ok(()));
        names.give_back(A, "bob");
        assert_eq!(names.speak_as(A, "bob"), Err(Held));
        names.give_back(B, "bob");
        assert_eq!(names.speak_as(A, "bob"), Ok(()));
    }

    #[test]
    fn names_that_nobody_goes_by_cost_nothing() {
        let names = Names::default();
        names.take(A, "bob", None).unwrap();
        names.give_back(A, "bob");
        assert!(names.table().is_empty());
        names.give_back(A, "nobody");
        assert_eq!(names.of("nobody"), []);
    }
}
