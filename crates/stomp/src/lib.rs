//! STOMP 1.0, 1.1 and 1.2 without sockets, clocks or tasks, for servers and browsers alike.
//!
//! # Layout
//! - [`Frame`] is a command, its [`Headers`] and a body; [`Text`] is a shared piece of one.
//! - [`Decoder`] and [`encode`] go between frames and octets; [`Limits`] bound what a peer can
//!   make us hold.
//! - [`Server`] and [`Client`] are the two ends of a session: connecting, versions, heart-beats,
//!   transactions, faults.
//!
//! # Driving a machine
//! The methods of [`Server`] and [`Client`] are of four kinds:
//! 1. questions, such as `version`, which change nothing;
//! 2. `handle_input` and `handle_timeout`, which tell what happened;
//! 3. commands, such as `deliver` or `send`, whose [`UsageError`] is *our* mistake;
//! 4. `poll`, which tells what to do, *the peer's* [`ProtocolError`] included.
//!
//! After each call of kind 2 or 3, poll until [`Output::Wait`]. `now` is the time since any fixed
//! moment, the same for all calls to one machine.
//!
//! ```
//! use std::time::Duration;
//! use stomp::{
//!     Accepted, Action, Client, ClientEvent, ClientOptions, Command, Frame, Output, SendRequest, Server, ServerEvent,
//!     ServerOptions, SubscribeRequest, Version, encode,
//! };
//!
//! let now = Duration::ZERO;
//! let mut client = Client::new(ClientOptions::default(), now);
//! let mut server = Server::new(ServerOptions::default(), now);
//! let mut heard = Vec::new();
//!
//! loop {
//!     let mut idle = true;
//!     // The client's driver: what it transmits is the server's input.
//!     loop {
//!         match client.poll() {
//!             Output::Transmit(bytes) => server.handle_input(&bytes, now),
//!             Output::Event(ClientEvent::Connected { .. }) => {
//!                 client.subscribe(SubscribeRequest::new("0", "/topic/a"), now)?;
//!                 client.send(SendRequest::new("/topic/a", "hello"), now)?;
//!             }
//!             Output::Event(ClientEvent::Message { body, .. }) => heard.push(body),
//!             Output::Event(other) => panic!("not expected: {other:?}"),
//!             Output::Wait(_) | Output::Closed(_) => break,
//!         }
//!         idle = false;
//!     }
//!     // The server's driver: it lets everyone in and has one destination.
//!     loop {
//!         match server.poll() {
//!             Output::Transmit(bytes) => client.handle_input(&bytes, now),
//!             Output::Event(ServerEvent::Connect { .. }) => server.accept(Accepted::default(), now)?,
//!             Output::Event(ServerEvent::Action { action: Action::Send { destination, body, .. }, .. }) => {
//!                 let message = Frame::new(Command::Message)
//!                     .header("destination", destination)
//!                     .header("message-id", "1")
//!                     .header("subscription", "0")
//!                     .body(body);
//!                 server.deliver(encode(&message, Version::V1_2), now)?;
//!             }
//!             Output::Event(_) => {}
//!             Output::Wait(_) | Output::Closed(_) => break,
//!         }
//!         idle = false;
//!     }
//!     if idle {
//!         break;
//!     }
//! }
//! assert_eq!(heard, ["hello"]);
//! # Ok::<(), stomp::UsageError>(())
//! ```
#![warn(missing_docs)]

mod ack;
mod client;
mod command;
mod decode;
mod demand;
mod encode;
mod error;
mod escape;
mod frame;
mod headers;
mod heartbeat;
mod limits;
mod output;
mod server;
mod text;
mod version;

pub use ack::{AckMode, Acknowledged};
pub use client::{AckRequest, Client, ClientEvent, ClientOptions, SendRequest, SubscribeRequest};
pub use command::Command;
pub use decode::{Decoder, Item};
pub use encode::{BEAT, encode, encode_into};
pub use error::{DecodeError, ProtocolError, UsageError, excerpt};
pub use frame::Frame;
pub use headers::Headers;
pub use heartbeat::{Heartbeat, Tolerance};
pub use limits::Limits;
pub use output::{Closed, Output};
pub use server::{Accepted, Action, Failure, Server, ServerEvent, ServerOptions};
pub use text::Text;
pub use version::{SUBPROTOCOLS, Version};
