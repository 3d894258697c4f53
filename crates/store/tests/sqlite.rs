//! What is SQLite's own: opening its file, full disks, other processes' locks, sudden deaths.

// Each test binary uses the part of the suite's words that it needs.
#[allow(dead_code, unused_imports)]
mod suite;

use std::path::Path;
use std::time::Duration;

use chat::{RoomId, Seq};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use store::{BackupError, CheckError, Entry, OpenError, Options, Range, Store, WriteError};
use suite::Bed;
use suite::bed::{log, room, seqs, talk};

fn file(bed: &Bed) -> &Path {
    bed.options.location.file().unwrap()
}

/// Another process at the same file.
async fn shell(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    options.create_if_missing(true).connect().await.unwrap()
}

async fn refused(path: impl AsRef<Path>) -> OpenError {
    let error = Store::open(Options::new(path.as_ref().to_owned()))
        .await
        .map(drop)
        .unwrap_err();
    let sentence = error.to_string();
    assert!(!sentence.contains('\n'), "{sentence}");
    error
}

#[tokio::test]
async fn folders_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/roomside.db");
    let (store, _journal) = Store::open(Options::new(path.clone())).await.unwrap();
    store.close().await;
    assert!(path.is_file());
    // Nothing but the database is left once it is closed.
    let files = std::fs::read_dir(path.parent().unwrap()).unwrap();
    assert_eq!(files.count(), 1);
}

#[tokio::test]
async fn a_path_under_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = refused(file.join("data/roomside.db")).await;
    assert!(matches!(error, OpenError::Folder { .. }), "{error}");
    assert!(
        error.to_string().contains(&*file.to_string_lossy()),
        "{error}"
    );
}

