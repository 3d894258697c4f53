//! The numbers of messages in the index.

use chat::Timestamp;
use sqlx::SqliteConnection;

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

    /// A number that no message has yet, in the millisecond in which this one was taken, or in the
    /// first one after it that is not full. It is above `given`, the highest one that is not yet in
    /// the file.
    pub(super) async fn next(
        &mut self,
        given: i64,
        at: Timestamp,
        connection: &mut SqliteConnection,
    ) -> Result<i64, sqlx::Error> {
        let base = number(at.millis().min(LAST_MILLI) << BITS);
        let doc = if self.last < base {
            base
        } else if self.last < base + STEP {
            self.last + 1
        } else {
            free(base, given, connection).await?
        };
        self.last = doc.max(self.last);
        Ok(doc)
    }
}

/// The first free number among those that were given before.
async fn free(
    base: i64,
    given: i64,
    connection: &mut SqliteConnection,
) -> Result<i64, sqlx::Error> {
    let mut base = base.max(given / STEP * STEP);
    loop {
        let next = base + STEP;
        let taken: Option<i64> =
            sqlx::query_scalar("SELECT max(doc) FROM said WHERE doc >= ? AND doc < ?")
                .bind(base)
                .bind(next)
                .fetch_one(&mut *connection)
                .await?;
        let given = (given >= base).then_some(given);
        match taken.max(given).map_or(base, |taken| taken + 1) {
            doc if doc < next => return Ok(doc),
            _ => base = next,
        }
    }
}

/// The numbers of the database end earlier than ours.
pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
