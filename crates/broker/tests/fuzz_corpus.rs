//! Replays what the fuzz target `destination` has kept, through the very code that it runs.

use std::fs;
use std::path::Path;

#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
#[path = "../../stomp/fuzz/src/destination.rs"]
mod destination;

#[test]
fn destinations_hold_for_their_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stomp/fuzz/corpus/destination");
    let mut files = 0;
    for entry in fs::read_dir(&corpus).expect("the corpus is part of the repository") {
        let path = entry.expect("it can be listed").path();
        // The last name in the output is the one that it panics on.
        println!("{}", path.display());
        destination::check(&fs::read(&path).expect("it can be read"));
        files += 1;
    }
    assert!(files > 0, "{} is empty", corpus.display());
}
