//! What is in the store, compared with what was said, confirmed and read.

use std::collections::HashMap;

use serde::Serialize;

use super::line::Line;
use super::script::Script;

/// What went wrong; all zero where nothing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Verdict {
    /// Messages that have their RECEIPT and are not in their room as they were said.
    pub(super) lost: usize,
    /// Lines whose id a line before has, too, in whichever room.
    pub(super) doubled: usize,
    /// Places of a log that are not one above the place before.
    pub(super) holes: usize,
    /// Lines that stand before an earlier line of their sender.
    pub(super) out_of_order: usize,
    /// Lines that nobody was to say.
    pub(super) foreign: usize,
    /// Logs of a room that a client has read and that are not the store's.
    pub(super) logs_that_differ: usize,
}

impl Verdict {
    /// Judges what the store has of each room. `confirmed` is how many messages of each client
    /// have their RECEIPT, always the first ones.
    pub(super) fn of_store(script: &Script, confirmed: &[usize], store: &[Vec<Line>]) -> Self {
        let mut verdict = Self::default();
        // Room and number by id, for what may be in the store.
        let mut said: HashMap<String, (usize, usize, usize)> = HashMap::new();
        for (client, count) in script.each.iter().enumerate() {
            for number in 0..*count {
                let one = script.said(client, number);
                said.insert(one.id, (client, number, one.room));
            }
        }
        let mut found: HashMap<&str, u32> = HashMap::new();
        for (room, log) in store.iter().enumerate() {
            let mut last_of = HashMap::new();
            for (line, seq) in log.iter().zip(1_u64..) {
                verdict.holes += usize::from(line.seq != seq);
                let Some(&(client, number, where_said)) = said.get(&line.id) else {
                    verdict.foreign += 1;
                    continue;
                };
                let times = found.entry(&line.id).or_default();
                *times += 1;
                verdict.doubled += usize::from(*times > 1);
                let is_as_said = where_said == room
                    && line.sender == Script::name(client)
                    && line.message == script.said(client, number).text;
                verdict.foreign += usize::from(!is_as_said);
                let before = last_of.insert(client, number);
                verdict.out_of_order += usize::from(before.is_some_and(|last| last > number));
            }
        }
        for (client, count) in confirmed.iter().enumerate() {
            for number in 0..*count {
                let id = script.said(client, number).id;
                verdict.lost += usize::from(!found.contains_key(&*id));
            }
        }
        verdict
    }

    /// Counts the rooms of which a client has read something else than the store has.
    pub(super) fn compare(&mut self, store: &[Vec<Line>], read: &[Vec<Line>]) {
        let differ = store.iter().zip(read).filter(|(store, read)| store != read);
        self.logs_that_differ += differ.count() + store.len().abs_diff(read.len());
    }

    pub(super) fn is_whole(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script() -> Script {
        Script {
            seed: 5,
            rooms: vec!["one".to_owned()],
            each: vec![2, 2],
        }
    }

    /// What is said by these clients as these numbers, one after the other.
    fn log(said: &[(usize, usize)]) -> Vec<Vec<Line>> {
        let line = |(&(client, number), seq)| {
            Line::new(seq, &Script::name(client), script().said(client, number))
        };
        vec![said.iter().zip(1..).map(line).collect()]
    }

    fn verdict(said: &[(usize, usize)]) -> Verdict {
        Verdict::of_store(&script(), &[2, 2], &log(said))
    }

    const ALL: [(usize, usize); 4] = [(0, 0), (1, 0), (1, 1), (0, 1)];

    #[test]
    fn a_log_of_all_that_was_said_is_whole() {
        assert!(verdict(&ALL).is_whole());
    }

    #[test]
    fn what_is_missing_is_lost_only_where_it_was_confirmed() {
        assert_eq!(verdict(&ALL[..3]).lost, 1);
        let said = Verdict::of_store(&script(), &[1, 2], &log(&ALL[..3]));
        assert!(said.is_whole());
    }

    #[test]
    fn doubles_and_another_order_are_told() {
        assert_eq!(
            verdict(&[(0, 0), (1, 0), (1, 1), (0, 1), (0, 1)]).doubled,
            1
        );
        assert_eq!(verdict(&[(0, 1), (1, 0), (1, 1), (0, 0)]).out_of_order, 1);
    }

    #[test]
    fn holes_and_what_nobody_said_are_told() {
        let mut store = log(&ALL);
        store[0][3].seq = 5;
        assert_eq!(Verdict::of_store(&script(), &[2, 2], &store).holes, 1);
        let mut store = log(&ALL);
        store[0][3].message.push('!');
        assert_eq!(Verdict::of_store(&script(), &[2, 2], &store).foreign, 1);
        store[0][3].id.push('0');
        let verdict = Verdict::of_store(&script(), &[2, 2], &store);
        assert_eq!((verdict.foreign, verdict.lost), (1, 1));
    }

    #[test]
    fn a_reader_has_to_have_what_the_store_has() {
        let mut verdict = Verdict::default();
        verdict.compare(&log(&ALL), &log(&ALL));
        assert!(verdict.is_whole());
        verdict.compare(&log(&ALL), &log(&ALL[..3]));
        verdict.compare(&log(&ALL), &[]);
        assert_eq!(verdict.logs_that_differ, 2);
    }
}
