//! Who sends to which rooms, and as what number.

/// The rooms, and who sends to them. With more rooms than publishers, each publisher sends to
/// its own rooms in turn; with more publishers than rooms, several share one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    rooms: usize,
    publishers: u16,
    subscribers: usize,
}

impl Plan {
    pub(crate) fn new(rooms: usize, publishers: u16, subscribers: usize) -> Self {
        Self {
            rooms,
            publishers,
            subscribers,
        }
    }

    pub(crate) fn rooms(&self) -> usize {
        self.rooms
    }

    pub(crate) fn publishers(&self) -> u16 {
        self.publishers
    }

    /// Subscribers of each room.
    pub(crate) fn subscribers(&self) -> u64 {
        self.subscribers as u64
    }

    /// Subscribers of all rooms.
    pub(crate) fn receivers(&self) -> u64 {
        self.subscribers() * self.rooms as u64
    }

    /// How many rooms a publisher has in turn.
    fn turn(&self, publisher: u16) -> usize {
        let (publisher, publishers) = (usize::from(publisher), usize::from(self.publishers));
        if publishers >= self.rooms {
            1
        } else {
            (self.rooms - publisher).div_ceil(publishers)
        }
    }

    /// Where a publisher's message of this number goes.
    pub(crate) fn room_of(&self, publisher: u16, number: u64) -> usize {
        let publishers = usize::from(self.publishers);
        if publishers >= self.rooms {
            return usize::from(publisher) % self.rooms;
        }
        let turn = (number % self.turn(publisher) as u64) as usize;
        usize::from(publisher) + turn * publishers
    }

    /// Who sends to a room.
    pub(crate) fn publishers_of(&self, room: usize) -> impl Iterator<Item = u16> + use<> {
        let Self {
            rooms, publishers, ..
        } = *self;
        (0..publishers).filter(move |publisher| {
            let publisher = usize::from(*publisher);
            if usize::from(publishers) >= rooms {
                publisher % rooms == room
            } else {
                room % usize::from(publishers) == publisher
            }
        })
    }

    /// A message's number among those of its publisher that go to the same room: 0, 1, 2…
    pub(crate) fn number_in_room(&self, publisher: u16, number: u64) -> u64 {
        number / self.turn(publisher) as u64
    }

    /// How many of a publisher's first `sent` messages went to this room.
    pub(crate) fn sent_into(&self, room: usize, publisher: u16, sent: u64) -> u64 {
        let turn = self.turn(publisher) as u64;
        let place = (room / usize::from(self.publishers).max(1)) as u64;
        let place = if turn == 1 { 0 } else { place };
        (sent + turn - 1 - place) / turn
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Every way to share rooms agrees with sending the messages one by one.
    #[test]
    fn numbers_in_a_room_have_no_hole() {
        for rooms in 1..8 {
            for publishers in 1..8 {
                let plan = Plan::new(rooms, publishers, 1);
                for publisher in 0..publishers {
                    for sent in 0..20 {
                        let mut next: HashMap<usize, u64> = HashMap::new();
                        for number in 0..sent {
                            let room = plan.room_of(publisher, number);
                            let next = next.entry(room).or_default();
                            assert_eq!(plan.number_in_room(publisher, number), *next);
                            *next += 1;
                        }
                        for room in 0..rooms {
                            let sends = plan.publishers_of(room).any(|id| id == publisher);
                            let count = next.get(&room).copied().unwrap_or_default();
                            assert!(sends || count == 0, "{plan:?} {publisher} {room}");
                            if sends {
                                let into = plan.sent_into(room, publisher, sent);
                                assert_eq!(into, count, "{plan:?} {publisher} {room} {sent}");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_room_has_somebody_who_sends() {
        for rooms in 1..8 {
            for publishers in 1..8 {
                let plan = Plan::new(rooms, publishers, 3);
                for room in 0..rooms {
                    assert!(plan.publishers_of(room).count() > 0);
                }
                assert_eq!(plan.receivers(), 3 * rooms as u64);
            }
        }
    }
}
