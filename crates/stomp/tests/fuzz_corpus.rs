//! Replays what the fuzz targets in `fuzz` have kept, through the very code that they run, so that
//! no machine needs cargo-fuzz to keep what it has found from coming back.

use std::fs;
use std::path::Path;

#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
#[path = "../fuzz/src/client.rs"]
mod client;
#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
#[path = "../fuzz/src/decoder.rs"]
mod decoder;
#[path = "../fuzz/src/rules.rs"]
mod rules;
#[path = "../fuzz/src/script.rs"]
mod script;
#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
#[path = "../fuzz/src/server.rs"]
mod server;
#[path = "../fuzz/src/watch.rs"]
mod watch;

/// Feeds each file to the check. The name of a file that it panics on is in the output.
fn replay(target: &str, check: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut files = 0;
    for entry in fs::read_dir(&corpus).expect("the corpus is part of the repository") {
        let path = entry.expect("it can be listed").path();
        println!("{}", path.display());
        check(&fs::read(&path).expect("it can be read"));
        files += 1;
    }
    assert!(files > 0, "{} is empty", corpus.display());
}

#[test]
fn the_decoder_holds_for_its_corpus() {
    replay("decoder", decoder::check);
}

#[test]
fn the_server_holds_for_its_corpus() {
    replay("server", server::check);
}

#[test]
fn the_client_holds_for_its_corpus() {
    replay("client", client::check);
}
