//! The words that Roomside's server and its browser client both speak.
//!
//! Everything here is a value: no IO, no clock, no framework, so that the same code checks a
//! nickname in the visitor's browser and again on the server that must not trust it.
//!
//! # Layout
//!
//! - [`name`]: [`RoomId`], [`RoomName`] and [`Sender`], each built by one fallible constructor.
//! - [`text`]: [`Text`], what somebody said.
//! - [`message`]: [`RoomMessage`], the one JSON shape that every client old and new receives,
//!   and [`Draft`], what a client sends.
//! - [`room`]: [`Room`] and the bodies of the rooms interface.
//! - [`destination`]: where rooms live among STOMP destinations, and the names of our headers.
//! - [`refusal`]: [`Refusal`], why something was turned away, in the reader's language.
//! - [`lang`]: [`Lang`], Korean or English.

pub mod destination;
pub mod lang;
pub mod message;
pub mod name;
pub mod refusal;
pub mod room;
pub mod text;

pub use lang::Lang;
pub use message::{Change, Draft, Kind, MessageId, RoomMessage, Seq, Timestamp};
pub use name::{RoomId, RoomName, Sender};
pub use refusal::Refusal;
pub use room::{MessagePage, NewRoom, Problem, Room};
pub use text::Text;
