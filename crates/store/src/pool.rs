//! The readers' connections, whichever engine is at the other end.

use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Database, Encode, PgPool, SqlitePool, Type};

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
        match self {
            Self::Sqlite(pool) => {
                let rows = query(sql, values).fetch_all(pool).await?;
                rows.iter().map(|row| read(row)).collect()
            }
            Self::Postgres(pool) => {
                let rows = query(sql, values).fetch_all(pool).await?;
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

fn query<'v, DB: Database>(sql: String, values: &[Value<'v>]) -> Query<'v, DB, DB::Arguments>
where
    &'v str: Encode<'v, DB> + Type<DB>,
    i64: Encode<'v, DB> + Type<DB>,
{
    let query = sqlx::query(AssertSqlSafe(sql));
    values.iter().fold(query, |query, value| match *value {
        Value::Text(text) => query.bind(text),
        Value::Number(number) => query.bind(number),
    })
}
