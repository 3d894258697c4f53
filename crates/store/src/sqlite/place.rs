//! Where a message stands in the log: the room's key and its seq as one number.

use chat::Seq;

/// Bits of a place that have the seq. A room that gets a thousand messages a second has enough of them
/// for 34 years; the other 23 bits are for 8 million rooms.
const SEQ_BITS: u32 = 40;

/// The key of a message.
///
/// # Errors
///
/// Where there is no such place: nothing is written then.
pub(super) fn place(room: i64, seq: Seq) -> Result<i64, sqlx::Error> {
    let seq = i64::try_from(seq.0).ok().filter(|seq| seq >> SEQ_BITS == 0);
    let room = Some(room).filter(|room| room >> (i64::BITS - 1 - SEQ_BITS) == 0);
    let place = room.zip(seq).map(|(room, seq)| (room << SEQ_BITS) | seq);
    place.ok_or_else(|| {
        let why = "SQLite's log has places for 8,388,607 rooms of 1,099,511,627,775 messages";
        sqlx::Error::Encode(why.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_ordered_by_room_and_seq() {
        let last = Seq((1 << SEQ_BITS) - 1);
        let rooms = (1 << 23) - 1;
        let ascending = [
            place(0, Seq(0)),
            place(1, Seq(1)),
            place(1, last),
            place(2, Seq(0)),
            place(rooms, last),
        ]
        .map(Result::unwrap);
        assert!(ascending.is_sorted());
        assert_eq!(ascending[4], i64::MAX);
    }

    #[test]
    fn what_has_no_place_is_refused() {
        for (room, seq) in [
            (1, Seq(1 << SEQ_BITS)),
            (1, Seq(u64::MAX)),
            (1 << 23, Seq(1)),
            (i64::MAX, Seq(1)),
            (-1, Seq(1)),
        ] {
            let refused = place(room, seq).unwrap_err();
            assert!(refused.to_string().contains("places"), "{room} {seq}");
        }
    }
}
