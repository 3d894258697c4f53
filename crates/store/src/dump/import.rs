//! From the file to the log.

use std::collections::HashSet;
use std::io::{BufRead, Read as _};
use std::sync::Arc;

use chat::{Room, RoomId, RoomMessage, Seq, Timestamp};

use super::{Carried, DumpError, Hidden, MAX_LINE, Record, VERSION};
use crate::batch::{Line, Writes};
use crate::change::Rewrite;
use crate::engine::{Database, Writing};
use crate::error::reason;
use crate::heads::Head;
use crate::row::MAX_SEQ;
use crate::{Options, Store};

/// Reads a file of [`export`](super::export)'s into a log in which nothing has been said yet; it
/// is made where it is missing. One transaction holds it all: whatever goes wrong, the log stays
/// empty. Says after every page how much was read. Memory: one page, and the ids of the rooms.
///
/// No server may use the log meanwhile. The file is read as std does, so this is for a program
/// that does nothing else.
///
/// # Errors
///
/// [`DumpError`].
pub async fn import(
    options: &Options,
    input: &mut impl BufRead,
    mut progress: impl FnMut(Carried),
) -> Result<Carried, DumpError> {
    let database = Database::new(options)?;
    let ((mut link, heads), _) = database.open().await?;
    let imported = async {
        let (mut writing, totals) = link.begin().await.map_err(refused)?;
        let rooms = totals.map_or_else(|| heads.count(), |totals| totals.rooms);
        let lobby = writing.heads(&[&RoomId::lobby()]).await.map_err(refused)?;
        if rooms > 1 || lobby.iter().any(|head| head.room.last_seq > Seq::ZERO) {
            return Err(DumpError::NotEmpty(database.name()));
        }
        let carried = read_all(&mut writing, input, &mut progress).await?;
        writing.commit().await.map_err(refused)?;
        Ok(carried)
    }
    .await;
    link.close().await;
    imported
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
fn refused(error: sqlx::Error) -> DumpError {
    DumpError::Write(reason(&error))
}

async fn read_all(
    writing: &mut Writing<'_>,
    input: &mut impl BufRead,
    progress: &mut impl FnMut(Carried),
) -> Result<Carried, DumpError> {
    let mut records = Records { input, line: 0 };
    match records.next()? {
        Record::Log { version, .. } if version > VERSION => return Err(DumpError::Newer(version)),
        Record::Log { epoch, .. } => writing.restart(&epoch).await.map_err(refused)?,
        _ => return Err(records.fault("a file of `roomside export` begins with its log")),
    }
    let mut page = Page::default();
    loop {
        match records.next()? {
            Record::Log { .. } => return Err(records.fault("the log is there twice")),
            Record::Room(room) => {
                let added = page.add_room(room.known, room.extra.first);
                added.map_err(|why| records.fault(why))?;
            }
            Record::Message(message) => {
                let added = page.add(message.known, message.extra);
                added.map_err(|why| records.fault(why))?;
                if page.lines.len() >= Store::MAX_PAGE as usize {
                    page.write(writing).await.map_err(refused)?;
                    progress(page.carried);
                }
            }
            Record::End(_) if !page.seen.contains(&RoomId::lobby()) => {
                return Err(records.fault("the room lobby is missing"));
            }
            Record::End(carried) if carried == page.carried => {
                page.write(writing).await.map_err(refused)?;
                progress(carried);
                return records.end().map(|()| carried);
            }
            Record::End(_) => return Err(records.fault("something before it is missing")),
        }
    }
}

/// The lines of the file.
struct Records<'i, I> {
    input: &'i mut I,
    /// The number of the last one.
    line: u64,
}

