//! Many messages of one client in flight: what is logged together, and the order of the answers.

use server::Config;
use stomp::{Command, Frame};

use crate::support::{Client, HeldLog, Running, in_time};

/// What a SEND into the lobby looks like.
fn said(sender: &str, text: &str, receipt: &str) -> String {
    let body = serde_json::json!({
        "type": "TALK", "roomId": "lobby", "sender": sender, "message": text,
    });
    format!("SEND\ndestination:/app/chat/message\nreceipt:{receipt}\n\n{body}\0")
}

async fn receipt_id(client: &mut Client) -> String {
    let receipt = client.expect(Command::Receipt).await;
    receipt.headers.get("receipt-id").unwrap().to_owned()
}

fn code_of(frame: &Frame) -> &str {
    frame.headers.get("x-code").unwrap()
}

#[tokio::test]
async fn receipts_come_in_the_order_of_the_messages() {
    let server = Running::start().await;
    let (mut a, mut b) = (server.client().await, server.client().await);
    b.follow("lobby", "").await;
    let frames: String = (1..=16)
        .map(|number| said("철수", &format!("no. {number}"), &number.to_string()))
        .collect();
    a.send(&frames).await;
    for expected in 1..=16 {
        assert_eq!(receipt_id(&mut a).await, expected.to_string());
    }
    for expected in 1..=16 {
        let line = b.line().await;
        assert_eq!(
            (line.seq.0, line.message),
            (expected, format!("no. {expected}"))
        );
    }
}

#[tokio::test]
async fn deliveries_flow_while_the_log_is_held() {
    let server = Running::start().await;
    let (mut a, mut b) = (server.client().await, server.client().await);
    a.subscribe("news", "/topic/news", "").await;
    let held = HeldLog::hold(&server).await;
    a.send(&said("철수", "안녕", "said")).await;
    a.send("SUBSCRIBE\nid:later\ndestination:/topic/later\nreceipt:later\n\n\0")
        .await;
    for number in 1..=3 {
        let text = format!("news {number}");
        b.publish("/topic/news", &text).await;
        let message = a.expect(Command::Message).await;
        assert_eq!(message.body, text);
    }
    held.release().await;
    assert_eq!(receipt_id(&mut a).await, "said");
    assert_eq!(receipt_id(&mut a).await, "later");
}

#[tokio::test]
async fn every_answer_keeps_the_place_of_its_frame() {
    let server = Running::start().await;
    let mut a = server.client().await;
    let held = HeldLog::hold(&server).await;
    let mut frames = said("철수", "1", "1");
    frames.push_str("BEGIN\ntransaction:t\nreceipt:2\n\n\0");
    frames.push_str(&said("철수", "2", "3").replace("receipt", "transaction:t\nreceipt"));
    frames.push_str(&said("철수", "3", "4"));
    frames.push_str("COMMIT\ntransaction:t\nreceipt:5\n\n\0");
    frames.push_str("SUBSCRIBE\nid:s\ndestination:/topic/a\nreceipt:6\n\n\0");
    frames.push_str("SEND\ndestination:/topic/b\nreceipt:7\n\nplain\0");
    frames.push_str(&said("철수", "4", "8"));
    frames.push_str("UNSUBSCRIBE\nid:s\nreceipt:9\n\n\0");
    frames.push_str("BEGIN\ntransaction:t\nreceipt:10\n\n\0ABORT\ntransaction:t\nreceipt:11\n\n\0");
    a.send(&frames).await;
    held.release().await;
    for expected in 1..=11 {
        assert_eq!(receipt_id(&mut a).await, expected.to_string());
    }
    a.follow("lobby", "x-since:0\n").await;
    // The transaction is logged when it is committed.
    assert_eq!(
        a.lines(4).await,
        ["1 철수: 1", "2 철수: 3", "3 철수: 2", "4 철수: 4"]
    );
}

