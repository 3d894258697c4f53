//! Lines that change earlier ones: who may, and what is to be rewritten.
//!
//! A change is a line of its own, so that whoever was away learns of it like of any other line. In
//! the same transaction the line it names is rewritten in place, and the text of the edit before
//! it, if there was one, is erased: a text that was replaced is nowhere any more.

use std::collections::HashMap;

use chat::{Change, Kind, RoomMessage, Seq, Timestamp};

use crate::{Author, WriteError};

/// The key of a room, and a place in it.
pub(crate) type Place = (i64, Seq);

/// A line that may be changed, as far as that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// It is nothing that somebody said, or not any more.
    pub(crate) fixed: bool,
    pub(crate) author: Option<Author>,
    /// The line that edited it last.
    pub(crate) edited_by: Option<Seq>,
}

impl Target {
    /// A line that was just stored.
    fn new(line: &RoomMessage, author: Option<Author>) -> Self {
        Self {
            fixed: line.kind != Kind::Talk || line.change().is_some() || line.deleted,
            author,
            edited_by: None,
        }
    }
}

/// Something to write over what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rewrite {
    /// The line at this place changes another one.
    Changes(Place, Change),
    /// The line at this place has another text, since then, by the line at that place.
    Text(Place, String, Timestamp, Seq),
    /// The text at this place is erased.
    Stone(Place),
}

/// The lines that a batch may change.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    /// `None` where the batch changes nothing, so that its own lines need not be remembered.
    known: Option<HashMap<Place, Target>>,
    rewrites: Vec<Rewrite>,
}

impl Targets {
    /// Of these, which are all that are in the log of what the batch names.
    pub(crate) fn new(known: HashMap<Place, Target>) -> Self {
        Self {
            known: Some(known),
            rewrites: Vec::new(),
        }
    }

    /// Whether `author` may change the line at this place.
    pub(crate) fn check(&self, place: Place, author: Option<Author>) -> Result<(), WriteError> {
        let known = self.known.as_ref().and_then(|known| known.get(&place));
        let target = known.ok_or(WriteError::MessageUnknown)?;
        if target.fixed {
            Err(WriteError::MessageFixed)
        } else if target.author.is_none() || target.author != author {
            Err(WriteError::MessageForeign)
        } else {
            Ok(())
        }
    }

    /// Takes a new line, and does what it asks for.
    pub(crate) fn take(&mut self, room: i64, line: &RoomMessage, author: Option<Author>) {
        let Some(known) = &mut self.known else {
            return;
        };
        known.insert((room, line.seq), Target::new(line, author));
        let Some(change) = line.change() else {
            return;
        };
        let place = (room, change.target());
        let Some(target) = known.get_mut(&place) else {
            return;
        };
        let here = (room, line.seq);
        self.rewrites.push(Rewrite::Changes(here, change));
        if let Some(edit) = target.edited_by.take() {
            self.rewrites.push(Rewrite::Stone((room, edit)));
        }
        self.rewrites.push(match change {
            Change::Edits(_) => {
                target.edited_by = Some(line.seq);
                Rewrite::Text(place, line.message.clone(), line.created_at, line.seq)
            }
            Change::Deletes(_) => {
                target.fixed = true;
                Rewrite::Stone(place)
            }
        });
    }

    /// What is to be written over, in this order.
    pub(crate) fn finish(self) -> Vec<Rewrite> {
        self.rewrites
    }
}
