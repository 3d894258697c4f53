//! Letting go of what is not kept.

use chat::Seq;

use super::link::Writing;
use crate::row;

impl Writing<'_> {
    /// Removes what stands before `below` in this room, but not what is not there yet.
    pub(crate) fn forget(&mut self, room: i64, below: Seq) -> Result<(), sqlx::Error> {
        self.script()
            .add("UPDATE room SET first = min(?, head + 1) WHERE key = ? AND first < ?")
            .bind(row::number(below))?
            .bind(room)?
            .bind(row::number(below))?;
        self.script()
            .add(
                "DELETE FROM message WHERE room = ? \
                 AND seq < (SELECT first FROM room WHERE key = ?)",
            )
            .bind(room)?
            .bind(room)?;
        Ok(())
    }
}
