//! The peer of one session: the link to it, and the time that it is promised.

use std::time::Duration;

use bytes::Bytes;

use crate::clock::{Alarm, Clock};
use crate::net::Link;

/// How long a session may work before others get their turn. What came at once, such as thousands
/// of frames in one message, would hold up everybody's beats otherwise.
const TURN: Duration = Duration::from_millis(10);

/// A peer that may have left already: what it is told is dropped then, and what it said before is
/// still heard (STOMP 1.2, RECEIPT: frames received before the client left are still processed).
#[derive(Debug)]
pub(super) struct Peer<'l, L> {
    link: &'l mut L,
    /// Nothing reaches it any more.
    gone: bool,
    /// Something was told that is not flushed yet.
    told: bool,
    clock: Clock,
    alarm: Alarm,
    /// When the turn of this session began.
    turn: Duration,
}

/// What came of waiting for a peer.
#[derive(Debug)]
pub(super) enum Heard {
    Said(Bytes),
    /// The moment has come, or one before it.
    Nothing,
    /// It is gone, and all that it said was heard.
    Left,
}

impl<'l, L: Link> Peer<'l, L> {
    pub(super) fn new(link: &'l mut L, clock: Clock) -> Self {
        Self {
            link,
            gone: false,
            told: false,
            clock,
            alarm: Alarm::new(clock),
            turn: clock.now(),
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone
    }

    /// Waits for some of what the peer sends, unless it is not to be `heard` now, until `deadline`
    /// at the latest. Cancel safe.
    ///
    /// What has come goes first, so that nobody counts as silent whose beats lie unread.
    pub(super) async fn hear_until(&mut self, deadline: Option<Duration>, heard: bool) -> Heard {
        self.alarm.set(deadline);
        tokio::select! {
            biased;
            said = self.link.recv(), if heard => said.map_or(Heard::Left, Heard::Said),
            () = self.alarm.ring() => Heard::Nothing,
        }
    }

    /// Takes one frame or heart-beat for the next [`flush`](Self::flush). It waits while too much
    /// waits for the peer already. Dropped before it returned, it has told nothing.
    pub(super) async fn tell(&mut self, frame: Bytes) {
        self.told = true;
        if !self.gone && self.link.feed(frame).await.is_err() {
            self.gone = true;
        }
    }

    /// Waits until what was told is on its way. Cancel safe.
    pub(super) async fn flush(&mut self) {
        if self.told && !self.gone {
            self.gone = self.link.flush().await.is_err();
        }
        self.told = false;
    }

    /// Begins a turn, after which [`rest`](Self::rest) lets others work.
    pub(super) fn begin_turn(&mut self) {
        self.turn = self.clock.now();
    }

    /// Lets others work, if this turn was long enough, or `much` was done in it. Says whether it
    /// did.
    pub(super) async fn rest(&mut self, stomp: &mut stomp::Server, much: bool) -> bool {
        let rests = much || self.clock.now().saturating_sub(self.turn) >= TURN;
        if rests {
            self.beating(stomp, tokio::task::yield_now()).await;
            self.begin_turn();
        }
        rests
    }

    /// Does `work` to its end, and meanwhile sends what was told, and the beats that fall due: a
    /// disk that is busy must not make us break our promise.
    ///
    /// The peer is not judged meanwhile, since what it sends is not read.
    pub(super) async fn beating<T>(
        &mut self,
        stomp: &mut stomp::Server,
        work: impl Future<Output = T>,
    ) -> T {
        let beats = async {
            loop {
                self.flush().await;
                self.alarm.set(stomp.beat_at());
                self.alarm.ring().await;
                if let Some(beat) = stomp.beat(self.clock.now()) {
                    self.tell(beat).await;
                }
            }
        };
        tokio::select! {
            biased;
            done = work => done,
            never = beats => never,
        }
    }
}
