//! How a log is laid out: who speaks on, and where a day begins.

use std::sync::Arc;

use chat::{Kind, RoomMessage, Seq, Timestamp};

use crate::{calendar::Day, log::Log};

/// One row of the page.
#[derive(Clone, Debug)]
pub struct Row {
    pub message: Arc<RoomMessage>,
    /// Somebody speaks on: the name stands above already.
    pub follows: bool,
    /// The day that begins with this row.
    pub day: Option<Day>,
}

/// After so much silence a name is written again.
const SPEAKS_ON_MS: u64 = 5 * 60_000;

impl Row {
    /// Two rows with one key look the same.
    #[must_use]
    pub fn key(&self) -> (Seq, bool, Option<Day>, Option<Timestamp>, bool) {
        let RoomMessage {
            seq,
            edited_at,
            deleted,
            ..
        } = *self.message;
        (seq, self.follows, self.day, edited_at, deleted)
    }
}

/// Lays out `log` without the lines that only change others, where `offset` says how many minutes clocks are ahead of UTC at a given time.
pub fn rows(log: &Log, offset: impl Fn(Timestamp) -> i32) -> Vec<Row> {
    let mut before: Option<(&RoomMessage, Day)> = None;
    log.messages()
        .iter()
        .filter(|message| message.change().is_none())
        .map(|message| {
            let time = message.created_at;
            let day = Day::of(time, offset(time));
            let new_day = before.is_none_or(|(_, last)| last != day);
            let follows = !new_day && before.is_some_and(|(last, _)| speaks_on(last, message));
            before = Some((message, day));
            Row {
                message: Arc::clone(message),
                follows,
                day: new_day.then_some(day),
            }
        })
        .collect()
}

fn speaks_on(before: &RoomMessage, message: &RoomMessage) -> bool {
    let pause = message
        .created_at
        .millis()
        .saturating_sub(before.created_at.millis());
    before.kind == Kind::Talk
        && message.kind == Kind::Talk
        && before.sender == message.sender
        && pause < SPEAKS_ON_MS
}

#[cfg(test)]
mod tests {
    use chat::Sender;

    use super::*;
    use crate::sample::{MIDNIGHT, talk};

    fn by(seq: u64, sender: &str) -> RoomMessage {
        RoomMessage {
            sender: Sender::parse(sender).unwrap(),
            ..talk(seq)
        }
    }

    fn layout(messages: Vec<RoomMessage>) -> Vec<(bool, bool)> {
        rows(&Log::starting_with(messages), |_| 0)
            .iter()
            .map(|row| (row.follows, row.day.is_some()))
            .collect()
    }

    #[test]
    fn a_speaker_is_named_once_until_somebody_else_speaks() {
        let rows = layout(vec![
            by(1, "철수"),
            by(2, "철수"),
            by(3, "영희"),
            by(4, "철수"),
        ]);
        assert_eq!(
            rows,
            [(false, true), (true, false), (false, false), (false, false)]
        );
    }

    #[test]
    fn a_change_is_no_row_and_makes_another_one_of_its_message() {
        let edit = RoomMessage {
            edits: Some(Seq(1)),
            ..talk(2)
        };
        let before = rows(&Log::starting_with(vec![talk(1)]), |_| 0);
        let after = rows(&Log::starting_with(vec![talk(1), edit]), |_| 0);
        assert_eq!((before.len(), after.len()), (1, 1));
        assert_ne!(before[0].key(), after[0].key());
    }

    #[test]
    fn notices_and_silence_part_what_somebody_says() {
        let entered = RoomMessage {
            kind: Kind::Enter,
            ..talk(2)
        };
        let late = RoomMessage {
            created_at: Timestamp::from_millis(MIDNIGHT + 3_000 + SPEAKS_ON_MS),
            ..talk(4)
        };
        let rows = layout(vec![talk(1), entered, talk(3), late]);
        assert!(rows.iter().all(|(follows, _)| !follows), "{rows:?}");
    }

    #[test]
    fn the_day_begins_at_the_readers_midnight() {
        let before_midnight = RoomMessage {
            created_at: Timestamp::from_millis(MIDNIGHT - 1),
            ..talk(1)
        };
        let log = Log::starting_with(vec![before_midnight, talk(2)]);
        let begins = |offset: i32| -> Vec<bool> {
            rows(&log, |_| offset)
                .iter()
                .map(|row| row.day.is_some())
                .collect()
        };
        assert_eq!(begins(0), [true, true]);
        assert_eq!(begins(9 * 60), [true, false]);
    }
}
