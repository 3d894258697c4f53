//! Whether a database's file is as long as it says it is.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// Whether the file is a SQLite database that ends before it should. SQLite itself takes a last
/// page that is cut for one that ends in zeros, and says nothing.
///
/// A file whose write-ahead log is still there may have been cut by a crash, and is mended by it.
///
/// Offsets: <https://www.sqlite.org/fileformat2.html#the_database_header>.
pub(super) fn is_cut_short(path: &Path) -> io::Result<bool> {
    let mut wal = OsString::from(path);
    wal.push("-wal");
    if fs::metadata(wal).is_ok_and(|wal| wal.len() > 0) {
        return Ok(false);
    }
    let mut head = [0; 100];
    let mut file = match File::open(path) {
        Ok(file) => file,
        // It is not there yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match file.read_exact(&mut head) {
        Ok(()) if head.starts_with(b"SQLite format 3\0") => {}
        // Something else, or nothing: SQLite says so.
        Ok(()) => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
        Err(error) => return Err(error),
    }
    let number =
        |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    // The count holds where whoever changed the file last knew of it.
    let counted = number(24) == number(92);
    Ok(counted && file.metadata()?.len() < u64::from(number(28)) * page)
}
