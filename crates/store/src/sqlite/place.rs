//! Where a message stands in the log: the room's key and its seq as one number.

use chat::Seq;

use crate::Options;
use crate::row::MAX_SEQ;

/// Bits of a place that have the seq. The other 23 have the room.
const SEQ_BITS: u32 = 40;

/// The key of a message.
///
/// # Errors
///
/// Where there is no such place: nothing is written then.
pub(super) fn place(room: i64, seq: Seq) -> Result<i64, sqlx::Error> {
    let known = u64::try_from(room).is_ok_and(|room| room <= Options::MAX_ROOMS);
    match i64::try_from(seq.0) {
        Ok(number) if known && seq <= MAX_SEQ => Ok((room << SEQ_BITS) | number),
        _ => {
            let rooms = Options::MAX_ROOMS;
            let why = format!("there are places for {rooms} rooms of {MAX_SEQ} messages");
            Err(sqlx::Error::Encode(why.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_ordered_by_room_and_seq() {
        let last = MAX_SEQ;
        let rooms = i64::try_from(Options::MAX_ROOMS).unwrap();
        let ascending = [
            place(0, Seq(0)),
            place(1, Seq(1)),
            place(1, last),
            place(2, Seq(0)),
            place(rooms, last),
        ]
        .map(Result::unwrap);
        assert!(ascending.is_sorted());
        assert_eq!(ascending[4], i64::MAX - 1);
    }

    #[test]
    fn what_has_no_place_is_refused() {
        for (room, seq) in [
            (1, MAX_SEQ.next()),
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