#[tokio::test]
async fn comings_and_goings_keep_their_place_among_messages() {
    let server = Running::start().await;
    let (mut a, mut b) = (server.client().await, server.client().await);
    b.follow("lobby", "").await;
    let held = HeldLog::hold(&server).await;
    for (kind, text) in [
        ("TALK", "1"),
        ("ENTER", ""),
        ("TALK", "2"),
        ("LEAVE", ""),
        ("ENTER", ""),
        ("TALK", "3"),
    ] {
        a.send_to_room(kind, "lobby", "철수", text, "").await;
    }
    held.release().await;
    let lines = b.lines(6).await;
    assert_eq!(
        lines,
        [
            "1 철수: 1",
            "2 철수: 철수님이 입장했습니다.",
            "3 철수: 2",
            "4 철수: 철수님이 퇴장했습니다.",
            "5 철수: 철수님이 입장했습니다.",
            "6 철수: 3",
        ]
    );
}

#[tokio::test]
async fn a_refusal_comes_after_the_receipts_before_it_and_ends_what_follows() {
    let server = Running::start().await;
    let mut a = server.client().await;
    let held = HeldLog::hold(&server).await;
    let frames = [
        said("철수", "1", "1"),
        said("철수", "2", "2"),
        said("영희", "another name", "3"),
        said("철수", "never read", "4"),
        "DISCONNECT\nreceipt:5\n\n\0".to_owned(),
    ];
    a.send(&frames.concat()).await;
    held.release().await;
    assert_eq!(receipt_id(&mut a).await, "1");
    assert_eq!(receipt_id(&mut a).await, "2");
    let (error, code) = a.refusal().await;
    assert_eq!(error.headers.get("receipt-id"), Some("3"));
    assert_eq!((code_of(&error), code), ("sender_changed", 1002));
    let mut b = server.client().await;
    b.say("lobby", "영희", "3").await;
    b.follow("lobby", "x-since:0\n").await;
    assert_eq!(b.lines(3).await, ["1 철수: 1", "2 철수: 2", "3 영희: 3"]);
}

#[tokio::test]
async fn a_frame_that_cannot_be_read_is_answered_in_its_turn() {
    let server = Running::start().await;
    let mut a = server.client().await;
    let held = HeldLog::hold(&server).await;
    a.send(&(said("철수", "1", "1") + "NONSENSE\nreceipt:2\n\n\0"))
        .await;
    held.release().await;
    assert_eq!(receipt_id(&mut a).await, "1");
    let (error, code) = a.refusal().await;
    assert_eq!(code, 1002, "{error:?}");
}

#[tokio::test]
async fn soft_errors_come_in_their_turn() {
    let server = Running::start().await;
    let mut a = Client::connect_with(server.address, "x-soft-errors:true\n").await;
    let held = HeldLog::hold(&server).await;
    let frames = [
        said("철수", "1", "1"),
        said("영희", "another name", "2"),
        said("철수", "3", "3"),
    ];
    a.send(&frames.concat()).await;
    held.release().await;
    assert_eq!(receipt_id(&mut a).await, "1");
    let refusal = a.expect(Command::Message).await;
    assert_eq!(refusal.headers.get("receipt-id"), Some("2"));
    assert_eq!(receipt_id(&mut a).await, "3");
}

#[tokio::test]
async fn disconnect_right_behind_is_answered_last() {
    let server = Running::start().await;
    let mut a = server.client().await;
    let held = HeldLog::hold(&server).await;
    let frames = [
        said("철수", "1", "1"),
        said("철수", "2", "2"),
        "DISCONNECT\nreceipt:bye\n\n\0".to_owned(),
    ];
    a.send(&frames.concat()).await;
    held.release().await;
    for expected in ["1", "2", "bye"] {
        assert_eq!(receipt_id(&mut a).await, expected);
    }
    assert_eq!(a.close_code().await, 1000);
}

