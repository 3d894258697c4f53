//! What readers ask, in PostgreSQL's words.

use crate::reader::Side;
use crate::row;

/// The last time that each sender came into each room or left it.
pub(crate) const LAST_STEPS: &str = "SELECT DISTINCT ON (room, sender) room, sender, kind \
     FROM message WHERE kind <> 'TALK' ORDER BY room, sender, seq DESC";

/// Lines of one room on one side of a seq: `$1` is the room's id, `$2` the seq, `$3` how many.
pub(crate) fn lines(columns: &str, side: Side) -> String {
    let (side, order) = match side {
        Side::From => (">=", "ASC"),
        Side::Before => ("<", "DESC"),
    };
    format!(
        "SELECT {columns} FROM message m \
         WHERE m.room = (SELECT key FROM room WHERE id = $1) AND m.seq {side} $2 \
         ORDER BY m.seq {order} LIMIT $3"
    )
}

/// What rooms keep, each with its first message.
pub(crate) fn spans(filter: &str) -> String {
    format!(
        "SELECT {} FROM room r \
         LEFT JOIN message m ON m.room = r.key AND m.seq = r.first {filter}",
        row::SPAN,
    )
}
