//! Letting go of what is not kept.

use chat::Seq;
use rusqlite::params;

use super::link::Writing;
use crate::row;

impl Writing<'_> {
    /// Removes what stands before `below` in this room, but not what is not there yet.
    pub(crate) fn forget(&mut self, room: i64, below: Seq) -> Result<(), sqlx::Error> {
        let below = row::number(below);
        self.execute(
            "UPDATE room SET first = min(?1, head + 1) WHERE key = ?2 AND first < ?1",
            params![below, room],
        )?;
        self.execute(
            "DELETE FROM message WHERE place >= ?1 << 40 \
             AND place < (SELECT (key << 40) + min(first, 0xffffffffff) FROM room WHERE key = ?1)",
            params![room],
        )
    }
}
