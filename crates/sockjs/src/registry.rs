//! Who is connected to one endpoint: how many in all and from one address, and which session an id
//! means.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::Options;

/// The sessions of one endpoint. `S` is what an id leads to.
///
/// WebSocket sessions are not kept by their id: two may carry the same one, and each lives and dies
/// with its own connection.
#[derive(Debug)]
pub(crate) struct Registry<S> {
    house: Mutex<House<S>>,
    max_sessions: usize,
    max_per_address: usize,
}

#[derive(Debug)]
struct House<S> {
    open: usize,
    by_address: HashMap<IpAddr, usize>,
    by_id: HashMap<Arc<str>, Arc<S>>,
}

/// Why there is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// [`Options::max_sessions`] is reached.
    House,
    /// [`Options::max_sessions_per_address`] is reached.
    Address,
}

/// What an id led to: a session that was there, or a new one with its seat and its name, and
/// whatever else was made with it.
#[derive(Debug)]
pub(crate) enum Found<S, T> {
    Old(Arc<S>),
    New(Arc<S>, Seat<S>, Name<S>, T),
}

impl<S> Registry<S> {
    pub(crate) fn new(options: &Options) -> Arc<Self> {
        Arc::new(Self {
            house: Mutex::new(House {
                open: 0,
                by_address: HashMap::new(),
                by_id: HashMap::new(),
            }),
            max_sessions: options.max_sessions,
            max_per_address: options.max_sessions_per_address,
        })
    }

    /// A seat for one more session. Of an unknown address there may be as many as in all.
    pub(crate) fn admit(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Seat<S>, Full> {
        self.lock()
            .admit(address.map(home), self.max_sessions, self.max_per_address)?;
        Ok(Seat {
            registry: Arc::clone(self),
            address: address.map(home),
        })
    }

    /// The session with this id.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<S>> {
        self.lock().by_id.get(id).map(Arc::clone)
    }

    /// The session with this id, which is made if there is none.
    pub(crate) fn find_or_open<T>(
        self: &Arc<Self>,
        id: &str,
        address: Option<IpAddr>,
        make: impl FnOnce() -> (S, T),
    ) -> Result<Found<S, T>, Full> {
        let address = address.map(home);
        let mut house = self.lock();
        if let Some(session) = house.by_id.get(id) {
            return Ok(Found::Old(Arc::clone(session)));
        }
        house.admit(address, self.max_sessions, self.max_per_address)?;
        let id: Arc<str> = id.into();
        let (session, rest) = make();
        let session = Arc::new(session);
        house.by_id.insert(Arc::clone(&id), Arc::clone(&session));
        let seat = Seat {
            registry: Arc::clone(self),
            address,
        };
        let name = Name {
            registry: Arc::clone(self),
            id,
        };
        Ok(Found::New(session, seat, name, rest))
    }

    /// No call panics while it holds the lock, and a map that is whole stays useful.
    fn lock(&self) -> MutexGuard<'_, House<S>> {
        self.house.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> House<S> {
    fn admit(&mut self, address: Option<IpAddr>, all: usize, each: usize) -> Result<(), Full> {
        if self.open >= all {
            return Err(Full::House);
        }
        if let Some(address) = address {
            let seats = self.by_address.entry(address).or_default();
            if *seats >= each {
                if *seats == 0 {
                    self.by_address.remove(&address);
                }
                return Err(Full::Address);
            }
            *seats += 1;
        }
        self.open += 1;
        Ok(())
    }
}

/// A session's place in the counts, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat<S> {
    registry: Arc<Registry<S>>,
    address: Option<IpAddr>,
}

impl<S> Drop for Seat<S> {
    fn drop(&mut self) {
        let mut house = self.registry.lock();
        house.open -= 1;
        if let Some(address) = self.address
            && let Some(seats) = house.by_address.get_mut(&address)
        {
            *seats -= 1;
            if *seats == 0 {
                house.by_address.remove(&address);
            }
        }
    }
}

/// A session's id, which leads to it until this is dropped.
#[derive(Debug)]
pub(crate) struct Name<S> {
    registry: Arc<Registry<S>>,
    id: Arc<str>,
}

impl<S> Drop for Name<S> {
    fn drop(&mut self) {
        let session = self.registry.lock().by_id.remove(&self.id);
        // Outside of the lock, since nobody knows what is done when a session is dropped.
        drop(session);
    }
}

/// Who counts as one: an address, or in IPv6 the network of 64 bits that a single subscriber gets.
fn home(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(all: usize, each: usize) -> Arc<Registry<u32>> {
        Registry::new(&Options {
            max_sessions: all,
            max_sessions_per_address: each,
            ..Options::default()
        })
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_full_house_admits_again_when_someone_leaves() {
        let registry = registry(2, 2);
        let first = registry.admit(None).unwrap();
        let _second = registry.admit(None).unwrap();
        assert_eq!(registry.admit(None).unwrap_err(), Full::House);
        drop(first);
        assert!(registry.admit(None).is_ok());
    }

    #[test]
    fn one_address_has_only_so_many_seats_and_takes_none_from_others() {
        let registry = registry(10, 2);
        let first = registry.admit(address("192.0.2.1")).unwrap();
        let _second = registry.admit(address("::ffff:192.0.2.1")).unwrap();
        let full = registry.admit(address("192.0.2.1")).unwrap_err();
        assert_eq!(full, Full::Address);
        assert!(registry.admit(address("192.0.2.2")).is_ok());
        assert!(registry.admit(None).is_ok());
        drop(first);
        assert!(registry.admit(address("192.0.2.1")).is_ok());
    }

    #[test]
    fn a_network_of_64_bits_is_one_address() {
        let registry = registry(10, 1);
        let _first = registry.admit(address("2001:db8:1:2::1")).unwrap();
        let same = registry.admit(address("2001:db8:1:2:ffff::9"));
        assert_eq!(same.unwrap_err(), Full::Address);
        assert!(registry.admit(address("2001:db8:1:3::1")).is_ok());
    }

    #[test]
    fn addresses_that_have_left_are_forgotten() {
        let registry = registry(10, 0);
        assert!(registry.admit(address("192.0.2.1")).is_err());
        assert!(registry.lock().by_address.is_empty());
        let registry = self::registry(10, 1);
        drop(registry.admit(address("192.0.2.1")).unwrap());
        assert!(registry.lock().by_address.is_empty());
    }

    #[test]
    fn an_id_leads_to_one_session_until_it_is_gone() {
        let registry = registry(1, 1);
        assert!(registry.find("a").is_none());
        let found = registry.find_or_open("a", None, || (1, "new")).unwrap();
        let Found::New(session, seat, name, "new") = found else {
            panic!("{found:?} is not new");
        };
        assert_eq!(*session, 1);
        assert_eq!(registry.find("a").as_deref(), Some(&1));
        match registry.find_or_open("a", None, || (2, ())).unwrap() {
            Found::Old(session) => assert_eq!(*session, 1),
            found @ Found::New(..) => panic!("{found:?} was known"),
        }
        drop(name);
        assert!(registry.find("a").is_none());
        let full = registry.find_or_open("b", None, || (3, ())).unwrap_err();
        assert_eq!(full, Full::House, "the seat is still taken");
        drop(seat);
        assert!(registry.find_or_open("b", None, || (3, ())).is_ok());
    }
}
