//! A schema of PostgreSQL's that lives as long as a test.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

/// Made in the database that `ROOMSIDE_TEST_POSTGRES` names, and dropped with this value.
pub(crate) struct Schema {
    server: String,
    name: String,
}

impl Schema {
    pub(crate) async fn make() -> Self {
        let server = std::env::var("ROOMSIDE_TEST_POSTGRES").expect(
            "ROOMSIDE_TEST_POSTGRES must have the URL of a PostgreSQL server for these tests; \
             `script/postgres --help` says how to start one, and script/test does so by itself",
        );
        let schema = Self {
            server,
            name: format!("test_{}", Uuid::now_v7().simple()),
        };
        let name = &schema.name;
        run(&schema.server, format!("CREATE SCHEMA {name}")).await;
        schema
    }

    /// Where a connection finds the tables of this schema and no others.
    pub(crate) fn url(&self) -> String {
        let sign = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{sign}options[search_path]={}", self.server, self.name)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let server = self.server.clone();
        let sql = format!("DROP SCHEMA {} CASCADE", self.name);
        // In a thread of its own, since here is a runtime at work that cannot be waited for.
        let dropped = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(run(&server, sql));
        });
        // What is left behind is no reason to fail.
        let _ = dropped.join();
    }
}

async fn run(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    let done = sqlx::raw_sql(AssertSqlSafe(sql));
    done.execute(&mut connection).await.unwrap();
}
