//! The same proof with the log in PostgreSQL: in a schema that goes with the test, and on a server of
//! its own that breaks down.

use std::process::Command;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

use crate::chaos::{nothing_is_lost, prove};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../script/postgres");

#[tokio::test]
async fn nothing_is_lost_on_postgres_whatever_is_cut_or_killed() {
    let server = std::env::var("ROOMSIDE_TEST_POSTGRES").expect(
        "ROOMSIDE_TEST_POSTGRES must have the URL of a PostgreSQL server for this test; \
         `script/postgres --help` says how to start one, and script/test does so by itself",
    );
    let schema = format!("test_{}", Uuid::now_v7().simple());
    run(&server, format!("CREATE SCHEMA {schema}")).await;
    let sign = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{sign}options[search_path]={schema}");
    // In a task of its own, so that the schema goes whatever comes of it.
    let proven = tokio::spawn(nothing_is_lost(Some(url))).await;
    run(&server, format!("DROP SCHEMA {schema} CASCADE")).await;
    proven.unwrap();
}

async fn run(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    let done = sqlx::raw_sql(AssertSqlSafe(sql));
    done.execute(&mut connection).await.unwrap();
}

/// A PostgreSQL server that nobody else uses, ended with this.
struct Postgres {
    folder: TempDir,
    url: String,
}

impl Postgres {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let started = Command::new(SCRIPT)
            .arg("start")
            .arg(folder.path())
            .output();
        let started = started.unwrap();
        let said = String::from_utf8_lossy(&started.stderr);
        assert!(started.status.success(), "{said}");
        let url = String::from_utf8(started.stdout).unwrap();
        Self {
            folder,
            url: url.trim().to_owned(),
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stop = Command::new(SCRIPT)
            .arg("stop")
            .arg(self.folder.path())
            .status();
        // A second panic would hide what the test found.
        if !stop.is_ok_and(|status| status.success()) {
            eprintln!("PostgreSQL still runs in {}", self.folder.path().display());
        }
    }
}

/// The second time it is away for longer than the writer waits for it, so that senders are put off;
/// before and after that it is back at once.
#[tokio::test]
async fn nothing_is_lost_when_postgres_itself_breaks_down() {
    let postgres = Postgres::start();
    let folder = postgres.folder.path().display();
    let crash = format!("'{SCRIPT}' crash '{folder}' $((RESTARTS % 2 * 7))");
    let numbers = "--messages 600 --cuts 15 --kills 0 --window 4 --database-restarts 3";
    let mut args: Vec<_> = numbers.split_ascii_whitespace().collect();
    args.extend(["--database-restart", &crash]);
    args.extend(["--", "--database-url", &postgres.url]);
    let report = prove(&args).await;
    for (name, count) in [
        ("confirmed", 600),
        ("stored", 600),
        ("arrived", 6_000),
        ("database_restarts", 3),
    ] {
        assert_eq!(report[name], count, "{name} in {report}");
    }
    assert!(report["refused"].as_u64().unwrap() > 0, "{report}");
}
