//! Heart-beats come when they were promised, whatever else happens.

use std::time::{Duration, Instant};

use stomp::Command;
use tokio::task::JoinHandle;

use crate::support::{Client, HeldLog, Running, in_time};

async fn start(heartbeat: u32) -> Running {
    Running::start_with(|config| {
        config.heartbeat = heartbeat;
        config.stomp_listen = Some("127.0.0.1:0".parse().unwrap());
    })
    .await
}

/// One client over each of WebSocket and TCP, which wants beats and promises some.
async fn both(server: &Running, heartbeat: &str) -> [Client; 2] {
    let mut clients = [
        Client::open(server.address).await,
        Client::open_tcp(server.stomp.unwrap()).await,
    ];
    for client in &mut clients {
        let connect = format!("CONNECT\naccept-version:1.2\nheart-beat:{heartbeat}\n\n\0");
        client.send(&connect).await;
        client.expect(Command::Connected).await;
    }
    clients
}

/// Says this again and again, and reads nothing but what it must, until it is aborted.
fn flood(mut client: Client, frame: String) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            client.send(&frame).await;
            client.receipt("more").await;
        }
    })
}

#[tokio::test]
async fn beats_are_never_later_than_promised_while_others_are_busy() {
    let promised = Duration::from_secs(2);
    let server = start(2_000).await;
    let mut crowd = Vec::new();
    for number in 0..8 {
        let mut client = server.client().await;
        client.follow("lobby", "").await;
        let line = format!(
            "{{\"type\":\"TALK\",\"roomId\":\"lobby\",\"sender\":\"{number}\",\"message\":\"hi\"}}"
        );
        let frame = format!(
            "SEND\ndestination:/topic/x\n\nhi\0\
             SEND\ndestination:/app/chat/message\nreceipt:more\n\n{line}\0"
        );
        crowd.push(flood(client, frame));
    }
    let idle = both(&server, "0,2000").await.map(|mut client| {
        let mut last = Instant::now();
        tokio::spawn(async move {
            for _ in 0..3 {
                client.beat().await;
                assert!(last.elapsed() <= promised, "{:?}", last.elapsed());
                last = Instant::now();
            }
        })
    });
    for idle in idle {
        in_time(idle).await.unwrap();
    }
    for busy in crowd {
        assert!(!busy.is_finished(), "it floods to the end");
        busy.abort();
    }
}

#[tokio::test]
async fn beats_go_on_while_the_log_is_busy() {
    let server = start(100).await;
    let mut clients = both(&server, "0,100").await;
    let held = HeldLog::hold(&server).await;
    for client in &mut clients {
        client
            .send_to_room("TALK", "lobby", "철수", "안녕", "receipt:r\n")
            .await;
        for _ in 0..3 {
            client.beat().await;
        }
    }
    held.release().await;
    for client in &mut clients {
        client.receipt("r").await;
    }
}

#[tokio::test]
async fn who_beats_stays_and_who_falls_silent_is_told() {
    let server = start(100).await;
    let [mut beating, mut silent] = both(&server, "100,0").await;
    let mut stays = tokio::spawn(async move {
        loop {
            beating.send("\n").await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let error = silent.error().await;
    let message = error.headers.get("message").unwrap();
    assert!(message.starts_with("heart-beat lost"), "{message}");
    silent.hung_up().await;
    assert!(!stays.is_finished());
    stays.abort();
    let _ = (&mut stays).await;
}
