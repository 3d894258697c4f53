//! Rooms that do not keep everything.

use std::time::Duration;

use crate::support::{Running, http};
use chat::MessagePage;
use stomp::Command;

async fn page(server: &Running, query: &str) -> (u64, Vec<u64>) {
    let get = format!("GET /api/rooms/lobby/messages{query} HTTP/1.1");
    let (status, _, body) = http(server.address, &get, "").await;
    assert_eq!(status, 200, "{body}");
    let page: MessagePage = serde_json::from_str(&body).unwrap();
    let seqs = page.messages.iter().map(|line| line.seq.0).collect();
    (page.first.0, seqs)
}

/// A server that begins with ten messages in the lobby and keeps three.
async fn swept() -> Running {
    let server = Running::start().await;
    let mut client = server.client().await;
    for number in 1..=10 {
        client.say("lobby", "철수", &format!("m{number}")).await;
    }
    drop(client);
    assert_eq!(page(&server, "?limit=1").await, (1, vec![10]));
    let root = server.stop().await;
    let server = Running::start_over(root, |config| config.keep_messages = Some(3)).await;
    let swept = async {
        while page(&server, "").await.0 < 8 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), swept)
        .await
        .expect("the first round is at the start");
    server
}

#[tokio::test]
async fn pages_say_where_the_room_begins() {
    let server = swept().await;
    assert_eq!(page(&server, "").await, (8, vec![8, 9, 10]));
    assert_eq!(page(&server, "?before=8").await, (8, vec![]));
    assert_eq!(page(&server, "?after=2").await, (8, vec![8, 9, 10]));
    assert_eq!(page(&server, "?around=1&limit=2").await, (8, vec![8, 9]));
}

#[tokio::test]
async fn whoever_was_away_for_too_long_gets_what_is_kept_and_is_told() {
    let server = swept().await;
    for (since, recovered) in [
        (0, "false"),
        (6, "false"),
        (7, "true"),
        (9, "true"),
        (10, "true"),
    ] {
        let mut client = server.client().await;
        let headers = format!("x-since:{since}\n");
        let receipt = client
            .subscribe("s", "/topic/chat/room/lobby", &headers)
            .await;
        let header = |name| receipt.headers.get(name);
        assert_eq!(header("x-first"), Some("8"), "{since}");
        assert_eq!(header("x-offset"), Some("10"));
        assert_eq!(header("x-recovered"), Some(recovered), "{since}");
        for seq in (since + 1).max(8)..=10 {
            assert_eq!(client.line().await.seq.0, seq);
        }
        // And then live: places go on.
        let mut other = server.client().await;
        other.say("elsewhere", "영희", "hi").await;
    }
    let mut client = server.client().await;
    client.follow("lobby", "x-since:3\n").await;
    client.say("lobby", "철수", "m11").await;
    let mut late = server.client().await;
    late.follow("lobby", "x-since:10\n").await;
    assert_eq!(late.line().await.seq.0, 11);
    // A room that keeps everything says nothing of it.
    let receipt = late
        .subscribe("t", "/topic/chat/room/elsewhere", "x-since:0\n")
        .await;
    assert_eq!(receipt.command, Command::Receipt);
    assert_eq!(receipt.headers.get("x-first"), None);
}
