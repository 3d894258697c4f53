//! What is PostgreSQL's own: opening its database, several servers at once, servers that stop.

// Each test binary uses the part of the suite's words that it needs.
#[allow(dead_code, unused_imports)]
mod suite;

use std::collections::BTreeSet;
use std::time::Duration;

use chat::{Change, Seq};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use store::dump::export;
use store::{Author, Entry, Location, OpenError, Options, Query, Range, Search, Store};
use suite::Bed;
use suite::bed::{log, room, seqs, talk};
use tokio::task::JoinSet;

fn url(bed: &Bed) -> String {
    match &bed.options.location {
        Location::Postgres(url) => url.clone(),
        Location::Sqlite(path) => panic!("{} is a file", path.display()),
    }
}

/// Another program at the same database.
async fn shell(bed: &Bed) -> PgConnection {
    PgConnection::connect(&url(bed)).await.unwrap()
}

async fn run(connection: &mut PgConnection, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

async fn refused(url: String) -> OpenError {
    let opened = Store::open(Options::new(Location::Postgres(url))).await;
    let error = opened.map(drop).unwrap_err();
    let sentence = error.to_string();
    assert!(!sentence.contains('\n'), "{sentence}");
    assert!(!sentence.contains("secret"), "{sentence}");
    error
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    // Nobody listens on port 1.
    let error = refused("postgres://me:secret@127.0.0.1:1/chat".to_owned()).await;
    assert!(matches!(error, OpenError::Unusable { .. }), "{error}");
    let sentence = error.to_string();
    assert!(
        sentence.contains("postgres://me@127.0.0.1:1/chat"),
        "{sentence}"
    );
    // Whoever only looks is told what is wrong as well, and not that it took long.
    let options = Options::new(Location::Postgres("postgres://127.0.0.1:1/chat".to_owned()));
    let error = export(&options, &mut Vec::new(), |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_url_that_cannot_be_taken_apart_is_not_repeated() {
    let error = refused("postgres://me:secret@host:port/chat".to_owned()).await;
    assert!(matches!(error, OpenError::Unusable { .. }), "{error}");
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_an_error_and_is_not_made() {
    let bed = Bed::postgres().await;
    let url = url(&bed).replace("/postgres?", "/no_such_database?");
    let error = refused(url).await;
    assert!(error.to_string().contains("no_such_database"), "{error}");
}

#[tokio::test]
async fn another_programs_tables_are_refused_and_left_alone() {
    let bed = Bed::postgres().await;
    let mut other = shell(&bed).await;
    run(&mut other, "CREATE TABLE log (epoch text)").await;
    let error = refused(url(&bed)).await;
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
            .fetch_one(&mut other)
            .await
            .unwrap();
    assert_eq!(tables, 1);
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let bed = Bed::postgres().await;
    let (store, _journal) = bed.open().await;
    store.close().await;
    let mut newer = shell(&bed).await;
    run(
        &mut newer,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (999, 'from the future', TRUE, '\\x00', 0)",
    )
    .await;
    let error = refused(url(&bed)).await;
    assert!(
        matches!(error, OpenError::Newer { found: 999, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn servers_that_start_at_once_make_the_tables_once() {
    let bed = Bed::postgres().await;
    let mut starts = JoinSet::new();
    for _ in 0..8 {
        let options = bed.options.clone();
        starts.spawn(async move { Store::open(options).await.unwrap() });
    }
    let stores = starts.join_all().await;
    let epochs: BTreeSet<_> = stores.iter().map(|(store, _)| store.epoch()).collect();
    assert_eq!(epochs.len(), 1);
    assert_eq!(stores[0].0.rooms().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_writers_leave_no_hole_and_no_repeat() {
    const EACH: u128 = 45;
    let mut bed = Bed::postgres().await;
    // Nobody reads the journals until all is said.
    bed.options.journal = 10_000;
    let mut stores = Vec::new();
    let mut journals = Vec::new();
    for _ in 0..3 {
        let (store, journal) = bed.open().await;
        stores.push(store);
        journals.push(journal);
    }
    let mut writers = JoinSet::new();
    for (writer, store) in (0..).zip(&stores) {
        for lane in 0..4 {
            let store = store.clone();
            writers.spawn(async move {
                for step in 0..EACH {
                    // Rooms come into being under the hands of all of them, and every third line
                    // is sent by all of them with the same id.
                    let name = ["lobby", "a", "b", "c", "d"][usize::try_from(step % 5).unwrap()];
                    let own = step % 3 != 0;
                    let number = if own {
                        writer * 4_000 + lane * 1_000 + step
                    } else {
                        step
                    };
                    store.append(talk(name, number)).await.unwrap();
                }
            });
        }
    }
    writers.join_all().await;
    let mut total = 0;
    for name in ["lobby", "a", "b", "c", "d"] {
        let log = log(&stores[0], &room(name)).await;
        assert_eq!(seqs(&log), (1..=log.len() as u64).collect::<Vec<_>>());
        let ids: BTreeSet<_> = log.iter().map(|line| line.id).collect();
        assert_eq!(ids.len(), log.len(), "{name}");
        total += log.len() as u64;
        for store in &stores {
            assert_eq!(store.head(&room(name)).await.unwrap().0, log.len() as u64);
        }
    }
    // Each line was told by one of them, in its room's order.
    let mut told = 0;
    for (store, mut journal) in stores.into_iter().zip(journals) {
        store.close().await;
        let mut heads = std::collections::BTreeMap::new();
        while let Some(batch) = journal.recv().await {
            told += batch.len() as u64;
            for line in batch {
                let before = heads.insert(line.room_id.clone(), line.seq);
                assert!(before < Some(line.seq), "{:?}", line.room_id);
            }
        }
    }
    assert_eq!(told, total);
}

#[tokio::test]
async fn another_servers_lock_holds_up_writes_and_never_reads() {
    let mut bed = Bed::postgres().await;
    bed.options.patience = Duration::from_secs(2);
    let (store, _journal) = bed.open().await;
    store.append(talk("a", 1)).await.unwrap();
    let mut other = shell(&bed).await;
    run(&mut other, "BEGIN; SELECT FROM log FOR UPDATE").await;
    let error = store.append(talk("a", 2)).await.unwrap_err();
    assert!(error.retry_after().is_some(), "{error}");
    assert_eq!(
        store.page(&room("a"), Range::Last, 9).await.unwrap().len(),
        1
    );
    store.check().await.unwrap_err();
    run(&mut other, "ROLLBACK").await;
    assert_eq!(
        store.append(talk("a", 2)).await.unwrap().message.seq,
        Seq(2)
    );
    store.check().await.unwrap();
}

#[tokio::test]
async fn a_connection_that_was_cut_is_made_again_and_nobody_notices() {
    let mut bed = Bed::postgres().await;
    let mut other = shell(&bed).await;
    // A name by which the server can tell this log's connections from all others.
    let named = format!("{}&application_name=cut%20short", url(&bed));
    bed.options.location = Location::Postgres(named);
    let (store, _journal) = bed.open().await;
    store.append(talk("a", 1)).await.unwrap();
    for number in 2..=4 {
        let cut: i64 = sqlx::query_scalar(
            "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 5000)) \
             FROM pg_stat_activity WHERE application_name = $1",
        )
        .bind("cut short")
        .fetch_one(&mut other)
        .await
        .unwrap();
        assert!(cut > 0);
        let appended = store.append(talk("a", number)).await.unwrap();
        assert_eq!(u128::from(appended.message.seq.0), number);
        store.check().await.unwrap();
        assert_eq!(log(&store, &room("a")).await.len() as u128, number);
    }
    assert_eq!(store.stats().failures, 0);
}

#[tokio::test]
async fn rows_that_we_did_not_write_are_an_error_and_no_panic() {
    let bed = Bed::postgres().await;
    let (store, _journal) = bed.open().await;
    store.append(talk("a", 1)).await.unwrap();
    let mut other = shell(&bed).await;
    let spoil = "UPDATE message SET message = '\\xff'; UPDATE room SET head = -1 WHERE id = 'a'";
    run(&mut other, spoil).await;
    store.page(&room("a"), Range::Last, 1).await.unwrap_err();
    store.rooms().await.unwrap_err();
    store.append(talk("lobby", 2)).await.unwrap();
}

#[tokio::test]
async fn a_log_moves_from_sqlite_and_back() {
    suite::carry(Bed::sqlite(), Bed::postgres().await).await;
    suite::carry(Bed::postgres().await, Bed::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_server_wrote_is_found_and_can_be_changed() {
    let bed = Bed::postgres().await;
    let ((here, journal), (there, other_journal)) = (bed.open().await, bed.open().await);
    drop((journal, other_journal));
    let (search, indexer) = Search::open(&here, &bed.index()).await.unwrap();
    let running = tokio::spawn(indexer.run());
    let said = |number, text: &str| Entry {
        message: text.to_owned(),
        author: Author::of_key("0123456789abcdef"),
        ..talk("a", number)
    };
    // What is said here shows that the index has read all there was, and only follows now.
    here.append(said(1, "이쪽에서 온 말")).await.unwrap();
    until_found(&search, "이쪽").await;
    there.append(said(2, "저쪽에서 온 말")).await.unwrap();
    until_found(&search, "저쪽").await;

    let edit = Entry {
        change: Some(Change::Edits(Seq(2))),
        ..said(3, "이쪽에서 고침")
    };
    let edited = here.append(edit.clone()).await.unwrap().message;
    assert_eq!(edited.seq, Seq(3));
    assert!(!there.append(edit).await.unwrap().fresh);
    assert_eq!(log(&there, &room("a")).await[1].message, "이쪽에서 고침");
    here.forget(&room("a"), Seq(3)).await.unwrap();
    assert_eq!(seqs(&log(&there, &room("a")).await), [3]);
    here.close().await;
    running.await.unwrap();
    there.close().await;
}

async fn until_found(search: &Search, text: &str) {
    let query = Query::parse(text).unwrap();
    let found = async {
        while search
            .find(&query, None, None, 10)
            .await
            .unwrap()
            .hits
            .is_empty()
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(60), found);
    in_time.await.unwrap();
}