impl<I: BufRead> Records<'_, I> {
    fn next(&mut self) -> Result<Record, DumpError> {
        let mut line = Vec::new();
        let read = self
            .input
            .by_ref()
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            if read as u64 == MAX_LINE {
                self.line += 1;
                return Err(self.fault("it is longer than any message"));
            }
            return Err(DumpError::CutShort(self.line));
        }
        self.line += 1;
        serde_json::from_slice(&line).map_err(|error| self.fault(error.to_string()))
    }

    /// Whether the file ends here.
    fn end(&mut self) -> Result<(), DumpError> {
        if self.input.fill_buf()?.is_empty() {
            return Ok(());
        }
        self.line += 1;
        Err(self.fault("nothing may follow the end"))
    }

    fn fault(&self, why: impl Into<String>) -> DumpError {
        DumpError::Line {
            line: self.line,
            why: why.into(),
        }
    }
}

/// What has been read and not written yet.
#[derive(Default)]
struct Page {
    seen: HashSet<RoomId>,
    /// The room whose messages are read, as far as they are.
    room: Option<Head>,
    made: Vec<Head>,
    moved: Vec<Head>,
    lines: Vec<Line>,
    rewrites: Vec<Rewrite>,
    /// The rooms among them that do not keep everything, and from where on they do.
    cut: Vec<(i64, Seq)>,
    carried: Carried,
    /// The place of the room's newest message that was read.
    at: Seq,
}

impl Page {
    fn add_room(&mut self, room: Room, first: Seq) -> Result<(), String> {
        if !self.seen.insert(room.room_id.clone()) {
            return Err(format!("the room {} is there twice", room.room_id));
        }
        self.moved.extend(self.room.take());
        self.carried.rooms += 1;
        // It shall go on, and not stand at the end of all places.
        if room.last_seq.0 > MAX_SEQ.0 / 2 {
            return Err("no room has so many messages".to_owned());
        }
        if first < Seq(1) || first > room.last_seq.next() {
            return Err(format!("it cannot begin at {first}"));
        }
        self.at = Seq(first.0 - 1);
        let head = Head {
            key: i64::try_from(self.carried.rooms).map_err(|error| error.to_string())?,
            last_at: Timestamp::from_millis(0),
            room,
        };
        if first > Seq(1) {
            self.cut.push((head.key, first));
        }
        self.made.push(head.clone());
        self.room = Some(head);
        Ok(())
    }

    fn add(&mut self, message: RoomMessage, hidden: Hidden) -> Result<(), String> {
        let head = self.room.as_mut();
        let head = head.filter(|head| head.room.room_id == message.room_id);
        let Some(head) = head else {
            return Err(format!("its room {} does not precede it", message.room_id));
        };
        if message.seq <= self.at || message.seq > head.room.last_seq {
            return Err(format!("the place {} is out of order", message.seq));
        }
        if message.edits.is_some() && message.deletes.is_some() {
            return Err("give one of edits and deletes".to_owned());
        }
        if message
            .change()
            .is_some_and(|change| change.target() >= message.seq)
        {
            return Err("it changes what comes after it".to_owned());
        }
        let place = (head.key, message.seq);
        let changes = message
            .change()
            .map(|change| Rewrite::Changes(place, change));
        self.rewrites.extend(changes);
        match (message.edited_at, hidden.edited_by) {
            _ if message.deleted => self.rewrites.push(Rewrite::Stone(place)),
            (Some(at), Some(by)) => {
                let text = message.message.clone();
                self.rewrites.push(Rewrite::Text(place, text, at, by));
            }
            (None, None) => {}
            _ => return Err("editedAt and editedBy go together".to_owned()),
        }
        self.at = message.seq;
        head.last_at = head.last_at.max(message.created_at);
        self.carried.messages += 1;
        self.lines.push(Line {
            room: head.key,
            message: Arc::new(message),
            author: hidden.author,
        });
        Ok(())
    }

    async fn write(&mut self, writing: &mut Writing<'_>) -> Result<(), sqlx::Error> {
        let mut moved = std::mem::take(&mut self.moved);
        moved.extend(self.room.clone());
        let writes = Writes {
            made: std::mem::take(&mut self.made),
            lines: std::mem::take(&mut self.lines),
            rewrites: std::mem::take(&mut self.rewrites),
            moved,
        };
        writing.write(&writes).await?;
        for (room, first) in self.cut.drain(..) {
            writing.forget(room, first).await?;
        }
        Ok(())
    }
}
