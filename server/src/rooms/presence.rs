//! Who is in which room, as a table without IO.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use chat::{RoomId, Sender};

/// A connection, as presence tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// A person in a room.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) room: RoomId,
    pub(crate) sender: Sender,
}

/// Who is in which room.
///
/// ```text
///            enter                      last connection gone
///  absent ───────────▶ here (1..n) ──────────────────────────▶ away (until a deadline)
///    ▲   announced       ▲     │ leave                            │      │
///    │                   │     │ announced                  enter │      │ deadline passes
///    │                   └─────┼──────────────────────────────────┘      │ announced
///    └─────────────────────────┴─────────────────────────────────────────┘
/// ```
///
/// The grace between *here* and *absent* is why a reload, a second tab or a phone in a tunnel
/// is not announced.
#[derive(Debug)]
pub(crate) struct Presence {
    grace: Duration,
    people: HashMap<Place, Person>,
    /// The deadlines of all who are away, soonest first.
    away: BTreeSet<(Duration, Place)>,
}

#[derive(Debug)]
enum Person {
    Here(HashSet<ConnectionId>),
    Away { until: Duration },
}

impl Presence {
    pub(crate) fn new(grace: Duration) -> Self {
        Self {
            grace,
            people: HashMap::new(),
            away: BTreeSet::new(),
        }
    }

    /// Takes people whom the log shows in their rooms, after a restart: they have the grace to
    /// come back unannounced.
    pub(crate) fn restore(&mut self, places: impl IntoIterator<Item = Place>, now: Duration) {
        for place in places {
            self.set_away(place, now + self.grace);
        }
    }

    /// Somebody comes in over `connection`. True where the room is to be told.
    pub(crate) fn enter(&mut self, place: &Place, connection: ConnectionId) -> bool {
        match self.people.entry(place.clone()) {
            Entry::Vacant(absent) => {
                absent.insert(Person::Here(HashSet::from([connection])));
                true
            }
            Entry::Occupied(mut known) => {
                match known.get_mut() {
                    Person::Here(connections) => {
                        connections.insert(connection);
                    }
                    Person::Away { until } => {
                        self.away.remove(&(*until, place.clone()));
                        known.insert(Person::Here(HashSet::from([connection])));
                    }
                }
                false
            }
        }
    }

    /// Somebody speaks over `connection`. Who was away is here again, unannounced; a stranger
    /// stays a stranger, since speaking is not entering. True where the connection now counts.
    pub(crate) fn speak(&mut self, place: &Place, connection: ConnectionId) -> bool {
        let known = self.people.contains_key(place);
        if known {
            self.enter(place, connection);
        }
        known
    }

    /// Somebody says goodbye over `connection`. True where the room is to be told, which is
    /// not so while another connection of the same person stays.
    pub(crate) fn leave(&mut self, place: &Place, connection: ConnectionId) -> bool {
        match self.people.get_mut(place) {
            None => false,
            Some(Person::Away { until }) => {
                self.away.remove(&(*until, place.clone()));
                self.people.remove(place);
                true
            }
            Some(Person::Here(connections)) => {
                connections.remove(&connection);
                let last = connections.is_empty();
                if last {
                    self.people.remove(place);
                }
                last
            }
        }
    }

    /// `connection` is gone from the room without a word. True where it was the last one, so
    /// that a deadline now runs.
    pub(crate) fn depart(
        &mut self,
        place: &Place,
        connection: ConnectionId,
        now: Duration,
    ) -> bool {
        let Some(Person::Here(connections)) = self.people.get_mut(place) else {
            return false;
        };
        connections.remove(&connection);
        let last = connections.is_empty();
        if last {
            self.set_away(place.clone(), now + self.grace);
        }
        last
    }

    /// Everyone whose deadline has passed; they are absent from now on, and their rooms are to
    /// be told.
    pub(crate) fn expire(&mut self, now: Duration) -> Vec<Place> {
        let mut expired = Vec::new();
        while let Some((until, _)) = self.away.first()
            && *until <= now
            && let Some((_, place)) = self.away.pop_first()
        {
            self.people.remove(&place);
            expired.push(place);
        }
        expired
    }

