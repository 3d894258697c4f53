//! What the program does instead of serving: export, import, backup.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use crate::program::{Program, command, fails};
use crate::support::Client;

fn job(root: &Path, words: &[&str]) -> Command {
    let mut command = command(root);
    command.args(words);
    command
}

/// Runs a job that must succeed, and gives back the line that it says.
fn does(root: &Path, words: &[&str]) -> String {
    let output = job(root, words).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert_eq!((said.lines().count(), &*stderr), (1, ""), "{said}");
    said
}

/// A server in which two things were said.
async fn spoken(root: &Path) -> Program {
    let program = Program::start(root);
    let mut client = Client::connect(program.address).await;
    client.say("lobby", "철수", "하나").await;
    client.say("lobby", "철수", "둘").await;
    program
}

async fn heard(root: &Path) {
    let program = Program::start(root);
    let mut client = Client::connect(program.address).await;
    client.say("lobby", "철수", "셋").await;
    client.follow("lobby", "x-since:0\n").await;
    assert_eq!(
        client.lines(3).await,
        ["1 철수: 하나", "2 철수: 둘", "3 철수: 셋"]
    );
    program.kill();
}

/// Subscribes to the lobby, and gives back what the RECEIPT says.
async fn follow(client: &mut Client, headers: &str) -> HashMap<String, String> {
    let subscribe = "SUBSCRIBE\nid:0\ndestination:/topic/chat/room/lobby\nreceipt:r\n";
    client.send(&format!("{subscribe}{headers}\n\0")).await;
    let receipt = client.frame().await;
    assert_eq!(receipt.headers.get("receipt-id"), Some("r"), "{receipt:?}");
    let headers = receipt.headers.iter();
    headers
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

#[tokio::test]
async fn a_log_in_use_is_exported_and_imported_elsewhere() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = old.path().join("log.jsonl");
    let file = file.to_str().unwrap();
    let program = spoken(old.path()).await;
    let said = does(old.path(), &["export", file]);
    assert!(said.contains("rooms: 1, messages: 2"), "{said}");
    program.kill();

    let said = does(new.path(), &["import", file]);
    assert!(said.contains("rooms: 1, messages: 2"), "{said}");
    heard(new.path()).await;

    let said = fails(&mut job(old.path(), &["export", file]));
    assert!(said.contains("exists already"), "{said}");
    let said = fails(&mut job(new.path(), &["import", file]));
    assert!(said.contains("import into a new one"), "{said}");
}

#[tokio::test]
async fn a_backup_is_restored_by_being_put_in_the_databases_place() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let program = spoken(old.path()).await;
    let copy = old.path().join("backup.db");
    does(old.path(), &["backup", copy.to_str().unwrap()]);
    // What is said later is not in it.
    let mut client = Client::connect(program.address).await;
    client.say("lobby", "철수", "later").await;
    program.kill();

    let data = new.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::copy(copy, data.join("roomside.db")).unwrap();
    heard(new.path()).await;
}

#[tokio::test]
async fn who_comes_back_to_a_restored_backup_is_told_that_it_is_another_log() {
    let root = tempfile::tempdir().unwrap();
    let program = spoken(root.path()).await;
    let copy = root.path().join("backup.db");
    does(root.path(), &["backup", copy.to_str().unwrap()]);
    let mut client = Client::connect(program.address).await;
    client.say("lobby", "철수", "in no backup").await;
    let before = follow(&mut client, "").await;
    let (last, epoch) = (&before["x-offset"], &before["x-epoch"]);
    program.kill();

    let data = root.path().join("data");
    for side in ["roomside.db-wal", "roomside.db-shm"] {
        let _ = std::fs::remove_file(data.join(side));
    }
    std::fs::copy(copy, data.join("roomside.db")).unwrap();
    let program = Program::start(root.path());
    let mut client = Client::connect(program.address).await;
    // As many as were said after the backup, and one more: the place is there again.
    for text in ["another", "and one more"] {
        client.say("lobby", "철수", text).await;
    }
    let since = format!("x-since:{last}\nx-epoch:{epoch}\n");
    let after = follow(&mut client, &since).await;
    assert_eq!(after["x-recovered"], "false");
    assert_ne!(&after["x-epoch"], epoch);
    program.kill();
}

#[tokio::test]
async fn nothing_is_imported_under_a_server() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("log.jsonl");
    let program = spoken(root.path()).await;
    does(root.path(), &["export", file.to_str().unwrap()]);
    let said = fails(&mut job(root.path(), &["import", file.to_str().unwrap()]));
    assert!(said.contains("another server"), "{said}");
    program.kill();
}

#[test]
fn what_cannot_be_done_is_one_sentence() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    let path = file.to_str().unwrap();
    for (words, part) in [
        (["export", path], "there is no database"),
        (["backup", path], "there is no database"),
        (["import", path], "cannot be opened"),
    ] {
        let said = fails(&mut job(root.path(), &words));
        assert!(said.contains(part), "{said}");
        assert!(!file.exists(), "{words:?} left a file");
    }
    std::fs::write(&file, "{\"log\":{\"version\":1,\"epoch\":\"e\"}}\n{\"ro").unwrap();
    let said = fails(&mut job(root.path(), &["import", path]));
    assert!(said.contains("cut short after line 1"), "{said}");
    let postgres = ["backup", path, "--database-url", "postgres://localhost/x"];
    let said = fails(&mut job(root.path(), &postgres));
    assert!(said.contains("pg_dump"), "{said}");
}
