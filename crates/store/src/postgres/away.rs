//! Errors that pass by themselves.

/// Whether the server, or the way to it, is gone, so that a new connection in a moment may do
/// what this one could not.
pub(crate) fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code_passes(&code)),
        _ => false,
    }
}

/// The classes and codes of
/// <https://www.postgresql.org/docs/15/errcodes-appendix.html> that are about the connection (08),
/// about too many of them (53300), about a shutdown, a crash or a start (57P01 to 57P03, 57P05),
/// and about two transactions that stood in each other's way (40, 55P03, 25P03).
fn code_passes(code: &str) -> bool {
    code.starts_with("08")
        || code.starts_with("40")
        || matches!(
            code,
            "53300" | "57P01" | "57P02" | "57P03" | "57P05" | "55P03" | "25P03"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_starts_is_waited_for_and_a_full_disk_is_not() {
        for code in ["57P03", "08006", "40P01"] {
            assert!(code_passes(code), "{code}");
        }
        for code in ["53100", "28P01", "42P01"] {
            assert!(!code_passes(code), "{code}");
        }
        assert!(is_away(&sqlx::Error::Io(
            std::io::ErrorKind::ConnectionRefused.into()
        )));
        assert!(!is_away(&sqlx::Error::RowNotFound));
    }
}
