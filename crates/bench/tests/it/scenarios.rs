//! Every kind of load with tiny numbers.

use crate::support::{Running, bench};

#[tokio::test(flavor = "multi_thread")]
async fn a_fan_out_counts_every_delivery() {
    let server = Running::start().await;
    let args = "--rooms 3 --subscribers 4 --publishers 2 --window 2 --seconds 1 --warmup 0";
    let ended = bench("fanout", &server.url(), args).await;
    ended.expect_whole();
    let messages = ended.number("/messages");
    assert!(messages > 0.0);
    assert!((ended.number("/deliveries") - messages * 4.0).abs() < 0.5);
    assert!((ended.number("/latency_us/count") - messages * 4.0).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fan_out_at_a_rate_keeps_it() {
    let server = Running::start().await;
    let args = "--chat --subscribers 3 --rate 50 --seconds 2 --warmup 1 --no-receipts";
    let ended = bench("fanout", &server.url(), args).await;
    ended.expect_whole();
    // One more or less falls into the measured time.
    let measured = ended.number("/measured_messages");
    assert!((measured - 100.0).abs() <= 1.0, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_echo_through_a_chat_room_comes_back() {
    let server = Running::start().await;
    let args = "--chat --messages 20 --warmup 5 --size 200";
    let ended = bench("echo", &server.url(), args).await;
    ended.expect_whole();
    assert!((ended.number("/latency_us/count") - 20.0).abs() < 0.5);
    assert!((ended.number("/deliveries") - 25.0).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_sessions_beat_in_both_directions() {
    let server = Running::start_with(|config| config.heartbeat = 200).await;
    let args = "--clients 5 --heartbeat 100 --over 0 --settle 0 --hold 2";
    let ended = bench("idle", &server.url(), args).await;
    ended.expect_whole();
    assert_eq!(ended.report["beat_every_ms"], serde_json::json!([200, 200]));
    assert_eq!(ended.report["sessions_lost"], 0);
    // Ten each, give or take those that a busy machine delays.
    assert!(ended.number("/beats_sent") >= 25.0, "{ended:?}");
    assert!(ended.number("/beats_received") >= 25.0, "{ended:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_measured_while_sessions_connect() {
    let server = Running::start().await;
    let args = format!("--clients 20 --pid {}", std::process::id());
    let ended = bench("connect", &server.url(), &args).await;
    ended.expect_whole();
    assert!((ended.number("/subscribed_us/count") - 20.0).abs() < 0.5);
    assert!(ended.number("/server/rss_kib_after") > 0.0);
    assert!(ended.number("/connects_per_second") > 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_over_chat_rooms_loses_nothing() {
    let server = Running::start().await;
    let args = "--chat --clients 20 --rooms 2 --rate 200 --within 200 --quiet 1";
    let ended = bench("storm", &server.url(), args).await;
    ended.expect_whole();
    assert!((ended.number("/live_after_us/count") - 20.0).abs() < 0.5);
    let messages = ended.number("/messages");
    assert!((ended.number("/deliveries") - messages * 10.0).abs() < 0.5);
}

/// A plain topic has no log to catch up from.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_is_counted_and_told_by_the_exit_code() {
    let server = Running::start().await;
    let args = "--clients 10 --rooms 1 --rate 500 --within 300 --quiet 1 --patience 2";
    let ended = bench("storm", &server.url(), args).await;
    assert_eq!(ended.code, 1, "{ended:?}");
    let lost = ended.number("/lost");
    assert!(lost > 0.0);
    let owed = ended.number("/messages") * 10.0;
    assert!((ended.number("/deliveries") + lost - owed).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_named() {
    let ended = bench("echo", "ws://127.0.0.1:1/websc/websocket", "").await;
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.complaint.contains("ws://127.0.0.1:1"), "{ended:?}");
    assert_eq!(ended.complaint.lines().count(), 1, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_is_told_in_its_own_words() {
    let server = Running::start().await;
    let ended = bench(
        "connect",
        &server.url(),
        "--clients 2 --destination /nowhere",
    )
    .await;
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.complaint.contains("the server refused"), "{ended:?}");
}
