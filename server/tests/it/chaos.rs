//! The proof that nothing said in a room is lost, small enough to be run always. The large one is
//! `roomside-bench chaos`, which this is with other numbers.

use std::ffi::OsString;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

const SMALL: &str = "--messages 600 --cuts 15 --kills 2 --window 4";

/// What was said, cut and killed is in the report, with the seed that repeats it.
pub(crate) async fn nothing_is_lost(database_url: Option<String>) {
    let log = database_url
        .iter()
        .flat_map(|url| ["--", "--database-url", url]);
    let args: Vec<_> = SMALL.split_ascii_whitespace().chain(log).collect();
    let report = prove(&args).await;
    for (name, count) in [
        ("confirmed", 600),
        ("stored", 600),
        ("arrived", 6_000),
        ("cuts", 15),
        ("kills", 2),
    ] {
        assert_eq!(report[name], count, "{name} in {report}");
    }
}

/// Runs it with our server to a good end, which the report tells.
pub(crate) async fn prove(args: &[&str]) -> Value {
    let server = ["--server", env!("CARGO_BIN_EXE_roomside")];
    let args: Vec<OsString> = server.iter().chain(args).map(Into::into).collect();
    // It brings a runtime of its own.
    let run = tokio::task::spawn_blocking(|| roomside_bench::chaos(args));
    let outcome = run.await.unwrap().unwrap();
    assert!(outcome.whole, "{}", outcome.line);
    serde_json::from_str(&outcome.line).unwrap()
}

#[tokio::test]
async fn nothing_is_lost_whatever_is_cut_or_killed() {
    nothing_is_lost(None).await;
}

/// The proof would be worth nothing if it could not fail.
#[tokio::test]
async fn a_server_that_forgets_is_found_out() {
    let root = tempfile::tempdir().unwrap();
    let forgetful = root.path().join("forgetful");
    let script = format!(
        "#!/bin/sh\nrm -rf data\nexec '{}' \"$@\"\n",
        env!("CARGO_BIN_EXE_roomside")
    );
    std::fs::write(&forgetful, script).unwrap();
    std::fs::set_permissions(&forgetful, Permissions::from_mode(0o700)).unwrap();
    let mut args: Vec<OsString> = vec!["--server".into(), forgetful.into(), "--tidy".into()];
    args.extend(SMALL.split_ascii_whitespace().map(Into::into));
    args.extend(["--patience", "5"].map(Into::into));
    let run = tokio::task::spawn_blocking(|| roomside_bench::chaos(args));
    let outcome = run.await.unwrap().unwrap();
    assert!(!outcome.whole, "{}", outcome.line);
    let report: Value = serde_json::from_str(&outcome.line).unwrap();
    assert!(report["lost"].as_u64().unwrap() > 0, "{}", outcome.line);
}
