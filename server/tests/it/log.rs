//! A server's log from outside: held, as by a slow disk, or broken.

use sqlx::{Connection as _, SqliteConnection};

use crate::support::Running;

/// While this is held nothing can be written to the log, and whoever writes waits, five seconds at
/// most.
pub(crate) struct HeldLog(SqliteConnection);

impl HeldLog {
    pub(crate) async fn hold(server: &Running) -> Self {
        let mut other = open(server).await;
        run(&mut other, "BEGIN IMMEDIATE").await;
        Self(other)
    }

    pub(crate) async fn release(mut self) {
        run(&mut self.0, "ROLLBACK").await;
    }
}

impl Running {
    /// Lets every message be refused by the database, as on a full disk.
    pub(crate) async fn break_log(&self) {
        let trigger = "CREATE TRIGGER broken BEFORE INSERT ON message
            BEGIN SELECT RAISE(FAIL, 'a test breaks it'); END";
        run(&mut open(self).await, trigger).await;
    }

    pub(crate) async fn mend_log(&self) {
        run(&mut open(self).await, "DROP TRIGGER broken").await;
    }
}

async fn open(server: &Running) -> SqliteConnection {
    let file = server.data().join("roomside.db");
    SqliteConnection::connect(&format!("sqlite:{}", file.display()))
        .await
        .unwrap()
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) {
    sqlx::query(sql).execute(connection).await.unwrap();
}
