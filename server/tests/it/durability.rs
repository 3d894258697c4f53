//! The real program: what it has acknowledged survives, and how it starts and stops.

use std::net::TcpListener;
use std::process::Output;

use crate::program::{Program, command, fails};
use crate::support::Client;

#[tokio::test]
async fn what_has_its_receipt_is_there_after_kill_9() {
    let root = tempfile::tempdir().unwrap();
    for round in 1..=5_u64 {
        let program = Program::start(root.path());
        let mut client = Client::connect(program.address).await;
        client.say("lobby", "철수", &format!("round {round}")).await;
        program.kill();
    }
    let program = Program::start(root.path());
    let mut client = Client::connect(program.address).await;
    client.follow("lobby", "x-since:0\n").await;
    for round in 1..=5 {
        let line = client.line().await;
        assert_eq!(
            (line.seq.0, line.message),
            (round, format!("round {round}"))
        );
    }
    program.kill();
}

#[tokio::test]
async fn sigterm_says_goodbye_with_1001_and_exits_well() {
    let root = tempfile::tempdir().unwrap();
    let program = Program::start(root.path());
    let mut client = Client::connect(program.address).await;
    client.say("lobby", "철수", "before").await;
    program.signal("TERM");
    assert_eq!(client.close_code().await, 1001);
    drop(client);
    assert!(program.wait().success());
}

#[tokio::test]
async fn a_restart_announces_nobody_again() {
    let root = tempfile::tempdir().unwrap();
    let enter = |address| async move {
        let mut client = Client::connect(address).await;
        client
            .send_to_room("ENTER", "lobby", "철수", "", "receipt:r\n")
            .await;
        client.receipt("r").await;
        client
    };
    let program = Program::start(root.path());
    let _client = enter(program.address).await;
    program.kill();
    let program = Program::start(root.path());
    let mut client = enter(program.address).await;
    client.say("lobby", "철수", "back").await;
    client.follow("lobby", "x-since:0\n").await;
    assert_eq!(
        client.lines(2).await,
        ["1 철수: 철수님이 입장했습니다.", "2 철수: back"]
    );
    program.kill();
}

#[test]
fn a_taken_port_is_one_sentence() {
    let root = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = fails(command(root.path()).args(["--listen", &address]));
    assert!(
        said.contains(&address) && said.contains("--listen"),
        "{said}"
    );
}

#[tokio::test]
async fn a_log_in_use_is_one_sentence() {
    let root = tempfile::tempdir().unwrap();
    let program = Program::start(root.path());
    let said = fails(&mut command(root.path()));
    assert!(said.contains("another server"), "{said}");
    program.kill();
}

#[test]
fn an_unwritable_database_is_one_sentence() {
    let root = tempfile::tempdir().unwrap();
    // A folder under a plain file can be made by nobody, not even by root.
    std::fs::write(root.path().join("data"), "a file").unwrap();
    let said = fails(&mut command(root.path()));
    assert!(said.contains("data"), "{said}");
}

#[test]
fn a_file_that_is_no_database_is_one_sentence() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("data")).unwrap();
    std::fs::write(root.path().join("data/roomside.db"), "x".repeat(5_000)).unwrap();
    let said = fails(&mut command(root.path()));
    assert!(said.contains("roomside.db"), "{said}");
}

#[test]
fn a_missing_front_end_is_one_sentence() {
    let root = tempfile::tempdir().unwrap();
    let said = fails(command(root.path()).args(["--site", "/nowhere"]));
    assert!(
        said.contains("/nowhere") && said.contains("script/server"),
        "{said}"
    );
}

#[test]
fn a_setting_that_cannot_be_is_one_sentence_that_says_why_once() {
    let root = tempfile::tempdir().unwrap();
    for (flag, value, why) in [
        ("--database-url", "mysql://somewhere", "sqlite:FILE"),
        ("--allowed-origins", "somewhere", "scheme://host:port"),
        ("--shared-queues", "/topic/news", "/queue/jobs/**"),
        ("--max-frame", "5", "32768"),
        ("--log", "a=b=c", "a=b=c"),
    ] {
        let said = fails(command(root.path()).args([flag, value]));
        assert_eq!(said.matches(why).count(), 1, "{said}");
    }
}

#[test]
fn help_names_every_setting() {
    let root = tempfile::tempdir().unwrap();
    let Output { status, stdout, .. } = command(root.path()).arg("--help").output().unwrap();
    let help = String::from_utf8(stdout).unwrap();
    assert!(status.success());
    let settings = serde_json::to_value(server::Config::default()).unwrap();
    for name in settings.as_object().unwrap().keys() {
        assert!(
            help.contains(&format!("--{}", name.replace('_', "-"))),
            "{name}"
        );
    }
}
