//! What SQLite keeps in the columns.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::row::{Cells, damaged};

impl Cells for SqliteRow {
    fn name(&self, column: usize) -> Result<&str, sqlx::Error> {
        self.try_get(column)
    }

    fn text(&self, column: usize) -> Result<String, sqlx::Error> {
        self.try_get(column)
    }

    fn flag(&self, column: usize) -> Result<bool, sqlx::Error> {
        self.try_get(column)
    }

    fn uuid(&self, column: usize) -> Result<Uuid, sqlx::Error> {
        Uuid::from_slice(self.try_get(column)?).map_err(damaged)
    }

    fn number(&self, column: usize) -> Result<i64, sqlx::Error> {
        self.try_get(column)
    }

    fn maybe_number(&self, column: usize) -> Result<Option<i64>, sqlx::Error> {
        self.try_get(column)
    }

    fn maybe_bytes(&self, column: usize) -> Result<Option<&[u8]>, sqlx::Error> {
        self.try_get(column)
    }
}
