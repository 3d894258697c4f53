//! Destinations, subscriptions and fan-out, in one process.
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
//! # Layout
//!
//! - [`destination`]: [`Destination`], a parsed and bounded name.
//! - [`message`]: [`Message`], encoded once per subscription id and STOMP version.
//! - [`mailbox`]: the bounded queue of one session and its reading end, [`Inbox`].
//! - [`broker`]: the table and its handle.
//!
//! # Example
//!
//! ```
//! use broker::{Broker, Delivery, Destination, Message, Options, Overflow, Subscribe};
//! use stomp::{Text, Version};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let broker = Broker::new(Options::default());
//! let news = Destination::parse("/topic/news").unwrap();
//!
//! let mut inbox = broker.attach();
//! inbox
//!     .subscribe(Subscribe {
//!         id: Text::from("sub-0"),
//!         destination: news.clone(),
//!         version: Version::V1_2,
//!         overflow: Overflow::End,
//!     })
//!     .unwrap();
//!
//! broker.publish(&Message::new(news, Text::from("1")).body("hello".into()));
//!
//! let [Delivery::Message { encoded, .. }] = &inbox.recv().await[..] else { panic!() };
//! assert!(encoded.starts_with(b"MESSAGE\ndestination:/topic/news\n"));
//! # });
//! ```

pub mod broker;
pub mod destination;
pub mod mailbox;
pub mod message;

pub use broker::{Broker, Options, Published, Subscribe, SubscribeError};
pub use destination::{Destination, DestinationError};
pub use mailbox::{Delivery, Inbox, Overflow};
pub use message::Message;
