//! The program. Everything is in the library, so that tests of the server can run it, too.

use std::process::ExitCode;

fn main() -> ExitCode {
    roomside_bench::run(std::env::args_os())
}
