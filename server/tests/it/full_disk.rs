//! A disk on which there is no room any more. The kernel says so, in the middle of what SQLite writes:
//! beyond a size that can be changed from outside (`RLIMIT_FSIZE`), every write fails.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use chat::destination::{X_CODE, X_RETRY};
use rlimit::{INFINITY, Resource, prlimit};
use serde_json::Value;
use uuid::Uuid;

use crate::http::http;
use crate::program::{Program, command};
use crate::support::{Client, in_time};

/// More than this is never said, so that a limit that does not work is found out.
const MOST: u64 = 1_000;

/// The program. What it has to tell its operator goes to the same disk.
fn confined(root: &Path) -> Command {
    let mut program = command(root);
    program.stderr(File::create(root.join("stderr")).unwrap());
    program
}

/// No file of the program's may become larger than this, from now on.
fn allow(program: &Program, bytes: u64) {
    let pid = program.pid().try_into().unwrap();
    prlimit(pid, Resource::FSIZE, Some((bytes, INFINITY)), None).unwrap();
}

/// Sends a message with an id of its own, and tells whether it was stored or put off.
async fn is_stored(client: &mut Client, text: &str, id: Uuid) -> bool {
    let headers = format!("receipt:r\nx-msg-id:{id}\n");
    client
        .send_to_room("TALK", "lobby", "철수", text, &headers)
        .await;
    let answer = client.frame().await;
    let header = |name| answer.headers.get(name);
    assert_eq!(header("receipt-id"), Some("r"), "{answer:?}");
    let code = header(X_CODE);
    if code.is_some() {
        assert_eq!(code, Some("not_stored"), "{answer:?}");
        assert_eq!(header(X_RETRY), Some("2"), "{answer:?}");
    }
    code.is_none()
}

async fn get(program: &Program, path: &str) -> (u16, String) {
    let (status, _, body) = http(program.address, &format!("GET {path} HTTP/1.1"), "").await;
    (status, body)
}

async fn until_ready(program: &Program) {
    in_time(async {
        while get(program, "/readyz").await.0 != 200 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_is_said_with_when_to_try_again_and_heals_by_itself() {
    let root = tempfile::tempdir().unwrap();
    let program = Program::spawn(&mut confined(root.path()), "http");
    let mut reader = Client::connect(program.address).await;
    reader.follow("lobby", "").await;
    let mut sender = Client::connect_with(program.address, "x-soft-errors:true\n").await;
    assert!(is_stored(&mut sender, "0", Uuid::new_v4()).await);

    // Some of a commit still finds room, and the next write does not.
    let log = root.path().join("data/roomside.db-wal");
    allow(&program, log.metadata().unwrap().len() + 50_000);
    let mut said = 1;
    let refused = loop {
        assert!(said < MOST, "the disk is never full");
        let id = Uuid::new_v4();
        if !is_stored(&mut sender, &said.to_string(), id).await {
            break id;
        }
        said += 1;
    };
    // Nothing at all finds room.
    allow(&program, 0);
    assert!(!is_stored(&mut sender, &said.to_string(), refused).await);
    let (status, body) = get(&program, "/readyz").await;
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("the log cannot be written"), "{body}");
    let mut strict = Client::connect(program.address).await;
    let another = Uuid::new_v4();
    assert!(!is_stored(&mut strict, "after", another).await);
    assert_eq!(strict.close_code().await, 1002);

    // Those who read go on, whether they were there before or come now.
    for seq in 1..=said {
        assert_eq!(reader.line().await.seq.0, seq);
    }
    let mut late = Client::connect(program.address).await;
    late.follow("lobby", "x-since:0\n").await;
    for seq in 1..=said {
        assert_eq!(late.line().await.seq.0, seq);
    }
    let (status, body) = get(&program, "/api/rooms/lobby/messages?limit=200").await;
    let page: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &page["messages"][0]["seq"]), (200, &1.into()));
    assert_eq!(get(&program, "/api/search?q=anything").await.0, 200);
    assert_eq!(get(&program, "/rooms/lobby").await.0, 200);

    allow(&program, INFINITY);
    until_ready(&program).await;
    assert!(is_stored(&mut sender, &said.to_string(), refused).await);
    let mut strict = Client::connect(program.address).await;
    assert!(is_stored(&mut strict, "after", another).await);
    said += 1;
    let expected: Vec<_> = (0..said)
        .map(|number| format!("{} 철수: {number}", number + 1))
        .chain([format!("{} 철수: after", said + 1)])
        .collect();
    assert_eq!(late.lines(2).await, expected[expected.len() - 2..]);
    in_time(async {
        // The index of the search, which found no room either, has caught up.
        while !get(&program, "/api/search?q=after")
            .await
            .1
            .contains("철수")
        {
            tokio::task::yield_now().await;
        }
    })
    .await;

    // It is on the disk, and not only in a memory that outlived the trouble.
    program.kill();
    let program = Program::start(root.path());
    let mut client = Client::connect(program.address).await;
    client.follow("lobby", "x-since:0\n").await;
    assert_eq!(client.lines(expected.len()).await, expected);
    program.kill();
}