#[tokio::test]
async fn a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(folder.path()).await;
    assert!(matches!(error, OpenError::IsFolder { .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "not a database at all, but long enough to have a header\n".repeat(99);
    std::fs::write(&path, &text).unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn another_programs_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let mut other = shell(&path).await;
    sqlx::query("CREATE TABLE room (x)")
        .execute(&mut other)
        .await
        .unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut other)
        .await
        .unwrap();
    assert_eq!(tables, 1);
}

#[tokio::test]
async fn a_file_that_was_cut_short_is_refused() {
    let bed = Bed::sqlite();
    let (store, _journal) = bed.open().await;
    let many: Vec<_> = (1..=1_000).map(|number| talk("a", number)).collect();
    store.submit_all(many).await.unwrap().await.unwrap();
    store.close().await;
    let whole = std::fs::read(file(&bed)).unwrap();
    for part in [whole.len() / 2, whole.len() - 1] {
        std::fs::write(file(&bed), &whole[..part]).unwrap();
        let error = refused(file(&bed)).await;
        assert!(
            matches!(error, OpenError::Damaged { .. }),
            "{part}: {error}"
        );
        assert_eq!(std::fs::read(file(&bed)).unwrap().len(), part);
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let bed = Bed::sqlite();
    let (store, _journal) = bed.open().await;
    store.close().await;
    let mut newer = shell(file(&bed)).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (999, 'from the future', TRUE, x'00', 0)",
    )
    .execute(&mut newer)
    .await
    .unwrap();
    let error = refused(file(&bed)).await;
    assert!(
        matches!(error, OpenError::Newer { found: 999, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_first_start_that_was_cut_short_is_finished_by_the_next() {
    let bed = Bed::sqlite();
    let (store, _journal) = bed.open().await;
    store.close().await;
    // What is there after the very first step: the table of migrations, and nothing in it.
    let mut shell = shell(file(&bed)).await;
    let cut = "PRAGMA application_id = 0; DELETE FROM _sqlx_migrations; \
               DROP TABLE message; DROP TABLE room; DROP TABLE log;";
    sqlx::raw_sql(cut).execute(&mut shell).await.unwrap();
    shell.close().await.unwrap();
    let (store, _journal) = bed.open().await;
    assert_eq!(store.rooms().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_full_disk_refuses_and_heals() {
    let mut bed = Bed::sqlite();
    bed.options.max_bytes = Some(512 * 1024);
    let (store, mut journal) = bed.open().await;
    store.append(talk("a", 1)).await.unwrap();

    let huge = Entry {
        message: "가".repeat(300_000),
        ..talk("a", 2)
    };
    let error = store.append(huge).await.unwrap_err();
    assert!(matches!(error, WriteError::Unavailable(_)), "{error}");
    assert_eq!(store.head(&room("a")).await.unwrap(), Seq(1));
    // A room that came with what was refused is not there either, and can still come.
    let huge = Entry {
        message: "가".repeat(300_000),
        ..talk("b", 3)
    };
    store.append(huge).await.unwrap_err();
    assert_eq!(store.room(&room("b")).await.unwrap(), None);
    let unwell = store.check().await.unwrap_err();
    assert!(matches!(unwell, CheckError::Write(_)), "{unwell}");

    // What fits goes on where the last one that was stored stands.
    assert_eq!(
        store.append(talk("a", 4)).await.unwrap().message.seq,
        Seq(2)
    );
    assert_eq!(
        store.append(talk("b", 5)).await.unwrap().message.seq,
        Seq(1)
    );
    store.check().await.unwrap();
    let stats = store.stats();
    assert_eq!((stats.messages, stats.commits, stats.failures), (3, 3, 2));

    // Up to the brim, where even a small one is refused.
    let mut stored = 2;
    let mut number = 10;
    loop {
        let line = Entry {
            message: "가".repeat(3_000),
            ..talk("a", number)
        };
        number += 1;
        match store.append(line).await {
            Ok(appended) => {
                stored += 1;
                assert_eq!(appended.message.seq, Seq(stored));
            }
            Err(error) => break assert!(matches!(error, WriteError::Unavailable(_)), "{error}"),
        }
    }
    assert!(stored > 10);
    store.close().await;
    let mut told = Vec::new();
    while let Some(batch) = journal.recv().await {
        told.extend(
            batch
                .into_iter()
                .filter(|message| message.room_id == room("a")),
        );
    }
    assert_eq!(told.len() as u64, stored);

    // With more room, the log goes on without a hole.
    bed.options.max_bytes = None;
    let (store, _journal) = bed.open().await;
    store.append(talk("a", 9_000)).await.unwrap();
    let log = log(&store, &room("a")).await;
    assert_eq!(seqs(&log), (1..=stored + 1).collect::<Vec<_>>());
}

#[tokio::test]
async fn many_lines_at_once_find_or_make_their_rooms() {
    const LINES: usize = Options::MAX_BATCH;
    let mut bed = Bed::sqlite();
    bed.options.batch = usize::MAX;
    bed.options.queue = 2 * LINES;
    let (store, mut journal) = bed.open().await;
    for fresh in [true, false] {
        let mut writers = tokio::task::JoinSet::new();
        for number in 0..LINES {
            let store = store.clone();
            // Every line makes a room of its own.
            let line = talk(&format!("r{number}"), number as u128);
            writers.spawn(async move { store.append(line).await.unwrap() });
        }
        for line in writers.join_all().await {
            assert_eq!((line.message.seq, line.fresh), (Seq(1), fresh));
        }
    }
    assert_eq!(store.rooms().await.unwrap().len(), LINES + 1);
    store.close().await;
    let mut told = 0;
    while let Some(batch) = journal.recv().await {
        told += batch.len();
    }
    assert_eq!(told, LINES);
}

#[tokio::test]
async fn another_processs_lock_refuses_writes_never_reads_and_passes() {
    let mut bed = Bed::sqlite();
    bed.options.patience = Duration::from_millis(20);
    let (store, _journal) = bed.open().await;
    store.append(talk("a", 1)).await.unwrap();

    let mut other = shell(file(&bed)).await;
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let error = store.append(talk("a", 2)).await.unwrap_err();
    assert!(matches!(error, WriteError::Unavailable(_)), "{error}");
    assert!(error.retry_after().is_some());
    assert_eq!(log(&store, &room("a")).await.len(), 1);
    store.check().await.unwrap_err();

    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    // It finds out by itself: a server that is taken for ill gets nothing to write.
    let healed = async {
        while store.check().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), healed)
        .await
        .unwrap();
    assert_eq!(log(&store, &room("a")).await.len(), 1);
    assert_eq!(
        store.append(talk("a", 2)).await.unwrap().message.seq,
        Seq(2)
    );
}

#[tokio::test]
async fn another_processs_writes_are_noticed() {
    let bed = Bed::sqlite();
    let (store, _journal) = bed.open().await;
    store.append(talk("a", 1)).await.unwrap();
    // A second server at the same file, which must not be, has taken the next place.
    let (second, _second_journal) = bed.open().await;
    second.append(talk("a", 2)).await.unwrap();
    assert_eq!(
        store.append(talk("a", 3)).await.unwrap().message.seq,
        Seq(3)
    );
    assert_eq!(seqs(&log(&store, &room("a")).await), [1, 2, 3]);
}

#[tokio::test]
async fn rows_that_we_did_not_write_are_an_error_and_no_panic() {
    let bed = Bed::sqlite();
    let (store, _journal) = bed.open().await;
    store.append(talk("a", 1)).await.unwrap();
    let mut other = shell(file(&bed)).await;
    let spoil = "UPDATE message SET sender = ''; UPDATE room SET head = -1 WHERE id = 'a'";
    sqlx::raw_sql(spoil).execute(&mut other).await.unwrap();
    store.page(&room("a"), Range::Last, 1).await.unwrap_err();
    store.rooms().await.unwrap_err();
    store.append(talk("lobby", 2)).await.unwrap();
}

#[tokio::test]
async fn a_backup_of_a_log_in_use_is_a_log() {
    let bed = Bed::sqlite();
    let (store, _journal) = bed.open().await;
    for number in 1..=3 {
        store.append(talk("a", number)).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    store::back_up(&bed.options, &copy).await.unwrap();
    store.append(talk("a", 4)).await.unwrap();

    let (restored, _journal) = Store::open(Options::new(copy.clone())).await.unwrap();
    // Its places after these are not those of the log that went on.
    assert_ne!(restored.epoch(), store.epoch());
    assert_eq!(seqs(&log(&restored, &room("a")).await), [1, 2, 3]);
    let next = restored.append(talk("a", 5)).await.unwrap();
    assert_eq!(next.message.seq, Seq(4));

    // What is there is left alone.
    let error = store::back_up(&bed.options, &copy).await.unwrap_err();
    assert!(matches!(error, BackupError::Exists(_)), "{error}");
    let nowhere = folder.path().join("no/copy.db");
    let error = store::back_up(&bed.options, &nowhere).await.unwrap_err();
    let said = format!("{} cannot be written: ", nowhere.display());
    assert!(error.to_string().starts_with(&said), "{error}");
    let nothing = Options::new(folder.path().join("nothing.db"));
    let error = store::back_up(&nothing, &folder.path().join("b.db")).await;
    assert!(matches!(
        error,
        Err(BackupError::Open(OpenError::Missing { .. }))
    ));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

/// Appends for ever and says how far it is on disk. Only started by the test below it.
#[tokio::test]
#[ignore = "the child of a_killed_process_keeps_what_it_acknowledged"]
async fn child_that_appends() {
    let Some(path) = std::env::var_os("ROOMSIDE_STORE_TEST_CHILD") else {
        return;
    };
    let (store, journal) = Store::open(Options::new(path)).await.unwrap();
    drop(journal);
    for number in 1.. {
        let appended = store.append(talk("lobby", number)).await.unwrap();
        println!("stored {}", appended.message.seq);
    }
}

#[test]
fn a_killed_process_keeps_what_it_acknowledged() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let bed = Bed::sqlite();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_appends", "--ignored", "--nocapture"])
        .env("ROOMSIDE_STORE_TEST_CHILD", file(&bed))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let acknowledged = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("stored ")?.parse::<u64>().ok())
        .take_while(|seq| *seq <= 200)
        .last();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(acknowledged, Some(200));

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let (store, _journal) = bed.open().await;
        let log = log(&store, &RoomId::lobby()).await;
        assert!(log.len() >= 200, "{} are left", log.len());
        assert_eq!(seqs(&log), (1..=log.len() as u64).collect::<Vec<_>>());
        let next = store.append(talk("lobby", u128::MAX)).await.unwrap();
        assert_eq!(next.message.seq.0, log.len() as u64 + 1);
    });
}
