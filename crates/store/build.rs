//! Has cargo build again when a migration is added: the compiler only watches the ones it read.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
