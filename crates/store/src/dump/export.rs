//! From the log to the file.

use std::io::Write;

use super::{Carried, Carrying, DumpError, Record, RoomExtra, VERSION};
use crate::engine::Database;
use crate::reader::Reader;
use crate::{Options, ReadError, Store};
use chat::Seq;

/// Writes the whole log, as it is when this begins; a server may go on writing to it meanwhile.
/// Says after every page how much was written. Memory: one page.
///
/// The file is written as std does, so this is for a program that does nothing else.
///
/// # Errors
///
/// [`DumpError`].
pub async fn export(
    options: &Options,
    out: &mut impl Write,
    mut progress: impl FnMut(Carried),
) -> Result<Carried, DumpError> {
    let (reader, epoch) = Database::new(options)?.look().await?;
    let exported = write_all(&reader, epoch, out, &mut progress).await;
    reader.close().await;
    exported
}

async fn write_all(
    reader: &Reader,
    epoch: String,
    out: &mut impl Write,
    progress: &mut impl FnMut(Carried),
) -> Result<Carried, DumpError> {
    let version = VERSION;
    line(out, &Record::Log { version, epoch })?;
    let mut carried = Carried::default();
    for room in reader.rooms().await.map_err(ReadError::from)? {
        let id = room.room_id.clone();
        let first = reader.span(&id).await.map_err(ReadError::from)?.first;
        let extra = RoomExtra { first };
        line(out, &Record::Room(Carrying { known: room, extra }))?;
        carried.rooms += 1;
        let mut last = Seq::ZERO;
        loop {
            let page = reader.whole(&id, last.next(), Store::MAX_PAGE).await;
            let page = page.map_err(ReadError::from)?;
            let Some((newest, _)) = page.last() else {
                break;
            };
            last = newest.seq;
            carried.messages += page.len() as u64;
            for (known, extra) in page {
                line(out, &Record::Message(Carrying { known, extra }))?;
            }
            progress(carried);
        }
    }
    line(out, &Record::End(carried))?;
    out.flush()?;
    Ok(carried)
}

fn line(out: &mut impl Write, record: &Record) -> Result<(), DumpError> {
    serde_json::to_writer(&mut *out, record).map_err(std::io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(())
}
