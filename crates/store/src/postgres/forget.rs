//! Letting go of what is not kept.

use chat::Seq;

use super::link::Writing;
use crate::row;

impl Writing<'_> {
    /// Removes what stands before `below` in this room, but not what is not there yet.
    pub(crate) async fn forget(&mut self, room: i64, below: Seq) -> Result<(), sqlx::Error> {
        sqlx::query("UPDATE room SET first = least($2, head + 1) WHERE key = $1 AND first < $2")
            .bind(room)
            .bind(row::number(below))
            .execute(&mut *self.transaction)
            .await?;
        sqlx::query(
            "DELETE FROM message WHERE room = $1 \
             AND seq < (SELECT first FROM room WHERE key = $1)",
        )
        .bind(room)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}
