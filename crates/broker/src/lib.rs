//! Destinations, subscriptions, fan-out and shared queues, in one process.
//!
//! A [`Broker`] is a cheap handle over one table: who subscribed to what. Each session attaches
//! once and holds an [`Inbox`]; whatever is published to a destination that it subscribed to
//! lands there, already encoded, in the order of publishing. Nothing here waits: publishing is
//! a plain call, and the only `await` is [`Inbox::recv`].
//!
//! Every inbox is bounded in bytes. A session that reads too slowly never slows the others and
//! never grows memory; what happens to it instead is [`Overflow`]'s choice, made per
//! subscription.
//!
//! # What a subscription can be
//!
//! - To one [`Destination`], or to all that match a [`Pattern`].
//! - [`Mode::FanOut`]: every message; or [`Mode::Shared`]: one of those who compete for each
//!   message, which is theirs until they [`settle`](Inbox::settle) it, and goes to another where
//!   they do not.
//! - [`From::Now`] on, or from an earlier message on. A plain destination gives its messages
//!   offsets 1, 2, 3… (the header `x-offset`) and remembers the newest. A message with a place
//!   in a log of its own ([`Message::seq`]) is left to that log.
//!
//! # Scale
//!
//! The table is cut into parts by a hash of the destination, each with a lock of its own, and
//! what a session holds is known to its inbox alone: publishing to one destination costs the
//! same however many others there are, and touches each of its subscribers once, without an
//! allocation for each.
//!
//! # Layout
//!
//! What is asked and answered:
//! - [`destination`], [`pattern`]: [`Destination`], [`Pattern`], [`Target`]: parsed, bounded names.
//! - [`message`]: [`Message`], encoded once for all receivers that see the same.
//! - [`subscribe`]: [`Subscribe`], [`Subscribed`], and why not.
//! - [`broker`]: the handle; [`inbox`]: the reading end of one session; [`delivery`]: what it
//!   finds there.
//! - [`options`], [`stats`]: bounds, and numbers to watch.
//!
//! How it is done:
//! - `table`: the shards and what they share; `shard`: a lock over channels; `channel`: one
//!   destination.
//! - `fanout`, `ring`, [`queue`]: the three things that a channel may have.
//! - `patterns`: the tree of pattern subscriptions; `declared`: which queues outlive consumers.
//! - `mailbox`: the bounded queue between publishers and one inbox.
//! - [`courier`]: writes what waits to the peers of sessions that have lent their [`outlet`], and
//!   need not be woken for it; [`cursor`]: how far such a session has come in a log.
//!
//! # Example
//!
//! ```
//! use broker::{Broker, Delivery, Destination, Message, Options, Subscribe};
//! use stomp::{Text, Version};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let broker = Broker::new(Options::default())?;
//! let news = Destination::parse("/topic/news")?;
//!
//! let mut inbox = broker.attach();
//! inbox.subscribe(Subscribe::new(Text::from("sub-0"), news.clone(), Version::V1_2))?;
//!
//! broker.publish(&Message::new(news, Text::from("1")).body("hello".into()))?;
//!
//! let [Delivery::Message { encoded, .. }] = &inbox.recv().await[..] else { panic!() };
//! assert!(encoded.starts_with(b"MESSAGE\ndestination:/topic/news\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
#![warn(missing_docs)]

pub mod broker;
mod channel;
pub mod courier;
pub mod cursor;
mod declared;
pub mod delivery;
pub mod destination;
mod fanout;
pub mod inbox;
mod mailbox;
pub mod message;
pub mod options;
pub mod outlet;
pub mod pattern;
mod patterns;
pub mod queue;
mod ring;
mod shard;
pub mod stats;
pub mod subscribe;
mod table;
mod waiting;

pub use broker::{Broker, PublishError, Published};
pub use courier::Courier;
pub use cursor::Cursor;
pub use delivery::{Delivery, Overflow};
pub use destination::{Destination, DestinationError};
pub use inbox::Inbox;
pub use message::Message;
pub use options::{Options, OptionsError};
pub use outlet::{Framing, Outlet, Written};
pub use pattern::{Pattern, Target};
pub use queue::Outcome;
pub use stats::Stats;
pub use subscribe::{From, Mode, Subscribe, SubscribeError, Subscribed};
