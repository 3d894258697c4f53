//! The readers' connections, whichever engine is at the other end.

use sqlx::{AssertSqlSafe, PgPool, SqlitePool};

use crate::row::Cells;

/// A few connections that can only read.
#[derive(Clone, Debug)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// What takes the place of a parameter, which both engines call `$1`, `$2`, ….
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'v> {
    Text(&'v str),
    Number(i64),
}

impl Pool {
    /// All rows that the query finds.
    pub(crate) async fn all<T>(
        &self,
        sql: String,
        values: &[Value<'_>],
        read: impl Fn(&dyn Cells) -> Result<T, sqlx::Error>,
    ) -> Result<Vec<T>, sqlx::Error> {
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Sqlite(pool) => {
                let mut query = sqlx::query(sql);
                for value in values {
                    query = match *value {
                        Value::Text(text) => query.bind(text),
                        Value::Number(number) => query.bind(number),
                    };
                }
                let rows = query.fetch_all(pool).await?;
                rows.iter().map(|row| read(row)).collect()
            }
            Self::Postgres(pool) => {
                let mut query = sqlx::query(sql);
                for value in values {
                    query = match *value {
                        Value::Text(text) => query.bind(text),
                        Value::Number(number) => query.bind(number),
                    };
                }
                let rows = query.fetch_all(pool).await?;
                rows.iter().map(|row| read(row)).collect()
            }
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
