//! A log of an older program goes on in this one.

#[allow(dead_code, unused_imports)]
mod suite;

use std::path::Path;

use chat::{Change, MessageId, RoomId, Seq};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, raw_sql};
use store::{Author, Entry, Store};
use suite::Bed;
use suite::bed::{id, log, room, seqs, talk, time};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

const SECRET: &str = "the treasure is under the old oak";

/// Makes the log as the program with these migrations would, and writes into it.
async fn old(path: &Path, version: i64, rows: &str) {
    let options = SqliteConnectOptions::new().filename(path);
    let options = options.create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    let known = MIGRATIONS.iter().filter(|one| one.version <= version);
    let migrator = Migrator::with_migrations(known.cloned().collect());
    migrator
        .run_direct(None, &mut connection, false)
        .await
        .unwrap();
    let written = raw_sql(AssertSqlSafe(rows.to_owned())).execute(&mut connection);
    written.await.unwrap();
    connection.close().await.unwrap();
}

fn by_author(entry: Entry) -> Entry {
    Entry {
        author: Author::of_key("0123456789abcdef0123456789abcdef"),
        ..entry
    }
}

#[tokio::test]
async fn what_was_said_before_places_were_one_number_is_there() {
    let bed = Bed::sqlite();
    let path = bed.options.location.file().unwrap();
    let uuid = |number| hex(id(number));
    let author = by_author(talk("b", 1)).author.unwrap();
    let author = serde_json::to_value(author).unwrap();
    let author = author.as_str().unwrap();
    let rows = format!(
        "INSERT INTO room (key, id, name, created_at, head, last_at, first) VALUES \
             (2, 'a', 'a', 1, 300, 300, 100), (3, 'b', 'b', 1, 4, 4, 1); \
         WITH RECURSIVE n (seq) AS (VALUES (100) UNION ALL SELECT seq + 1 FROM n WHERE seq < 300) \
         INSERT INTO message (room, seq, kind, sender, id, at, message) \
             SELECT 2, seq, 'TALK', '철수', unhex(printf('%032x', seq)), seq, '말 ' || seq FROM n; \
         INSERT INTO message VALUES \
             (3, 1, 'ENTER', '철수', x'{}', 1, '…', NULL, NULL, NULL, NULL, NULL, 0), \
             (3, 2, 'TALK', '철수', x'{}', 2, '{SECRET}', x'{author}', NULL, NULL, 3, 3, 0), \
             (3, 3, 'TALK', '철수', x'{}', 3, '{SECRET}', x'{author}', 2, NULL, NULL, NULL, 0), \
             (3, 4, 'TALK', '철수', x'{}', 4, '', x'{author}', NULL, NULL, NULL, NULL, 1);",
        uuid(1_001),
        uuid(1_002),
        uuid(1_003),
        uuid(1_004),
    );
    old(path, 5, &rows).await;

    let (store, _journal) = bed.open().await;
    let many = log(&store, &room("a")).await;
    assert_eq!(seqs(&many), (100..=300).collect::<Vec<_>>());
    assert_eq!(many[0].message, "말 100");
    let few = log(&store, &room("b")).await;
    assert_eq!(seqs(&few), [1, 2, 3, 4]);
    assert_eq!(
        (few[1].edited_at, few[2].edits),
        (Some(time(3)), Some(Seq(2)))
    );
    assert!(few[3].deleted);
    let span = store.span(&room("a")).await.unwrap();
    assert_eq!((span.first, span.since), (Seq(100), Some(time(100))));
    assert_eq!(store.present().await.unwrap().len(), 1);

    // What is sent again is known, and what is new goes on behind it.
    let again = store.append(talk("a", 200)).await.unwrap();
    assert_eq!((again.message.seq, again.fresh), (Seq(200), false));
    let next = store.append(talk("a", 301)).await.unwrap();
    assert_eq!(next.message.seq, Seq(301));
    let deleted = Entry {
        change: Some(Change::Deletes(Seq(2))),
        message: "철수님이 지웠습니다".to_owned(),
        ..by_author(talk("b", 1_005))
    };
    store.append(deleted).await.unwrap();
    assert!(log(&store, &room("b")).await[1].deleted);
    store.close().await;

    // The copy left nothing behind of what is erased afterwards.
    let file = std::fs::read(path).unwrap();
    let secret = SECRET.as_bytes();
    assert!(!file.windows(secret.len()).any(|part| part == secret));
}

#[tokio::test]
async fn an_empty_log_of_the_first_schema_is_brought_up_to_date() {
    let bed = Bed::sqlite();
    old(bed.options.location.file().unwrap(), 1, "").await;
    let (store, _journal) = bed.open().await;
    let line = store.append(talk("lobby", 1)).await.unwrap();
    assert_eq!(line.message.seq, Seq(1));
    assert_eq!(log(&store, &RoomId::lobby()).await.len(), 1);
}

#[tokio::test]
async fn a_log_with_more_messages_than_there_are_places_is_left_as_it_was() {
    let bed = Bed::sqlite();
    let path = bed.options.location.file().unwrap();
    old(path, 5, &format!("UPDATE room SET head = {}", 1_i64 << 39)).await;
    let error = Store::open(bed.options.clone())
        .await
        .map(drop)
        .unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("more messages than there are places"),
        "{error}"
    );
    assert!(!error.contains('\n'), "{error}");
    // The program that made it still can.
    old(path, 5, "UPDATE room SET head = 0").await;
}

fn hex(id: MessageId) -> String {
    id.0.simple().to_string()
}
