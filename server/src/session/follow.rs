//! Following one room: the log first, then live, without a hole or a double.

use std::collections::HashMap;

use broker::{Inbox, Overflow, Subscribe, SubscribeError};
use bytes::Bytes;
use chat::{RoomId, Seq};
use stomp::{Text, Version};
use store::{Range, ReadError, Store};

use crate::rooms::to_broker;

/// How many lines are read from the log at a time while catching up. At the usual size of a
/// line that is well under the half mebibyte that may wait for a session.
const PAGE: u32 = 200;

/// From where a subscription wants to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// What is said from now on.
    Now,
    /// Everything after this place (`x-since`).
    Since(Seq),
    /// The last so many lines, then on (`x-history`).
    Last(u64),
}

/// The rooms that one session follows, by subscription id.
#[derive(Debug, Default)]
pub(super) struct Follows {
    by_id: HashMap<Text, Follow>,
}

/// One subscription to a room.
///
/// While it is *behind*, lines come from the log, a page at a time, and live deliveries are
/// ignored: the log is written first, so whatever they carry will be read. Once a page comes
/// back short it is *live*. A jump in `seq`, or being parked for slowness, puts it behind again.
#[derive(Debug)]
struct Follow {
    room: RoomId,
    version: Version,
    next: Seq,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Live,
    Behind {
        /// The inbox takes nothing for this subscription until it is told to.
        parked: bool,
    },
}

impl Follows {
    /// Subscribes to a room's topic and remembers from where to read.
    ///
    /// The head of the log is read before the subscription is made: what is said in between is
    /// then a jump in `seq`, which is mended, and never a hole.
    pub(super) async fn start(
        &mut self,
        subscribe: Subscribe,
        room: RoomId,
        from: From,
        inbox: &Inbox,
        store: &Store,
    ) -> Result<(), StartError> {
        let head = store.head(&room).await.map_err(StartError::Log)?;
        let (id, version) = (subscribe.id.clone(), subscribe.version);
        debug_assert_eq!(subscribe.overflow, Overflow::Park);
        inbox.subscribe(subscribe).map_err(StartError::Refused)?;
        let last = match from {
            From::Now => head,
            // Ahead of the log is where nobody can be: the data was replaced by older data.
            From::Since(seq) => seq.min(head),
            From::Last(count) => Seq(head.0.saturating_sub(count)),
        };
        let state = if last == head {
            State::Live
        } else {
            State::Behind { parked: false }
        };
        self.by_id.insert(
            id,
            Follow {
                room,
                version,
                next: last.next(),
                state,
            },
        );
        Ok(())
    }

    /// Forgets a subscription. Gives its room back where no other subscription follows it.
    pub(super) fn stop(&mut self, id: &Text) -> Option<RoomId> {
        let Follow { room, .. } = self.by_id.remove(id)?;
        let alone = self.by_id.values().all(|other| other.room != room);
        alone.then_some(room)
    }

    /// Whether a live delivery is the next line of its room and is to be sent on. Anything else
    /// than a room's line always is.
    pub(super) fn admit(&mut self, id: &Text, seq: Option<u64>) -> bool {
        let (Some(follow), Some(seq)) = (self.by_id.get_mut(id), seq) else {
            return true;
        };
        match follow.state {
            State::Live if seq == follow.next.0 => {
                follow.next = follow.next.next();
                true
            }
            State::Live => {
                if seq > follow.next.0 {
                    follow.state = State::Behind { parked: false };
                }
                false
            }
            State::Behind { .. } => false,
        }
    }

    /// The inbox dropped what waited for this subscription.
    pub(super) fn parked(&mut self, id: &Text) {
        if let Some(follow) = self.by_id.get_mut(id) {
            follow.state = State::Behind { parked: true };
        }
    }

    /// Whether some subscription has to catch up.
    pub(super) fn any_behind(&self) -> bool {
        self.by_id
            .values()
            .any(|follow| follow.state != State::Live)
    }

    /// Reads the next page for a subscription that is behind: encoded frames, in order.
    pub(super) async fn catch_up(
        &mut self,
        inbox: &Inbox,
        store: &Store,
    ) -> Result<Vec<Bytes>, ReadError> {
        let behind = self
            .by_id
            .iter_mut()
            .find(|(_, follow)| follow.state != State::Live);
        let Some((id, follow)) = behind else {
            return Ok(Vec::new());
        };
        let after = Range::After(Seq(follow.next.0 - 1));
        let lines = store.page(&follow.room, after, PAGE).await?;
        if let Some(last) = lines.last() {
            follow.next = last.seq.next();
        }
        let full = u32::try_from(lines.len()).is_ok_and(|count| count >= PAGE);
        follow.state = match follow.state {
            State::Behind { .. } if full => follow.state,
            // What is said between this page and the next is either read or delivered.
            State::Behind { parked: true } => {
                inbox.resume(id);
                State::Behind { parked: false }
            }
            State::Behind { parked: false } | State::Live => State::Live,
        };
        Ok(lines
            .iter()
            .map(|line| to_broker(line).encode(id, follow.version))
            .collect())
    }
}

/// Why a room could not be followed.
#[derive(Debug)]
pub(super) enum StartError {
    Log(ReadError),
    Refused(SubscribeError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follows(next: u64, state: State) -> (Follows, Text) {
        let id = Text::from_static("sub-0");
        let follow = Follow {
            room: RoomId::lobby(),
            version: Version::V1_2,
            next: Seq(next),
            state,
        };
        (
            Follows {
                by_id: HashMap::from([(id.clone(), follow)]),
            },
            id,
        )
    }

    #[test]
    fn live_lines_pass_in_order_and_once() {
        let (mut follows, id) = follows(5, State::Live);
        assert!(follows.admit(&id, Some(5)));
        assert!(!follows.admit(&id, Some(5)));
        assert!(!follows.admit(&id, Some(4)));
        assert!(follows.admit(&id, Some(6)));
        assert!(!follows.any_behind());
    }

    #[test]
    fn a_jump_in_seq_is_read_from_the_log_instead() {
        let (mut follows, id) = follows(5, State::Live);
        assert!(!follows.admit(&id, Some(7)));
        assert!(follows.any_behind());
        assert!(!follows.admit(&id, Some(8)));
    }

    #[test]
    fn what_is_no_room_always_passes() {
        let (mut follows, _) = follows(5, State::Live);
        assert!(follows.admit(&Text::from_static("other"), None));
        assert!(follows.admit(&Text::from_static("other"), Some(9)));
    }

    #[test]
    fn a_room_is_given_up_with_its_last_subscription() {
        let (mut follows, id) = follows(5, State::Live);
        let second = Text::from_static("sub-1");
        let (room, version) = (RoomId::lobby(), Version::V1_2);
        follows.by_id.insert(
            second.clone(),
            Follow {
                room,
                version,
                next: Seq(1),
                state: State::Live,
            },
        );
        assert_eq!(follows.stop(&id), None);
        assert_eq!(follows.stop(&second), Some(RoomId::lobby()));
        assert_eq!(follows.stop(&second), None);
    }
}
