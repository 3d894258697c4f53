//! The suite that every engine passes, on each engine.

mod suite;

mod sqlite {
    use super::suite::{self, Bed, conformance};

    conformance!(Bed::sqlite());
}

#[cfg(feature = "postgres-tests")]
mod postgres {
    use super::suite::{self, Bed, conformance};

    conformance!(Bed::postgres().await);
}

/// What `cargo test` says of the half that it leaves out.
#[cfg(not(feature = "postgres-tests"))]
mod postgres {
    #[test]
    #[ignore = "run script/test, or set ROOMSIDE_TEST_POSTGRES and --features roomside-store/postgres-tests"]
    fn is_left_out_without_a_server() {}
}
