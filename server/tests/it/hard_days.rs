//! Clients that are slow, silent, hasty or many.

use std::time::{Duration, Instant};

use stomp::{Command, Decoder, Item, Limits, Version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::{Client, Running, in_time, line_of, narrow};

async fn start(adjust: impl FnOnce(&mut server::Config)) -> Running {
    Running::start_with(|config| {
        config.stomp_listen = Some("127.0.0.1:0".parse().unwrap());
        adjust(config);
    })
    .await
}

/// Somebody who follows the lobby over TCP and takes as many bytes as he is told.
struct Trickle {
    stream: TcpStream,
    decoder: Decoder,
    next: u64,
}

impl Trickle {
    async fn start(server: &Running) -> Self {
        let mut stream = narrow(server.stomp.unwrap()).await;
        let hello = "CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\0\
            SUBSCRIBE\nid:s\ndestination:/topic/chat/room/lobby\nx-since:0\n\n\0";
        stream.write_all(hello.as_bytes()).await.unwrap();
        let mut decoder = Decoder::new(Limits::default());
        decoder.set_version(Version::V1_2);
        Self {
            stream,
            decoder,
            next: 1,
        }
    }

    /// Takes so many bytes at the most, and checks that the lines in them are those that come next.
    async fn take(&mut self, bytes: usize) {
        let mut buffer = vec![0; bytes];
        let read = in_time(self.stream.read(&mut buffer)).await.unwrap();
        assert!(read > 0, "the server stays");
        self.decoder.push(&buffer[..read]);
        while let Some(item) = self.decoder.next().unwrap() {
            match item {
                Item::Frame(frame) if frame.command == Command::Message => {
                    assert_eq!(line_of(&frame).seq.0, self.next);
                    self.next += 1;
                }
                Item::Frame(frame) => assert_eq!(frame.command, Command::Connected, "{frame:?}"),
                Item::Beat => {}
            }
        }
    }
}

/// Says 40 messages of 4 kB into the lobby, all in flight at once.
async fn say_many(client: &mut Client) {
    let body = serde_json::json!({
        "type": "TALK", "roomId": "lobby", "sender": "철수", "message": "x".repeat(3_900),
    });
    let frame = format!("SEND\ndestination:/app/chat/message\nreceipt:r\n\n{body}\0");
    for _ in 0..40 {
        client.send(&frame).await;
    }
    for _ in 0..40 {
        client.receipt("r").await;
    }
}

#[tokio::test]
async fn who_takes_a_kib_now_and_then_costs_no_memory_and_misses_nothing() {
    let server = start(|config| config.max_waiting = 256 * 1024).await;
    let mut slow = Trickle::start(&server).await;
    let mut sender = server.client().await;
    for _ in 0..50 {
        say_many(&mut sender).await;
        slow.take(1024).await;
        // What may wait in its inbox, a page of the log, and what may wait for its socket; 8 MB
        // are said in all.
        let waiting = server.metric("roomside_waiting_bytes").await;
        assert!(waiting < 1024 * 1024, "{waiting}");
    }
    assert!(server.metric("roomside_parked_total").await > 0);
    while slow.next <= 2_000 {
        slow.take(64 * 1024).await;
    }
    sender.say("lobby", "철수", "live again").await;
    while slow.next <= 2_001 {
        slow.take(1024).await;
    }
}

#[tokio::test]
async fn what_waits_for_all_is_bounded_and_nobody_misses_anything() {
    // Each of them alone may have as much as all together.
    let total = 256 * 1024;
    let server = start(|config| {
        config.max_waiting = total;
        config.max_waiting_total = total;
    })
    .await;
    let mut crowd = Vec::new();
    for _ in 0..4 {
        crowd.push(Trickle::start(&server).await);
    }
    let mut sender = server.client().await;
    for _ in 0..40 {
        say_many(&mut sender).await;
        // What their sockets hold and a small page of the log for each come on top.
        let waiting = server.metric("roomside_waiting_bytes").await;
        assert!(waiting < 4 * total as u64, "{waiting}");
    }
    assert!(server.metric("roomside_shed_total").await > 0);
    for slow in &mut crowd {
        while slow.next <= 1_600 {
            slow.take(64 * 1024).await;
        }
    }
}

#[tokio::test]
async fn who_subscribes_too_fast_waits_and_nobody_notices() {
    let server = start(|config| {
        config.max_subscribe_rate = 1_000;
        config.max_subscribe_burst = 10;
    })
    .await;
    let (mut hasty, mut other) = (server.client().await, server.client().await);
    let pair = "SUBSCRIBE\nid:s\ndestination:/topic/a\nreceipt:on\n\n\0\
        UNSUBSCRIBE\nid:s\nreceipt:off\n\n\0";
    let begun = Instant::now();
    hasty.send(&pair.repeat(150)).await;
    other.subscribe("o", "/topic/b", "").await;
    other.publish("/topic/b", "hi").await;
    for _ in 0..150 {
        hasty.receipt("on").await;
        hasty.receipt("off").await;
    }
    // Ten of the three hundred at once, the rest each a millisecond after the one before.
    assert!(begun.elapsed() >= Duration::from_millis(289));
    let throttled = "roomside_throttled_total{by=\"subscribing\"}";
    assert!(server.metric(throttled).await > 0);
}

#[tokio::test]
async fn beats_go_on_and_messages_flow_while_a_subscription_has_to_wait() {
    let server = start(|config| {
        config.heartbeat = 100;
        config.max_subscribe_rate = 1;
        config.max_subscribe_burst = 1;
    })
    .await;
    let mut hasty = Client::open(server.address).await;
    hasty
        .send("CONNECT\naccept-version:1.2\nheart-beat:0,100\n\n\0")
        .await;
    hasty.expect(Command::Connected).await;
    hasty.subscribe("a", "/topic/a", "").await;
    hasty
        .send("SUBSCRIBE\nid:b\ndestination:/topic/b\nreceipt:b\n\n\0")
        .await;
    let throttled = "roomside_throttled_total{by=\"subscribing\"}";
    server.metric_reaches(throttled, 1).await;
    let mut other = server.client().await;
    other.publish("/topic/a", "hi").await;
    assert_eq!(hasty.expect(Command::Message).await.body, "hi");
    for _ in 0..3 {
        hasty.beat().await;
    }
    hasty.receipt("b").await;
}

#[tokio::test]
async fn a_thousand_silent_sockets_are_gone_when_their_time_is_over() {
    let server = start(|config| config.connect_timeout = 1).await;
    let mut patient = server.client().await;
    let mut silent = JoinSet::new();
    let (web, tcp) = (server.address, server.stomp.unwrap());
    // One after the other, so that none waits to be taken in.
    for _ in 0..500 {
        let mut socket = Client::open(web).await;
        silent.spawn(async move { assert_eq!(socket.close_code().await, 1002) });
        let mut socket = TcpStream::connect(tcp).await.unwrap();
        silent.spawn(async move {
            let mut said = Vec::new();
            in_time(socket.read_to_end(&mut said)).await.unwrap();
            assert!(said.starts_with(b"ERROR\n"));
        });
    }
    while let Some(gone) = silent.join_next().await {
        gone.unwrap();
    }
    let gone = "roomside_refused_total{code=\"connect_timeout\"}";
    assert_eq!(server.metric(gone).await, 1_000);
    patient.say("lobby", "철수", "still here").await;
    in_time(async {
        while server.metric("roomside_sessions{transport=\"tcp\"}").await > 0
            || server
                .metric("roomside_sessions{transport=\"raw-websocket\"}")
                .await
                > 1
        {}
    })
    .await;
}

#[tokio::test]
async fn a_crowd_that_comes_back_at_once_misses_nothing_and_hears_nothing_twice() {
    const CROWD: usize = 200;
    let server = start(|_| {}).await;
    let mut sender = server.client().await;
    let mut crowd = JoinSet::new();
    for _ in 0..CROWD {
        let mut client = server.client().await;
        client.follow("lobby", "").await;
        crowd.spawn(async move {
            client.line().await;
            client.line().await.seq.0
        });
    }
    for text in ["1", "2"] {
        sender.say("lobby", "철수", text).await;
    }
    let mut seen = Vec::new();
    while let Some(last) = crowd.join_next().await {
        seen.push(last.unwrap());
    }
    assert_eq!(seen, [2; CROWD]);

    // All are gone; some is said meanwhile, and more while they come back.
    for number in 3..=50 {
        sender.say("lobby", "철수", &number.to_string()).await;
    }
    let address = server.address;
    for last in seen {
        crowd.spawn(async move {
            let mut client = Client::connect(address).await;
            let since = format!("x-since:{last}\n");
            client
                .send(&format!(
                    "SUBSCRIBE\nid:s\ndestination:/topic/chat/room/lobby\n{since}\n\0"
                ))
                .await;
            for expected in last + 1..=150 {
                assert_eq!(client.line().await.seq.0, expected);
            }
            last
        });
    }
    for number in 51..=150 {
        sender.say("lobby", "철수", &number.to_string()).await;
    }
    let mut back = 0;
    while let Some(done) = in_time(crowd.join_next()).await {
        done.unwrap();
        back += 1;
    }
    assert_eq!(back, CROWD);
}
