//! SUBSCRIBE and UNSUBSCRIBE.

use broker::{Destination, From, Mode, Overflow, Subscribe, Subscribed, Target};
use chat::Seq;
use chat::destination::{X_EPOCH, X_FIRST, X_HISTORY, X_OFFSET, X_RECOVERED, X_SINCE};
use stomp::{AckMode, Headers, Text};

use super::Client;
use super::address::{Of, REPLY_QUEUE, is_errors};
use super::peer::Peer;
use super::refuse::Refused;
use crate::net::Link;

/// `x-queue:shared` makes a subscription a competing consumer; `x-queue:fanout` keeps it from
/// being one where the server's settings would make it so.
const X_QUEUE: &str = "x-queue";

/// How many messages a competing consumer may hold unacknowledged; RabbitMQ's name for it.
const PREFETCH_COUNT: &str = "prefetch-count";

impl Client {
    /// Subscribes, and gives back what the RECEIPT tells of the place that was found.
    pub(super) async fn on_subscribe(
        &mut self,
        id: &Text,
        destination: &str,
        ack: AckMode,
        headers: &Headers,
        peer: &mut Peer<'_, impl Link>,
    ) -> Result<Headers, Refused> {
        let from = from_where(headers)?;
        let version = self.version;
        // The id lives as long as the subscription: it must not hold on to the whole frame.
        let id = id.detached();
        let plain = |target| Subscribe {
            id: id.clone(),
            target,
            version,
            overflow: Overflow::End,
            ack: ack != AckMode::Auto,
            mode: Mode::FanOut,
            from: From::Now,
            // What is to be acknowledged is to be remembered as well.
            direct: ack == AckMode::Auto,
            cursor: None,
        };
        let mut first = Seq(1);
        let subscribed = match Of::parse(destination)? {
            Of::Room { room, topic } => {
                let topic = Target::Destination(topic);
                self.mode(&topic, headers)?;
                let subscribe = Subscribe {
                    overflow: Overflow::Park,
                    from: match (from, self.state.rules.room_history) {
                        (From::Now, count @ 1..) => From::Last(count),
                        (from, _) => from,
                    },
                    ..plain(topic)
                };
                let start = self
                    .follows
                    .start(subscribe, room, &mut self.inbox, &self.state.store);
                let (subscribed, begins) = peer.beating(&mut self.stomp, start).await?;
                first = begins;
                subscribed
            }
            Of::Own { name, path } => {
                if name.is_some_and(|name| !self.identity.is(&name)) {
                    return Err(Refused::anothers_queue());
                }
                let own = Destination::user(self.identity.connection().0, path.as_str())?;
                let own = Target::Destination(own);
                self.mode(&own, headers)?;
                let subscribed = self.inbox.subscribe(plain(own))?;
                if is_errors(&path) {
                    self.errors = Some(id.clone());
                }
                subscribed
            }
            Of::Plain(target) => {
                let mode = self.mode(&target, headers)?;
                self.inbox.subscribe(Subscribe {
                    mode,
                    from,
                    ..plain(target)
                })?
            }
        };
        self.unacked.start(id, ack);
        let mut told = told(&subscribed);
        if first > Seq(1) {
            told.push(Text::from_static(X_FIRST), first.to_string());
        }
        Ok(told)
    }

    pub(super) fn on_unsubscribe(
        &mut self,
        id: &Text,
        peer: &Peer<'_, impl Link>,
    ) -> Result<(), Refused> {
        // What was sent under it goes out before the RECEIPT, and to nobody else again.
        self.settle_written(peer);
        if !self.inbox.unsubscribe(id) {
            return Err(Refused::no_subscription(id));
        }
        self.unacked.stop(id);
        self.temporary.remove(id);
        self.errors.take_if(|errors| errors == id);
        if let Some(room) = self.follows.stop(id) {
            self.state.rooms.unfollow(&mut self.speaker, &room);
        }
        Ok(())
    }

