//! Following one room: the log first, then live, without a hole or a double.

use std::collections::HashMap;

use broker::{Cursor, From, Inbox, Overflow, Subscribe, SubscribeError, Subscribed};
use bytes::Bytes;
use chat::{MessageId, RoomId, Seq};
use stomp::{Text, Version};
use store::{Range, ReadError, Span, Store};

use super::unacked::Unacked;
use crate::rooms::to_broker;

/// How many lines are read from the log at a time while catching up.
const PAGE: u32 = 200;

/// How many bytes of them are sent at a time. A page waits for a peer that is slow, and the longest
/// lines, two hundred of them, would be many times the half mebibyte that may wait for a session.
const PAGE_BYTES: usize = 256 * 1024;

/// The same while much waits for all sessions together, as when thousands come back at once.
const CROWDED_PAGE_BYTES: usize = 16 * 1024;

/// The rooms that one session follows, by subscription id.
#[derive(Debug, Default)]
pub(super) struct Follows {
    by_id: HashMap<Text, Follow>,
    /// Counts the pages that were read.
    turns: u64,
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
    /// Whether its messages carry an `ack` header.
    ack: bool,
    /// The place that is to be sent next. While it is live, and the outlet lent, the broker moves
    /// it on.
    next: Cursor,
    state: State,
    /// How many lines to read at a time, as many as lately made a page or a few more.
    page: u32,
    /// When it was last caught up with, so that all that are behind take turns.
    turn: u64,
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
    /// Subscribes to a room's topic and remembers from where to read. With where it joined it gives
    /// back the first place that the room still keeps.
    ///
    /// The head of the log is read once the subscription stands: what is said in between is then
    /// delivered as well as read, and never neither. The other way round it would be a hole until
    /// somebody spoke again.
    pub(super) async fn start(
        &mut self,
        subscribe: Subscribe,
        room: RoomId,
        inbox: &mut Inbox,
        store: &Store,
    ) -> Result<(Subscribed, Seq), StartError> {
        debug_assert_eq!(subscribe.overflow, Overflow::Park);
        let (id, version, ack) = (subscribe.id.clone(), subscribe.version, subscribe.ack);
        let from = subscribe.from;
        // Nothing is as far as this before the log has been looked at.
        let next = Cursor::new(u64::MAX);
        let subscribe = Subscribe {
            from: From::Now,
            cursor: Some(next.clone()),
            ..subscribe
        };
        inbox.subscribe(subscribe).map_err(StartError::Refused)?;
        let Span { first, head, .. } = match store.span(&room).await {
            Ok(span) => span,
            Err(error) => {
                inbox.unsubscribe(&id);
                return Err(StartError::Log(error));
            }
        };
        let epoch = Text::from(store.epoch().to_owned());
        let (last, recovered) = place(&from, first, head, &epoch);
        let state = if last == head {
            State::Live
        } else {
            State::Behind { parked: false }
        };
        next.set(last.next().0);
        let follow = Follow {
            room,
            version,
            ack,
            next,
            state,
            page: PAGE,
            turn: 0,
        };
        self.by_id.insert(id, follow);
        let subscribed = Subscribed {
            epoch: Some(epoch),
            offset: head.0,
            recovered,
        };
        Ok((subscribed, first))
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
            State::Live if follow.next.admit(seq) => true,
            State::Live => {
                if seq > follow.next.next() {
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

    /// What comes live is left to the log: the client has to acknowledge some of what it was
    /// sent first. Says whether the subscription follows a room at all.
    pub(super) fn hold(&mut self, id: &Text) -> bool {
        let Some(follow) = self.by_id.get_mut(id) else {
            return false;
        };
        if follow.state == State::Live {
            follow.state = State::Behind { parked: false };
        }
        true
    }

    /// Whether some subscription that may be sent more has to catch up.
    pub(super) fn any_behind(&self, unacked: &Unacked) -> bool {
        self.by_id
            .iter()
            .any(|(id, follow)| follow.state != State::Live && unacked.room(id) > 0)
    }

    /// Reads the next page for a subscription that is behind and may be sent more.
    pub(super) async fn catch_up(
        &mut self,
        unacked: &Unacked,
        inbox: &mut Inbox,
        store: &Store,
    ) -> Result<Page, ReadError> {
        let behind = self
            .by_id
            .iter_mut()
            .filter(|(id, follow)| follow.state != State::Live && unacked.room(id) > 0)
            .min_by_key(|(_, follow)| follow.turn);
        let Some((id, follow)) = behind else {
            return Ok(Page::default());
        };
        self.turns += 1;
        follow.turn = self.turns;
        let limit =
            u32::try_from(unacked.room(id)).map_or(follow.page, |room| room.min(follow.page));
        let after = Range::After(Seq(follow.next.next() - 1));
        let lines = store.page(&follow.room, after, limit).await?;
        let mut frames = Vec::with_capacity(lines.len());
        let enough = if inbox.is_crowded() {
            CROWDED_PAGE_BYTES
        } else {
            PAGE_BYTES
        };
        let mut bytes = 0;
        for line in &lines {
            let frame = to_broker(line).encode(id, follow.version, follow.ack);
            bytes += frame.len();
            frames.push((line.id, inbox.count(frame)));
            follow.next.set(line.seq.next().0);
            if bytes >= enough {
                break;
            }
        }
        let cut = frames.len() < lines.len();
        let sent = u32::try_from(frames.len()).unwrap_or(PAGE);
        follow.page = if cut {
            sent
        } else {
            (follow.page * 2).min(PAGE)
        };
        let full = cut || sent >= limit;
        follow.state = match follow.state {
            State::Behind { .. } if full => follow.state,
            // What is said between this page and the next is either read or delivered.
            State::Behind { parked: true } => {
                inbox.resume(id);
                State::Behind { parked: false }
            }
            State::Behind { parked: false } | State::Live => State::Live,
        };
        Ok(Page {
            subscription: id.clone(),
            frames,
        })
    }
}

/// Where a subscription starts: the last place it has, and whether nothing since is missing.
///
/// A place ahead of the log, or in another epoch, is one where nobody can be: the data was
/// replaced. Then it goes on live, and `x-recovered:false` tells the client to look again. After a
/// place before the first one that is kept comes what is kept, which is not everything either.
fn place(from: &From, first: Seq, head: Seq, epoch: &Text) -> (Seq, Option<bool>) {
    match from {
        From::Now => (head, None),
        From::Last(count) => (Seq(head.0.saturating_sub(*count)), None),
        From::Since { seq, epoch: theirs } => {
            let same = theirs.as_ref().is_none_or(|theirs| theirs == epoch);
            if same && *seq <= head.0 {
                (Seq(*seq), Some(seq.saturating_add(1) >= first.0))
            } else {
                (head, Some(false))
            }
        }
    }
}

/// Lines of one room, encoded for one subscription, in order.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) subscription: Text,
    pub(super) frames: Vec<(MessageId, Bytes)>,
}

/// Why a room could not be followed.
#[derive(Debug)]
pub(super) enum StartError {
    Log(ReadError),
    Refused(SubscribeError),
}

#[cfg(test)]
mod tests;
