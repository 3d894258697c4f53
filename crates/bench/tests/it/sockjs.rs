//! Sessions over the transports that SockJS falls back to.

use crate::support::{Running, bench};

/// Enough octets that a streaming response ends several times.
#[tokio::test(flavor = "multi_thread")]
async fn a_fan_out_over_xhr_streaming_counts_every_delivery() {
    let server = Running::start().await;
    let args = "--transport xhr-streaming --subscribers 3 --publishers 2 --window 4 --size 16384 \
                --seconds 1 --warmup 0";
    let ended = bench("fanout", &server.sockjs(), args).await;
    ended.expect_whole();
    assert_eq!(ended.report["transport"], "xhr-streaming");
    let messages = ended.number("/messages");
    assert!(messages > 0.0);
    assert!((ended.number("/deliveries") - messages * 3.0).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fan_out_over_xhr_polling_counts_every_delivery() {
    let server = Running::start().await;
    let args = "--transport xhr-polling --subscribers 3 --window 4 --seconds 1 --warmup 0";
    let ended = bench("fanout", &server.sockjs(), args).await;
    ended.expect_whole();
    assert_eq!(ended.report["transport"], "xhr-polling");
    let messages = ended.number("/messages");
    assert!(messages > 0.0);
    assert!((ended.number("/deliveries") - messages * 3.0).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_sessions_of_xhr_polling_beat_in_both_directions() {
    let server = Running::start_with(|config| config.heartbeat = 200).await;
    let args = "--transport xhr-polling --clients 5 --heartbeat 100 --over 0 --settle 0 --hold 2";
    let ended = bench("idle", &server.sockjs(), args).await;
    ended.expect_whole();
    assert_eq!(ended.report["sessions_lost"], 0);
    // Ten each, give or take those that a busy machine delays.
    assert!(ended.number("/beats_sent") >= 25.0, "{ended:?}");
    assert!(ended.number("/beats_received") >= 25.0, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_not_there_is_told_with_its_status() {
    let server = Running::start().await;
    let url = server.sockjs().replace("/websc", "/nowhere");
    let ended = bench("idle", &url, "--clients 1").await;
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.complaint.contains("404"), "{ended:?}");
}
