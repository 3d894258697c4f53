//! What readers ask, in SQLite's words.

use crate::reader::Side;
use crate::row;

/// The last time that each sender came into each room or left it: with `max`, SQLite takes the other
/// columns from the row that has it. <https://www.sqlite.org/lang_select.html#bareagg>
pub(crate) const LAST_STEPS: &str = "SELECT room, sender, kind, max(seq) FROM message \
     WHERE kind <> 'TALK' GROUP BY room, sender";

/// Lines of one room on one side of a seq: `$1` is the room's id, `$2` the seq, `$3` how many.
pub(crate) fn lines(columns: &str, side: Side) -> String {
    // Only by its place is a message found at once. A seq that is too large must not reach into the
    // next room.
    let (from, to, order) = match side {
        Side::From => ("min($2, 0xffffffffff)", "0xffffffffff", "ASC"),
        Side::Before => ("0", "min($2, 0xffffffffff) - 1", "DESC"),
    };
    format!(
        "SELECT {columns} FROM room r JOIN message m \
         ON m.place BETWEEN (r.key << 40) + {from} AND (r.key << 40) + {to} \
         WHERE r.id = $1 ORDER BY m.place {order} LIMIT $3"
    )
}

/// What rooms keep, each with its first message.
pub(crate) fn spans(filter: &str) -> String {
    format!(
        "SELECT {} FROM room r \
         LEFT JOIN message m ON m.place = (r.key << 40) + r.first {filter}",
        row::SPAN,
    )
}
