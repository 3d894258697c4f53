//! The whole log as a file of text, to carry it from one engine to the other.
//!
//! One JSON object a line, UTF-8, each with one member that says what it is:
//!
//! ```text
//! {"log":{"version":2,"epoch":"3b0c…"}}                        first
//! {"room":{"roomId":"lobby","name":"lobby","createdAt":"…","lastSeq":2}}
//! {"message":{"type":"TALK","roomId":"lobby",…,"seq":1}}        its messages, ascending by seq
//! {"message":{"type":"TALK","roomId":"lobby",…,"seq":2}}
//! {"room":{…}}                                                 the next room, and so on
//! {"end":{"rooms":2,"messages":2}}                             last; a file without it is cut short
//! ```
//!
//! Rooms come in the order in which they were made; rooms and messages have the shapes that the
//! JSON interface gives them. Ids, places, times and the epoch are kept, so that clients go on
//! where they were. What that interface does not say is added:
//!
//! - `first` of a room: the place of the first message that it keeps, where that is not 1.
//! - `author` of a message: 32 hexadecimal digits by which its author is known again. Whoever has
//!   the file cannot write in anybody's name by them.
//! - `editedBy` of a message that has `editedAt`: the place of the line that edited it last.
//!
//! Version 1 had none of these, and no lines that change others.

mod export;
mod import;

use std::io;

use chat::{Room, RoomMessage, Seq};
use serde::{Deserialize, Serialize};

pub use export::export;
pub use import::import;

use crate::{Author, OpenError, ReadError};

/// The version of the format that is written, and the newest that is read.
pub const VERSION: u32 = 2;

/// The longest line that is read, in bytes. The longest message there should be takes 72 KB, with
/// every character escaped.
pub const MAX_LINE: u64 = 16 * 1024 * 1024;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Record {
    Log { version: u32, epoch: String },
    Room(Carrying<Room, RoomExtra>),
    Message(Carrying<RoomMessage, Hidden>),
    End(Carried),
}

/// What everybody may know, and what only the log does.
#[derive(Debug, Serialize, Deserialize)]
struct Carrying<T, E> {
    #[serde(flatten)]
    known: T,
    #[serde(flatten)]
    extra: E,
}

#[derive(Debug, Serialize, Deserialize)]
struct RoomExtra {
    #[serde(default = "one", skip_serializing_if = "is_one")]
    first: Seq,
}

/// What a line has that nobody is told.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hidden {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) author: Option<Author>,
    /// The line that edited it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) edited_by: Option<Seq>,
}

fn one() -> Seq {
    Seq(1)
}

fn is_one(seq: &Seq) -> bool {
    *seq == one()
}

/// How much a file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    pub rooms: u64,
    pub messages: u64,
}

/// Why a log was not carried; one sentence each. An import that fails has changed nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] io::Error),
    /// There is something in the log already.
    #[error("the database {0} has messages or rooms already: import into a new one")]
    NotEmpty(String),
    /// The file ends before it should.
    #[error("the file is cut short after line {0}: export it again")]
    CutShort(u64),
    /// A newer Roomside wrote it.
    #[error(
        "the file is of version {0}, and this program reads up to {VERSION}: update the program"
    )]
    Newer(u32),
    /// A line is not what it should be.
    #[error("line {line} of the file cannot be taken: {why}")]
    Line { line: u64, why: String },
    /// The database refused it, in its own words.
    #[error("the log cannot be written: {0}")]
    Write(String),
}
