//! The scenarios of hard days, and those that wait for receipts, with tiny numbers.

use crate::support::{Running, bench};

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_nobody_elses_loss() {
    let server = Running::start().await;
    let args = "--chat --subscribers 3 --rate 100 --quiet 1 --seconds 2";
    let ended = bench("slow", &server.url(), args).await;
    ended.expect_whole();
    assert!(
        (ended.number("/without_us/count") - 300.0).abs() <= 3.0,
        "{ended:?}"
    );
    assert!(
        (ended.number("/with_us/count") - 600.0).abs() <= 3.0,
        "{ended:?}"
    );
    let read = ended.number("/slow_bytes");
    assert!((1.0..=4_096.0).contains(&read), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_missed_much_reads_all_of_it_while_rooms_talk() {
    let server = Running::start().await;
    let args = "--chat --messages 700 --size 64 --subscribers 2 --rate 50 --quiet 1 --seconds 2";
    let ended = bench("gap", &server.url(), args).await;
    ended.expect_whole();
    for room in ["other_room", "same_room"] {
        let number = |name: &str| ended.number(&format!("/{room}/{name}"));
        let times = number("catch_ups");
        assert!(times >= 1.0, "{ended:?}");
        assert!((number("read/deliveries") - times * 700.0).abs() < 0.5);
        assert!(number("first_us/count") >= times);
        assert!(number("first_us/p50") <= number("last_us/p50"));
        assert!((number("with_us/count") - 200.0).abs() <= 4.0, "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_topic_has_no_gap_to_fill() {
    let server = Running::start().await;
    let ended = bench("gap", &server.url(), "--messages 5").await;
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.complaint.contains("--chat"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_churns_is_counted_beside_the_others() {
    let server = Running::start().await;
    let args = "--subscribers 3 --rate 100 --quiet 1 --seconds 1";
    let ended = bench("churn", &server.url(), args).await;
    ended.expect_whole();
    assert!(ended.number("/churned") > 0.0, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_sockets_are_timed_until_the_server_closes_them() {
    let server = Running::start_with(|config| config.connect_timeout = 1).await;
    let ended = bench("silent", &server.url(), "--clients 20 --wait 20").await;
    ended.expect_whole();
    assert!((ended.number("/closed") - 20.0).abs() < 0.5);
    assert!(
        ended.number("/closed_after_us/p50") > 500_000.0,
        "{ended:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_that_a_server_keeps_are_told_by_the_exit_code() {
    let server = Running::start().await;
    let ended = bench("silent", &server.url(), "--clients 3 --wait 1").await;
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!((ended.number("/kept") - 3.0).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_of_logged_lines_are_timed() {
    let server = Running::start().await;
    let args = "--chat --publishers 3 --window 2 --seconds 1 --warmup 0 --tag who=us";
    let ended = bench("receipts", &server.url(), args).await;
    ended.expect_whole();
    assert!(ended.number("/messages") > 0.0);
    assert!(ended.number("/receipt_us/p50") > 0.0);
    assert_eq!(ended.report["tags"]["who"], "us");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rooms_of_few_sessions_are_all_reached() {
    let server = Running::start().await;
    let args = "--rooms 50 --sessions 4 --seconds 1 --warmup 0";
    let ended = bench("rooms", &server.url(), args).await;
    ended.expect_whole();
    assert!(ended.number("/messages") >= 50.0);
    assert!((ended.number("/messages") - ended.number("/latency_us/count")).abs() < 0.5);
}
