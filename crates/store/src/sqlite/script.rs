//! Statements that go to SQLite together.
//!
//! A connection works in a thread of its own, and handing something to it and waiting for the
//! answer costs more than most statements do. So what needs no answer is gathered, and goes with
//! the next statement that does.

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Encode, Sqlite, SqliteConnection, Type};

/// Statements one after the other, and the values for their parameters, which are all `?`.
#[derive(Debug, Default)]
pub(super) struct Script {
    sql: String,
    statements: usize,
    values: SqliteArguments,
}

impl Script {
    /// Adds a statement, whose values are to be bound next.
    pub(super) fn add(&mut self, sql: &str) -> &mut Self {
        if !self.sql.is_empty() {
            self.sql.push_str("; ");
        }
        self.sql.push_str(sql);
        self.statements += 1;
        self
    }

    /// How many statements were added.
    pub(super) fn statements(&self) -> usize {
        self.statements
    }

    /// Puts a statement without parameters before all others.
    pub(super) fn begin_with(&mut self, sql: &str) {
        self.sql.insert_str(0, "; ");
        self.sql.insert_str(0, sql);
        self.statements += 1;
    }

    /// Adds the next value.
    pub(super) fn bind<'v, T>(&mut self, value: T) -> Result<&mut Self, sqlx::Error>
    where
        T: Encode<'v, Sqlite> + Type<Sqlite>,
    {
        self.values.add(value).map_err(sqlx::Error::Encode)?;
        Ok(self)
    }

    /// Adds so many times no value.
    pub(super) fn bind_nulls(&mut self, count: usize) -> Result<(), sqlx::Error> {
        for _ in 0..count {
            self.bind(None::<i64>)?;
        }
        Ok(())
    }

    /// Does it all, up to the first statement that fails.
    pub(super) async fn execute(
        self,
        connection: &mut SqliteConnection,
    ) -> Result<(), sqlx::Error> {
        let query = sqlx::query_with(AssertSqlSafe(self.sql), self.values);
        query.execute(connection).await?;
        Ok(())
    }

    /// Does it all, and gives back the rows that came of it.
    pub(super) async fn fetch(
        self,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<SqliteRow>, sqlx::Error> {
        let query = sqlx::query_with(AssertSqlSafe(self.sql), self.values);
        query.fetch_all(connection).await
    }
}
