//! The suite that every engine passes, on each engine.

mod suite;

mod sqlite {
    use super::suite::{self, Bed, conformance};

    conformance!(Bed::sqlite());
}