#[tokio::test]
async fn a_log_that_cannot_be_written_refuses_even_behind_a_goodbye() {
    for (soft, goodbye) in [(false, false), (false, true), (true, true)] {
        let server = Running::start().await;
        let mut a = Client::connect_with(server.address, &format!("x-soft-errors:{soft}\n")).await;
        server.break_log().await;
        let mut frames = said("철수", "1", "1") + &said("철수", "2", "2");
        if goodbye {
            frames.push_str("DISCONNECT\nreceipt:bye\n\n\0");
        }
        a.send(&frames).await;
        if soft {
            for expected in ["1", "2"] {
                let refusal = a.expect(Command::Message).await;
                assert_eq!(refusal.headers.get("receipt-id"), Some(expected));
                assert_eq!(code_of(&refusal), "not_stored");
            }
            assert_eq!(receipt_id(&mut a).await, "bye");
            assert_eq!(a.close_code().await, 1000);
        } else {
            let (error, code) = a.refusal().await;
            assert_eq!(error.headers.get("receipt-id"), Some("1"));
            assert_eq!((code_of(&error), code), ("not_stored", 1002));
        }
    }
}

#[tokio::test]
async fn a_coming_that_could_not_be_logged_is_told_when_it_can() {
    let server = Running::start().await;
    let mut a = Client::connect_with(server.address, "x-soft-errors:true\n").await;
    server.break_log().await;
    a.send_to_room("ENTER", "lobby", "철수", "", "receipt:1\n")
        .await;
    assert_eq!(code_of(&a.expect(Command::Message).await), "not_stored");
    server.mend_log().await;
    a.send_to_room("ENTER", "lobby", "철수", "", "receipt:2\n")
        .await;
    assert_eq!(receipt_id(&mut a).await, "2");
    a.follow("lobby", "x-since:0\n").await;
    assert_eq!(a.lines(1).await, ["1 철수: 철수님이 입장했습니다."]);
}

#[tokio::test]
async fn the_socket_is_read_to_the_limit_and_a_stop_answers_what_was_read() {
    let server = Running::start_with(|config| config.max_pending = 3).await;
    let (mut a, mut probe) = (server.client().await, server.client().await);
    let held = HeldLog::hold(&server).await;
    let frames: String = (1..=10)
        .map(|number| said("철수", "안녕", &number.to_string()))
        .collect();
    a.send(&frames).await;
    server
        .metric_reaches("roomside_throttled_total{by=\"pending\"}", 1)
        .await;
    let stopping = tokio::spawn(server.stop());
    assert_eq!(probe.close_code().await, 1001);
    held.release().await;
    let mut answered = 0;
    while let Some(receipt) = a.frame_before_close().await {
        answered += 1;
        let id = receipt.headers.get("receipt-id");
        assert_eq!(id, Some(answered.to_string().as_str()));
    }
    assert_eq!(answered, 3);
    let root = in_time(stopping).await.unwrap();
    let server = Running::start_over(root, |_| {}).await;
    let mut a = server.client().await;
    let receipt = a
        .subscribe("lobby", "/topic/chat/room/lobby", "x-since:0\n")
        .await;
    let offset = receipt.headers.get("x-offset");
    assert_eq!(offset, Some(answered.to_string().as_str()));
}

#[tokio::test]
async fn a_client_at_the_limit_goes_on_and_keeps_its_order() {
    let server = Running::start_with(|config| config.max_pending = 4).await;
    let mut a = server.client().await;
    let frames: String = (1..=100)
        .map(|number| said("철수", "안녕", &number.to_string()))
        .collect();
    a.send(&frames).await;
    for expected in 1..=100 {
        assert_eq!(receipt_id(&mut a).await, expected.to_string());
    }
}

#[tokio::test]
async fn what_was_said_before_leaving_is_logged_even_if_the_log_is_slow() {
    let server = Running::start().await;
    let (mut a, mut b) = (server.client().await, server.client().await);
    b.follow("lobby", "").await;
    let held = HeldLog::hold(&server).await;
    let frames: String = (1..=5)
        .map(|number| said("철수", "안녕", &number.to_string()))
        .collect();
    a.send(&frames).await;
    drop(a);
    held.release().await;
    assert_eq!(b.lines(5).await.len(), 5);
}

/// The same, of one who does not ask for a receipt.
fn just_said(text: &str) -> String {
    said("철수", text, "").replace("receipt:\n", "")
}

