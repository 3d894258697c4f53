//! The numbers of messages in the index.

use std::collections::HashMap;

use chat::Timestamp;
use sqlx::{Row as _, SqliteConnection};

/// A message's number is the millisecond in which it was taken, and then which one of that it is:
/// the order of the numbers is the order of time. The lists of the index are of differences between
/// them, so that every bit more is paid for by every word of every message.
const BITS: u32 = 10;

/// Numbers of one millisecond.
const STEP: i64 = 1 << BITS;

/// The last millisecond that fits.
const LAST_MILLI: u64 = (1 << (62 - BITS)) - 1;

/// Gives numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    /// The highest one that was given.
    last: i64,
}

impl Numbers {
    /// Goes on after those that are in the file.
    pub(super) async fn after(connection: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let last = sqlx::query_scalar("SELECT coalesce(max(doc), 0) FROM said")
            .fetch_one(connection)
            .await?;
        Ok(Self { last })
    }

    /// For messages of one room that follow each other, numbers that no message has yet, each in the
    /// millisecond in which its message was taken, or in the first one after it that is not full.
    /// They ascend, as the times do.
    pub(super) async fn give(
        &mut self,
        times: impl Iterator<Item = Timestamp>,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<i64>, sqlx::Error> {
        let base = |at: Timestamp| number(at.millis().min(LAST_MILLI) << BITS);
        let bases: Vec<i64> = times.map(base).collect();
        let mut taken = self.taken(&bases, connection).await?;
        let mut given = 0;
        let mut docs = Vec::with_capacity(bases.len());
        for base in bases {
            given = if self.last < base {
                base
            } else if self.last < base + STEP {
                self.last + 1
            } else {
                let base = base.max(given / STEP * STEP);
                let before = given.max(base - 1);
                match taken.get(&base).map(|taken| before.max(*taken) + 1) {
                    Some(doc) if doc < base + STEP => doc,
                    _ => free(base, before, connection).await?,
                }
            };
            taken.insert(given / STEP * STEP, given);
            self.last = given.max(self.last);
            docs.push(given);
        }
        Ok(docs)
    }

    /// The highest numbers of the milliseconds among those that were read before: one question for
    /// all of them, since they are many where room after room is read from its beginning.
    async fn taken(
        &self,
        bases: &[i64],
        connection: &mut SqliteConnection,
    ) -> Result<HashMap<i64, i64>, sqlx::Error> {
        let old: Vec<i64> = bases
            .iter()
            .copied()
            .filter(|base| base + STEP <= self.last)
            .collect();
        if old.is_empty() {
            return Ok(HashMap::new());
        }
        let old = serde_json::to_string(&old).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let rows = sqlx::query(
            "SELECT value, (SELECT coalesce(max(doc), value - 1) FROM said \
                            WHERE doc >= value AND doc < value + ?1) FROM json_each(?2)",
        )
        .bind(STEP)
        .bind(old)
        .fetch_all(connection)
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }
}

/// The first free number after `before`, from the millisecond that begins with `base` on.
async fn free(
    mut base: i64,
    before: i64,
    connection: &mut SqliteConnection,
) -> Result<i64, sqlx::Error> {
    loop {
        let next = base + STEP;
        let taken: i64 =
            sqlx::query_scalar("SELECT coalesce(max(doc), 0) FROM said WHERE doc >= ? AND doc < ?")
                .bind(base)
                .bind(next)
                .fetch_one(&mut *connection)
                .await?;
        match taken.max(before).max(base - 1) + 1 {
            doc if doc < next => return Ok(doc),
            _ => base = next,
        }
    }
}

/// The numbers of the database end earlier than ours.
pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sqlx::Connection as _;

    use super::*;

    /// Gives numbers for these batches of times, each put into the file before the next.
    async fn give(batches: &[Vec<u64>]) -> Vec<Vec<i64>> {
        let mut file = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let schema = "CREATE TABLE said (doc INTEGER PRIMARY KEY)";
        sqlx::query(schema).execute(&mut file).await.unwrap();
        let mut numbers = Numbers::after(&mut file).await.unwrap();
        let mut given = Vec::new();
        for batch in batches {
            let times = batch.iter().copied().map(Timestamp::from_millis);
            let docs = numbers.give(times, &mut file).await.unwrap();
            for doc in &docs {
                let insert = sqlx::query("INSERT INTO said (doc) VALUES (?)").bind(doc);
                // Fails where it is there already.
                insert.execute(&mut file).await.unwrap();
            }
            given.push(docs);
        }
        given
    }

    fn given(batches: &[Vec<u64>]) -> Vec<Vec<i64>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(give(batches))
    }

    #[test]
    fn numbers_are_in_the_order_of_time_whatever_is_read_first() {
        let docs = given(&[vec![5, 5, 9], vec![1, 5, 7, 9, 12], vec![5]]);
        let of = |milli: i64, place: i64| milli * STEP + place;
        assert_eq!(docs[0], [of(5, 0), of(5, 1), of(9, 0)]);
        assert_eq!(docs[1], [of(1, 0), of(5, 2), of(7, 0), of(9, 1), of(12, 0)]);
        assert_eq!(docs[2], [of(5, 3)]);
    }

    #[test]
    fn a_millisecond_that_is_full_goes_on_in_the_next() {
        let many = usize::try_from(STEP).unwrap() + 2;
        let docs = given(&[vec![3, 4, 9], vec![3; many], vec![2, 3, 4], vec![4; many]]);
        let of = |milli: i64, place: i64| milli * STEP + place;
        assert_eq!(
            docs[1][many - 4..],
            [of(3, STEP - 1), of(4, 1), of(4, 2), of(4, 3)]
        );
        assert_eq!(docs[2], [of(2, 0), of(4, 4), of(4, 5)]);
        assert_eq!(docs[3].last(), Some(&of(5, 7)));
    }

    proptest! {
        #[test]
        fn no_number_is_given_twice_and_they_ascend(
            mut batches in proptest::collection::vec(proptest::collection::vec(0..6_u64, 0..9), 0..9),
        ) {
            for batch in &mut batches {
                batch.sort_unstable();
            }
            for (docs, times) in given(&batches).iter().zip(&batches) {
                prop_assert!(docs.is_sorted_by(|a, b| a < b), "{docs:?}");
                for (doc, time) in docs.iter().zip(times) {
                    prop_assert_eq!(doc / STEP, number(*time));
                }
            }
        }
    }
}
