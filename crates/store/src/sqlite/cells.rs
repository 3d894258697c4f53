//! What SQLite keeps in the columns, as readers get it and as the writer does.

use rusqlite::types::FromSql;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::fault::fault;
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

impl Cells for rusqlite::Row<'_> {
    fn name(&self, column: usize) -> Result<&str, sqlx::Error> {
        let cell = self.get_ref(column).map_err(fault)?;
        cell.as_str().map_err(damaged)
    }

    fn text(&self, column: usize) -> Result<String, sqlx::Error> {
        cell(self, column)
    }

    fn flag(&self, column: usize) -> Result<bool, sqlx::Error> {
        cell(self, column)
    }

    fn uuid(&self, column: usize) -> Result<Uuid, sqlx::Error> {
        let bytes = self.maybe_bytes(column)?.unwrap_or_default();
        Uuid::from_slice(bytes).map_err(damaged)
    }

    fn number(&self, column: usize) -> Result<i64, sqlx::Error> {
        cell(self, column)
    }

    fn maybe_number(&self, column: usize) -> Result<Option<i64>, sqlx::Error> {
        cell(self, column)
    }

    fn maybe_bytes(&self, column: usize) -> Result<Option<&[u8]>, sqlx::Error> {
        let cell = self.get_ref(column).map_err(fault)?;
        cell.as_blob_or_null().map_err(damaged)
    }
}

fn cell<T: FromSql>(row: &rusqlite::Row<'_>, column: usize) -> Result<T, sqlx::Error> {
    row.get(column).map_err(fault)
}
