//! The connection that writes the index.

use std::collections::HashMap;

use chat::{Kind, MessageId, RoomId, RoomMessage, Seq};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use tokio::task::yield_now;
use uuid::Uuid;

use super::doc::{Numbers, number};
use super::fold::fold;
use super::words::words;

/// Before the key of a room, among the words of its messages.
const ROOM: char = '\u{E001}';

/// How many messages are removed in one transaction.
const CHUNK: usize = 256;

/// How many texts are taken apart before others have their turn.
const TURN: usize = 256;

/// The writer's side.
#[derive(Debug)]
pub(super) struct Link {
    options: SqliteConnectOptions,
    connection: SqliteConnection,
    numbers: Numbers,
}

/// How far a room is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    key: i64,
    pub(super) first: Seq,
    pub(super) seq: Seq,
    /// The message at `seq`, where it was read.
    pub(super) last: Option<MessageId>,
}

impl Link {
    /// The writer's side over a connection, and how to make another one.
    pub(super) async fn new(
        options: SqliteConnectOptions,
        mut connection: SqliteConnection,
    ) -> Result<Self, sqlx::Error> {
        let numbers = Numbers::after(&mut connection).await?;
        Ok(Self {
            options,
            connection,
            numbers,
        })
    }

    /// Goes on over another connection, after something went wrong with this one. Where SQLite had to
    /// give up a transaction by itself, as when the disk is full, the driver still takes it for begun.
    pub(super) async fn reopen(&mut self) -> Result<(), sqlx::Error> {
        let mut connection = self.options.connect().await?;
        self.numbers = Numbers::after(&mut connection).await?;
        let broken = std::mem::replace(&mut self.connection, connection);
        // Nothing is left to be said over it, so how it ends is all the same.
        let _ = broken.close().await;
        Ok(())
    }

    /// How far every room is read that was ever looked at: its first place, and the last.
    pub(super) async fn read(&mut self) -> Result<HashMap<String, (Seq, Seq)>, sqlx::Error> {
        let rows = sqlx::query("SELECT id, first, seq FROM room")
            .fetch_all(&mut self.connection)
            .await?;
        rows.iter()
            .map(|row| {
                let (first, seq): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
                let places = (Seq(first.unsigned_abs()), Seq(seq.unsigned_abs()));
                Ok((row.try_get(0)?, places))
            })
            .collect()
    }

    /// How far this room is read; it is remembered from now on.
    pub(super) async fn progress(&mut self, room: &RoomId) -> Result<Progress, sqlx::Error> {
        let known = sqlx::query("SELECT key, first, seq, last FROM room WHERE id = ?")
            .bind(room.as_str())
            .fetch_optional(&mut self.connection)
            .await?;
        let row = match known {
            Some(row) => row,
            None => {
                sqlx::query("INSERT INTO room (id) VALUES (?) RETURNING key, first, seq, last")
                    .bind(room.as_str())
                    .fetch_one(&mut self.connection)
                    .await?
            }
        };
        let (first, seq): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
        let last: Option<Uuid> = row.try_get(3)?;
        Ok(Progress {
            key: row.try_get(0)?,
            first: Seq(first.unsigned_abs()),
            seq: Seq(seq.unsigned_abs()),
            last: last.map(MessageId),
        })
    }

    /// Takes the lines that follow, and lines that were changed by them, as they are now: all in one
    /// transaction.
    pub(super) async fn take(
        &mut self,
        progress: Progress,
        lines: &[RoomMessage],
        changed: &[RoomMessage],
    ) -> Result<(), sqlx::Error> {
        let Some(last) = lines.last() else {
            return Ok(());
        };
        let room = progress.key;
        let mut said = Vec::with_capacity(lines.len());
        for lines in lines.chunks(TURN) {
            said.extend(
                lines
                    .iter()
                    .filter_map(|line| Some((line, words_of(line, room)?))),
            );
            yield_now().await;
        }
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let times = said.iter().map(|(line, _)| line.created_at);
        let numbers = self.numbers.give(times, &mut transaction).await?;
        let docs: Vec<_> = numbers
            .into_iter()
            .zip(said)
            .map(|(doc, (line, has))| (doc, line, has))
            .collect();
        add(&mut transaction, room, &docs).await?;
        for line in changed {
            let known = sqlx::query("SELECT doc, text FROM said WHERE room = ? AND seq = ?")
                .bind(room)
                .bind(number(line.seq.0))
                .fetch_optional(&mut *transaction)
                .await?;
            let mut doc = None;
            if let Some(row) = known {
                doc = Some(row.try_get(0)?);
                remove(&mut transaction, room, row.try_get(0)?, row.try_get(1)?).await?;
            }
            if let Some(has) = words_of(line, room) {
                if doc.is_none() {
                    let times = std::iter::once(line.created_at);
                    doc = self.numbers.give(times, &mut transaction).await?.pop();
                }
                let docs = doc.map(|doc| (doc, line, has));
                add(&mut transaction, room, docs.as_slice()).await?;
            }
        }
        sqlx::query("UPDATE room SET seq = ?, last = ? WHERE key = ?")
            .bind(number(last.seq.0))
            .bind(last.id.0)
            .bind(room)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }

