//! A PostgreSQL server that stops under the log and comes back.

#[allow(dead_code, unused_imports)]
mod suite;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use store::{CheckError, Location, Options, ReadError, Store, WriteError};
use suite::bed::{log, room, seqs, talk};
use tempfile::TempDir;
use tokio::time::timeout;

/// A server of this test's own, which the others would miss.
struct Server {
    folder: TempDir,
}

impl Server {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Whoever the server runs as must find its way to it.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        Self { folder }
    }

    fn run(&self, what: &str) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../script/postgres");
        let done = Command::new("bash")
            .arg(script)
            .arg(what)
            .arg(self.folder.path().join("postgres"))
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(done.status.success(), "script/postgres {what} failed");
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.run("remove");
            return;
        }
        // A second panic would hide the first.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.run("remove")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_refuses_heals_and_loses_nothing() {
    let server = Server::make();
    let url = server.run("start");
    let options = Options {
        patience: Duration::from_secs(3),
        ..Options::new(Location::Postgres(url))
    };
    let (store, mut journal) = Store::open(options).await.unwrap();
    let told = tokio::spawn(async move {
        let mut told = Vec::new();
        while let Some(batch) = journal.recv().await {
            told.extend(batch.iter().map(|line| line.seq.0));
        }
        told
    });

    // Somebody speaks all the time, and notes what was acknowledged.
    let speaker = tokio::spawn({
        let store = store.clone();
        async move {
            let (mut kept, mut refused) = (Vec::new(), 0);
            for number in 1_000..1_000_000 {
                match store.append(talk("a", number)).await {
                    Ok(appended) => kept.push(appended.message.id),
                    Err(error) => {
                        assert!(matches!(error, WriteError::Unavailable(_)), "{error}");
                        assert!(error.retry_after().is_some());
                        refused += 1;
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
                if refused > 0 && kept.len() > 50 && store.check().await.is_ok() {
                    break;
                }
            }
            (kept, refused)
        }
    });
    while store.stats().messages < 50 {
        tokio::task::yield_now().await;
    }
    server.run("stop");
    // It says so before long, and goes on saying so.
    let unwell = async {
        loop {
            match store.check().await {
                Err(CheckError::Write(_)) => break,
                Ok(()) | Err(CheckError::Read(ReadError::Unavailable(_))) => {}
                Err(other) => panic!("{other}"),
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(60), unwell).await.unwrap();
    assert!(store.stats().failures > 0);
    server.run("start");
    let (kept, refused) = timeout(Duration::from_secs(60), speaker)
        .await
        .unwrap()
        .unwrap();
    assert!(refused > 0);

    let log = log(&store, &room("a")).await;
    assert_eq!(seqs(&log), (1..=log.len() as u64).collect::<Vec<_>>());
    for id in &kept {
        assert!(log.iter().any(|line| line.id == *id), "{id:?} is missing");
    }
    store.close().await;
    // What was committed while nobody could say so was told all the same.
    assert_eq!(told.await.unwrap(), seqs(&log));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_that_is_quick_is_waited_for() {
    let server = Server::make();
    let url = server.run("start");
    let options = Options {
        patience: Duration::from_secs(60),
        ..Options::new(Location::Postgres(url))
    };
    let (store, _journal) = Store::open(options).await.unwrap();
    store.append(talk("a", 1)).await.unwrap();
    server.run("stop");
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.append(talk("a", 2)).await }
    });
    server.run("start");
    assert_eq!(waiting.await.unwrap().unwrap().message.seq.0, 2);
    assert_eq!(store.stats().failures, 0);
    // Nobody writes, and yet it heals; readers find their way back as well.
    assert_eq!(log(&store, &room("a")).await.len(), 2);
    store.check().await.unwrap();
}
