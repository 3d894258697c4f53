//! The same proof with the log in PostgreSQL, in a schema that goes with the test.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

use crate::chaos::nothing_is_lost;

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
