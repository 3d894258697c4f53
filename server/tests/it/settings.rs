//! Settings from where an operator puts them.

use std::io::BufRead as _;
use std::process::{Command, Stdio};

use crate::program::{Program, command, fails};
use crate::support::{Client, fake_site, http};

#[tokio::test]
async fn lists_stand_in_the_environment_with_commas() {
    let root = tempfile::tempdir().unwrap();
    let mut command = command(root.path());
    command
        .env(
            "ROOMSIDE_ALLOWED_ORIGINS",
            "https://a.example,https://b.example",
        )
        .env("ROOMSIDE_SHARED_QUEUES", "/queue/jobs/**");
    let program = Program::spawn(&mut command, "http");
    for (origin, status) in [
        ("https://a.example", 200),
        ("https://b.example", 200),
        ("https://c.example", 403),
    ] {
        let get = format!("GET /websc/info HTTP/1.1\r\norigin: {origin}");
        let (got, _, _) = http(program.address, &get, "").await;
        assert_eq!(got, status, "{origin}");
    }
    // A shared queue keeps what nobody is there for.
    let mut client = Client::connect(program.address).await;
    client.publish("/queue/jobs/a", "early").await;
    client.subscribe("w", "/queue/jobs/a", "").await;
    assert_eq!(client.body().await, "early");
    program.kill();
}

#[test]
fn a_folder_may_be_called_by_a_number() {
    let root = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomside"));
    command
        .env_clear()
        .current_dir(root.path())
        .env("ROOMSIDE_LISTEN", "127.0.0.1:0")
        .env("ROOMSIDE_DATA", "2026")
        .env("ROOMSIDE_SITE", fake_site(root.path()));
    Program::spawn(&mut command, "http").kill();
    assert!(root.path().join("2026/roomside.db").is_file());
}

#[test]
fn a_log_that_goes_to_no_terminal_has_no_colours() {
    let root = tempfile::tempdir().unwrap();
    let mut command = command(root.path());
    command.stderr(Stdio::piped());
    let mut program = Program::spawn(&mut command, "http");
    // The front end of a test has no scripts for SockJS, which is worth a line.
    let mut text = String::new();
    program.log().read_line(&mut text).unwrap();
    program.kill();
    assert!(text.contains("WARN"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn a_setting_that_cannot_be_is_one_sentence() {
    let root = tempfile::tempdir().unwrap();
    let mut command = command(root.path());
    let said = fails(command.env("ROOMSIDE_MAX_FRAME", "much"));
    assert!(said.contains("ROOMSIDE_"), "{said}");
    assert!(said.contains("MAX_FRAME"), "{said}");
}
