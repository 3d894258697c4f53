//! What operators count.

use std::collections::BTreeSet;

use crate::support::{Client, Running, http, in_time};

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/deploy.md");

/// A server in which everything that has a number has happened.
async fn eventful() -> Running {
    let server = Running::start_with(|config| {
        config.stomp_listen = Some("127.0.0.1:0".parse().unwrap());
        config.max_subscriptions = 1;
    })
    .await;
    let mut client = server.client().await;
    client
        .send("SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0SUBSCRIBE\nid:2\ndestination:/topic/b\n\n\0")
        .await;
    let (_, code) = client.refusal().await;
    assert_eq!(code, 1002);
    server
}

#[tokio::test]
async fn the_table_of_the_docs_and_the_endpoint_name_the_same() {
    let docs = std::fs::read_to_string(DEPLOY).unwrap();
    let documented: BTreeSet<_> = docs
        .lines()
        .filter_map(|line| line.strip_prefix("| `roomside_"))
        .map(|line| line.split(['`', '{']).next().unwrap())
        .collect();
    let server = eventful().await;
    let _tcp = server.tcp_client().await;
    let (status, head, text) = http(server.address, "GET /metrics HTTP/1.1", "").await;
    assert_eq!(status, 200);
    assert!(
        head.contains("content-type: application/openmetrics-text; version=1.0.0"),
        "{head}"
    );
    assert!(text.ends_with("# EOF\n"), "{text}");
    let served: BTreeSet<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("roomside_"))
        .map(|line| line.split(['{', ' ']).next().unwrap())
        .collect();
    assert_eq!(documented, served);
}

#[tokio::test]
async fn what_happens_is_counted() {
    let server = eventful().await;
    let count = async |name: &str| server.metric(&format!("roomside_{name}")).await;
    assert_eq!(
        count("refused_total{code=\"too_many_subscriptions\"}").await,
        1
    );

    let mut tcp = server.tcp_client().await;
    let mut web = server.client().await;
    tcp.follow("lobby", "").await;
    web.subscribe("a", "/topic/a", "").await;
    for text in ["one", "two"] {
        web.say("lobby", "철수", text).await;
        tcp.line().await;
    }
    tcp.publish("/topic/a", "three").await;
    assert_eq!(web.body().await, "three");
    assert_eq!(count("sessions{transport=\"tcp\"}").await, 1);
    assert_eq!(count("sessions{transport=\"raw-websocket\"}").await, 1);
    assert_eq!(count("subscriptions").await, 2);
    assert_eq!(count("messages_in_total{to=\"room\"}").await, 2);
    assert_eq!(count("messages_in_total{to=\"plain\"}").await, 1);
    assert_eq!(count("messages_out_total{from=\"live\"}").await, 3);
    assert_eq!(count("log_messages_total").await, 2);
    assert!((1..=2).contains(&count("log_commits_total").await));
    assert_eq!(count("log_failures_total").await, 0);

    let mut late = server.client().await;
    late.follow("lobby", "x-since:0\n").await;
    late.lines(2).await;
    assert_eq!(count("messages_out_total{from=\"log\"}").await, 2);

    late.send("NONSENSE\n\n\0").await;
    assert_eq!(late.close_code().await, 1002);
    assert_eq!(count("refused_total{code=\"frame_invalid\"}").await, 1);
    drop((tcp, web));
    in_time(async {
        while count("sessions{transport=\"tcp\"}").await + count("subscriptions").await > 0 {}
    })
    .await;
    assert_eq!(count("waiting_bytes").await, 0);
}

#[tokio::test]
async fn who_is_ended_for_slowness_is_counted() {
    let server = Running::start_with(|config| config.max_unacked = 1).await;
    let mut client = Client::connect(server.address).await;
    client.subscribe("s", "/topic/a", "ack:client\n").await;
    let twice = "SEND\ndestination:/topic/a\n\nhi\0".repeat(2);
    client.send(&twice).await;
    assert_eq!(client.close_code().await, 4500);
    assert_eq!(server.metric("roomside_too_slow_total").await, 1);
    let refused = "roomside_refused_total{code=\"too_slow\"}";
    assert_eq!(server.metric(refused).await, 1);
}