    /// Takes out some of what comes before `first`.
    pub(super) async fn forget(
        &mut self,
        progress: Progress,
        first: Seq,
    ) -> Result<(), sqlx::Error> {
        let room = progress.key;
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let docs = sqlx::query("SELECT doc, text FROM said WHERE room = ? AND seq < ? LIMIT ?")
            .bind(room)
            .bind(number(first.0))
            .bind(number(CHUNK as u64))
            .fetch_all(&mut *transaction)
            .await?;
        for row in &docs {
            remove(&mut transaction, room, row.try_get(0)?, row.try_get(1)?).await?;
        }
        if docs.len() < CHUNK {
            // What was never read will not be.
            sqlx::query(
                "UPDATE room SET first = ?1, seq = max(seq, ?1 - 1), \
                 last = iif(seq < ?1 - 1, NULL, last) WHERE key = ?2",
            )
            .bind(number(first.0))
            .bind(room)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await
    }

    /// Forgets everything that was ever read.
    pub(super) async fn clear(&mut self) -> Result<(), sqlx::Error> {
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        for sql in [
            "INSERT INTO words (words) VALUES ('delete-all')",
            "DELETE FROM said",
            "DELETE FROM room",
        ] {
            sqlx::query(sql).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        self.numbers = Numbers::after(&mut self.connection).await?;
        Ok(())
    }

    pub(super) async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the search index did not close");
        }
    }
}

/// What all messages of a room have in the index.
pub(super) fn room_word(room: i64) -> String {
    format!("{ROOM}{room}")
}

/// `None` where there is nothing in this line that could be looked for.
fn words_of(line: &RoomMessage, room: i64) -> Option<String> {
    let is_found = line.kind == Kind::Talk && line.change().is_none() && !line.deleted;
    is_found.then(|| words_in(&line.message, room)).flatten()
}

fn words_in(text: &str, room: i64) -> Option<String> {
    let mut words = words(&fold(text));
    if words.is_empty() {
        return None;
    }
    words.push(room_word(room));
    Some(words.join(" "))
}

/// Lines with their numbers and words. What a statement adds to the lists is written with its end, so
/// that one statement for many lines makes one list of each word.
async fn add(
    connection: &mut SqliteConnection,
    room: i64,
    docs: &[(i64, &RoomMessage, String)],
) -> Result<(), sqlx::Error> {
    if docs.is_empty() {
        return Ok(());
    }
    let said: Vec<_> = docs
        .iter()
        .map(|(doc, line, _)| (doc, line.seq, &line.message))
        .collect();
    let has: Vec<_> = docs.iter().map(|(doc, _, has)| (doc, has)).collect();
    let encoded = |list: Result<String, serde_json::Error>| {
        list.map_err(|error| sqlx::Error::Encode(error.into()))
    };
    sqlx::query(
        "INSERT INTO said (doc, room, seq, text) \
         SELECT value ->> 0, ?1, value ->> 1, value ->> 2 FROM json_each(?2)",
    )
    .bind(room)
    .bind(encoded(serde_json::to_string(&said))?)
    .execute(&mut *connection)
    .await?;
    sqlx::query("INSERT INTO words (rowid, has) SELECT value ->> 0, value ->> 1 FROM json_each(?)")
        .bind(encoded(serde_json::to_string(&has))?)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// Takes out a message that was added with this text.
async fn remove(
    connection: &mut SqliteConnection,
    room: i64,
    doc: i64,
    text: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO words (words, rowid, has) VALUES ('delete', ?, ?)")
        .bind(doc)
        .bind(words_in(text, room))
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM said WHERE doc = ?")
        .bind(doc)
        .execute(&mut *connection)
        .await?;
    Ok(())
}