    /// When [`expire`](Self::expire) has something to do next.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.away.first().map(|(until, _)| *until)
    }

    /// Puts somebody back as away until `until`, since the leaving could not be logged yet;
    /// not where he came back meanwhile.
    pub(crate) fn postpone(&mut self, place: Place, until: Duration) {
        if !self.people.contains_key(&place) {
            self.set_away(place, until);
        }
    }

    fn set_away(&mut self, place: Place, until: Duration) {
        self.people.insert(place.clone(), Person::Away { until });
        self.away.insert((until, place));
    }

    /// Forgets that somebody came in: their coming could not be logged.
    pub(crate) fn forget(&mut self, place: &Place) {
        if let Some(Person::Away { until }) = self.people.remove(place) {
            self.away.remove(&(until, place.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(15);
    const A: ConnectionId = ConnectionId(1);
    const B: ConnectionId = ConnectionId(2);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn place(sender: &str) -> Place {
        Place {
            room: RoomId::lobby(),
            sender: Sender::parse(sender).unwrap(),
        }
    }

    #[test]
    fn entering_is_announced_once_per_person() {
        let mut presence = Presence::new(GRACE);
        assert!(presence.enter(&place("철수"), A));
        assert!(!presence.enter(&place("철수"), A));
        assert!(!presence.enter(&place("철수"), B));
        assert!(presence.enter(&place("영희"), B));
    }

    #[test]
    fn a_reload_within_the_grace_is_silent() {
        let mut presence = Presence::new(GRACE);
        presence.enter(&place("철수"), A);
        assert!(presence.depart(&place("철수"), A, at(100)));
        assert_eq!(presence.deadline(), Some(at(115)));
        assert!(presence.expire(at(114)).is_empty());
        assert!(!presence.enter(&place("철수"), B));
        assert_eq!(presence.deadline(), None);
        assert!(presence.expire(at(1_000)).is_empty());
    }

    #[test]
    fn after_the_grace_the_person_has_left_and_may_come_again() {
        let mut presence = Presence::new(GRACE);
        presence.enter(&place("철수"), A);
        presence.depart(&place("철수"), A, at(100));
        assert_eq!(presence.expire(at(115)), [place("철수")]);
        assert!(presence.expire(at(115)).is_empty());
        assert!(presence.enter(&place("철수"), B));
    }

    #[test]
    fn only_the_last_connection_counts() {
        let mut presence = Presence::new(GRACE);
        presence.enter(&place("철수"), A);
        presence.enter(&place("철수"), B);
        assert!(!presence.depart(&place("철수"), A, at(0)));
        assert!(!presence.leave(&place("철수"), A));
        assert!(presence.leave(&place("철수"), B));
        assert!(!presence.leave(&place("철수"), B));
    }

    #[test]
    fn speaking_brings_back_who_was_away_and_makes_nobody_present() {
        let mut presence = Presence::new(GRACE);
        assert!(!presence.speak(&place("철수"), A));
        presence.enter(&place("철수"), A);
        presence.depart(&place("철수"), A, at(0));
        assert!(presence.speak(&place("철수"), B));
        assert!(presence.expire(at(1_000)).is_empty());
    }

    #[test]
    fn a_departure_of_a_stranger_changes_nothing() {
        let mut presence = Presence::new(GRACE);
        assert!(!presence.depart(&place("철수"), A, at(0)));
        assert!(!presence.leave(&place("철수"), A));
        assert_eq!(presence.deadline(), None);
    }

    #[test]
    fn people_restored_from_the_log_come_back_unannounced_or_leave() {
        let mut presence = Presence::new(GRACE);
        presence.restore([place("철수"), place("영희")], at(0));
        assert!(!presence.enter(&place("철수"), A));
        assert_eq!(presence.expire(at(15)), [place("영희")]);
    }
}