    /// Makes the queue that this session reads at the address of a `reply-to`.
    ///
    /// As with RabbitMQ its messages come under a subscription that has the name that
    /// `reply-to` gave, and it lasts as long as the session, or until that is unsubscribed.
    pub(super) fn await_answers(&mut self, name: Text, address: Text) -> Result<(), Refused> {
        let token = address.strip_prefix(REPLY_QUEUE).unwrap_or(&address);
        let queue = Destination::reply(token)?;
        self.inbox
            .subscribe(Subscribe::new(name.clone(), queue, self.version))?;
        self.temporary.insert(name, address);
        Ok(())
    }

    fn mode(&self, target: &Target, headers: &Headers) -> Result<Mode, Refused> {
        let shared = match (target, headers.get(X_QUEUE)) {
            (Target::Pattern(_), _) if !self.state.rules.wildcards => {
                return Err(Refused::no_wildcards());
            }
            (Target::Pattern(_), None) | (_, Some("fanout")) => false,
            (Target::Destination(queue), None) => self.state.broker.is_shared(queue),
            (_, Some("shared")) if !target.as_str().starts_with("/queue/") => {
                return Err(Refused::shared_topic());
            }
            (Target::Destination(queue), Some("shared"))
                if !self.state.rules.clients_share_queues
                    && !self.state.broker.is_shared(queue) =>
            {
                return Err(Refused::not_shared(queue));
            }
            (_, Some("shared")) => true,
            (_, Some(_)) => return Err(Refused::unknown_queue_mode()),
        };
        if !shared {
            return Ok(Mode::FanOut);
        }
        let prefetch = match number(headers, PREFETCH_COUNT)? {
            Some(count) => usize::try_from(count).unwrap_or(usize::MAX),
            None => Mode::DEFAULT_PREFETCH,
        };
        Ok(Mode::Shared { prefetch })
    }
}

/// What a RECEIPT says of the place at which a subscription joined.
fn told(subscribed: &Subscribed) -> Headers {
    let mut headers = Headers::new();
    if let Some(epoch) = &subscribed.epoch {
        headers.push(Text::from_static(X_EPOCH), epoch.clone());
        headers.push(Text::from_static(X_OFFSET), subscribed.offset.to_string());
    }
    if let Some(recovered) = subscribed.recovered {
        headers.push(Text::from_static(X_RECOVERED), recovered.to_string());
    }
    headers
}

fn from_where(headers: &Headers) -> Result<From, Refused> {
    let epoch = headers.text(X_EPOCH).map(Text::detached);
    Ok(
        match (number(headers, X_SINCE)?, number(headers, X_HISTORY)?) {
            (Some(seq), _) => From::Since { seq, epoch },
            (None, Some(count)) => From::Last(count),
            (None, None) => From::Now,
        },
    )
}

fn number(headers: &Headers, name: &'static str) -> Result<Option<u64>, Refused> {
    headers
        .get(name)
        .map(|value| {
            value
                .trim()
                .parse()
                .map_err(|_| Refused::not_a_number(name))
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> Headers {
        pairs.iter().copied().collect()
    }

    #[test]
    fn since_is_more_exact_than_history() {
        assert_eq!(from_where(&headers(&[])).unwrap(), From::Now);
        assert_eq!(
            from_where(&headers(&[("x-history", "50")])).unwrap(),
            From::Last(50)
        );
        let both = headers(&[("x-history", "50"), ("x-since", "7"), ("x-epoch", "e")]);
        let epoch = Some(Text::from_static("e"));
        assert_eq!(from_where(&both).unwrap(), From::Since { seq: 7, epoch });
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in ["", "-1", "1.5", "all", "99999999999999999999"] {
            assert!(from_where(&headers(&[("x-since", bad)])).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_receipt_tells_the_place() {
        let subscribed = Subscribed {
            epoch: Some(Text::from_static("e")),
            offset: 7,
            recovered: Some(false),
        };
        let expected = [
            ("x-epoch", "e"),
            ("x-offset", "7"),
            ("x-recovered", "false"),
        ];
        assert_eq!(told(&subscribed), headers(&expected));
        assert!(
            told(&Subscribed {
                epoch: None,
                offset: 0,
                recovered: None
            })
            .is_empty()
        );
    }
}