#[tokio::test]
async fn lines_without_receipts_go_on_beyond_every_limit() {
    for adjust in [
        |config: &mut Config| config.max_pending = 4,
        |config: &mut Config| config.max_pending_bytes = 300,
    ] {
        let server = Running::start_with(adjust).await;
        let (mut a, mut b) = (server.client().await, server.client().await);
        b.follow("lobby", "").await;
        let frames: String = (1..=100).map(|n: u64| just_said(&n.to_string())).collect();
        a.send(&frames).await;
        let expected: Vec<_> = (1..=100).map(|n| format!("{n} 철수: {n}")).collect();
        assert_eq!(b.lines(100).await, expected);
        // And one at a time, more of them than are let pending.
        for number in 101..=120 {
            a.send(&just_said(&number.to_string())).await;
            let line = b.line().await;
            assert_eq!((line.seq.0, line.message), (number, number.to_string()));
        }
    }
}

#[tokio::test]
async fn what_is_waited_for_comes_behind_lines_without_receipts() {
    for last in [
        said("철수", "3", "last").as_str(),
        "SUBSCRIBE\nid:s\ndestination:/topic/a\nreceipt:last\n\n\0",
        "SEND\ndestination:/topic/a\nreceipt:last\n\nplain\0",
        "BEGIN\ntransaction:t\nreceipt:last\n\n\0",
        "DISCONNECT\nreceipt:last\n\n\0",
    ] {
        let server = Running::start().await;
        let (mut a, mut b) = (server.client().await, server.client().await);
        let held = HeldLog::hold(&server).await;
        for frames in [&just_said("1"), &just_said("2"), last] {
            a.send(frames).await;
        }
        held.release().await;
        assert_eq!(receipt_id(&mut a).await, "last");
        b.follow("lobby", "x-since:0\n").await;
        assert_eq!(b.lines(2).await, ["1 철수: 1", "2 철수: 2"]);
    }
}

#[tokio::test]
async fn who_leaves_after_lines_without_receipts_hears_that_they_are_on_disk() {
    let server = Running::start().await;
    let (mut a, mut b) = (server.client().await, server.client().await);
    b.follow("lobby", "").await;
    // They are told, so they are on disk, and the client sleeps.
    a.send(&(just_said("1") + &just_said("2"))).await;
    assert_eq!(b.lines(2).await, ["1 철수: 1", "2 철수: 2"]);
    a.send("DISCONNECT\nreceipt:bye\n\n\0").await;
    assert_eq!(receipt_id(&mut a).await, "bye");
    assert_eq!(a.close_code().await, 1000);
}

#[tokio::test]
async fn a_line_without_a_receipt_is_refused_to_a_client_that_says_nothing_more() {
    for soft in [false, true] {
        let server = Running::start().await;
        let mut a = Client::connect_with(server.address, &format!("x-soft-errors:{soft}\n")).await;
        server.break_log().await;
        a.send(&just_said("1")).await;
        if soft {
            let refusal = a.expect(Command::Message).await;
            assert_eq!(code_of(&refusal), "not_stored");
            server.mend_log().await;
            a.say("lobby", "철수", "2").await;
        } else {
            let (error, code) = a.refusal().await;
            assert_eq!(error.headers.get("receipt-id"), None);
            assert_eq!((code_of(&error), code), ("not_stored", 1002));
        }
    }
}

#[tokio::test]
async fn a_refusal_behind_a_line_without_a_receipt_waits_for_nothing_more() {
    let server = Running::start().await;
    let mut a = Client::connect_with(server.address, "x-soft-errors:true\n").await;
    let held = HeldLog::hold(&server).await;
    a.send(&just_said("1")).await;
    let delete = just_said("").replace("\"message\":\"\"", "\"message\":\"\",\"deletes\":99");
    a.send(&delete).await;
    held.release().await;
    let refusal = a.expect(Command::Message).await;
    assert_eq!(code_of(&refusal), "message_unknown");
    a.follow("lobby", "x-since:0\n").await;
    assert_eq!(a.lines(1).await, ["1 철수: 1"]);
}
