//! Statements for many rows at once.
//!
//! A statement is prepared once per length of its list, and SQLite keeps what it prepared. Lists
//! are therefore padded to powers of two with rows that begin with NULL and that every statement
//! passes over: twelve lengths serve batches of any size up to 2,048.

/// `(?,?),(?,?)…`: so many rows, padded, of so many columns.
pub(super) fn values(rows: usize, columns: usize) -> String {
    let row = format!("({}?)", "?,".repeat(columns.saturating_sub(1)));
    let mut list = format!("{row},").repeat(padded(rows));
    list.pop();
    list
}

/// How many rows of padding follow so many rows.
pub(super) fn padding(rows: usize) -> usize {
    padded(rows) - rows
}

fn padded(rows: usize) -> usize {
    rows.next_power_of_two()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_few_lengths() {
        assert_eq!(values(1, 1), "(?)");
        assert_eq!(values(3, 2), "(?,?),(?,?),(?,?),(?,?)");
        assert_eq!((padding(3), padding(4), padding(5)), (1, 0, 3));
    }
}
