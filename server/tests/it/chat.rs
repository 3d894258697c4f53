//! Conversations over the whole server.

use crate::support::{Client, Running, line_of, narrow};
use chat::Kind;
use stomp::Command;

#[tokio::test]
async fn two_people_talk_both_ways() {
    let server = Running::start().await;
    let (mut a, mut b) = (server.client().await, server.client().await);
    a.follow("lobby", "").await;
    b.follow("lobby", "").await;
    a.say("lobby", "철수", "안녕 🙂").await;
    b.say("lobby", "영희", "반가워").await;
    let lines = ["1 철수: 안녕 🙂", "2 영희: 반가워"];
    // Each has passed over its first lines while waiting for receipts; the log has them all.
    let mut c = server.client().await;
    c.follow("lobby", "x-since:0\n").await;
    assert_eq!(c.lines(2).await, lines);
}

#[tokio::test]
async fn a_line_reaches_everyone_with_the_same_id() {
    let server = Running::start().await;
    let (mut a, mut b) = (server.client().await, server.client().await);
    a.follow("lobby", "").await;
    b.follow("lobby", "").await;
    a.send_to_room("TALK", "lobby", "철수", "hi", "").await;
    let (to_a, to_b) = (a.line().await, b.line().await);
    assert_eq!(to_a, to_b);
    assert_eq!((to_a.kind, to_a.seq.0), (Kind::Talk, 1));
}

#[tokio::test]
async fn the_original_pages_prefixes_and_their_aliases_are_one_room() {
    let server = Running::start().await;
    let mut old = server.client().await;
    old.send("SUBSCRIBE\nid:s\ndestination:/sub/chat/room/lobby\nreceipt:s\n\n\0")
        .await;
    old.receipt("s").await;
    let body = r#"{"type":"TALK","roomId":"lobby","sender":"철수","message":"hi"}"#;
    old.send(&format!("SEND\ndestination:/pub/chat/message\n\n{body}\0"))
        .await;
    let frame = old.frame().await;
    assert_eq!(line_of(&frame).message, "hi");
    assert_eq!(
        frame.headers.get("destination"),
        Some("/topic/chat/room/lobby")
    );
}

#[tokio::test]
async fn entering_is_announced_once_per_person_and_in_the_originals_words() {
    let server = Running::start().await;
    let mut watcher = server.client().await;
    watcher.follow("lobby", "").await;

    let mut a = server.client().await;
    a.send_to_room("ENTER", "lobby", "철수", "", "receipt:r\n")
        .await;
    a.receipt("r").await;
    // Again over the same connection, and over a second one: a reconnect announces nothing.
    a.send_to_room("ENTER", "lobby", "철수", "", "receipt:r\n")
        .await;
    a.receipt("r").await;
    let mut again = server.client().await;
    again
        .send_to_room("ENTER", "lobby", "철수", "", "receipt:r\n")
        .await;
    again.receipt("r").await;
    again.say("lobby", "철수", "왔다").await;

    assert_eq!(
        watcher.lines(2).await,
        ["1 철수: 철수님이 입장했습니다.", "2 철수: 왔다"]
    );
}

#[tokio::test]
async fn who_is_gone_for_long_has_left_and_who_comes_back_has_not() {
    let server = Running::start_with(|config| config.leave_after = 1).await;
    let mut watcher = server.client().await;
    watcher.follow("lobby", "").await;
    let mut a = server.client().await;
    a.send_to_room("ENTER", "lobby", "철수", "", "receipt:r\n")
        .await;
    a.receipt("r").await;
    let mut b = server.client().await;
    b.send_to_room("ENTER", "lobby", "영희", "", "receipt:r\n")
        .await;
    b.receipt("r").await;
    drop(a);
    assert_eq!(
        watcher.lines(3).await,
        [
            "1 철수: 철수님이 입장했습니다.",
            "2 영희: 영희님이 입장했습니다.",
            "3 철수: 철수님이 퇴장했습니다."
        ]
    );
    b.say("lobby", "영희", "나는 있어").await;
    assert_eq!(watcher.lines(1).await, ["4 영희: 나는 있어"]);
}

#[tokio::test]
async fn leaving_by_word_is_told_at_once_and_once() {
    let server = Running::start().await;
    let mut a = server.client().await;
    a.follow("lobby", "").await;
    for kind in ["ENTER", "LEAVE", "LEAVE"] {
        a.send_to_room(kind, "lobby", "철수", "", "").await;
    }
    a.send_to_room("TALK", "lobby", "철수", "끝", "").await;
    assert_eq!(
        a.lines(3).await,
        [
            "1 철수: 철수님이 입장했습니다.",
            "2 철수: 철수님이 퇴장했습니다.",
            "3 철수: 끝"
        ]
    );
}

#[tokio::test]
async fn history_and_since_join_the_live_messages_without_a_hole_or_a_double() {
    let server = Running::start().await;
    let mut a = server.client().await;
    for number in 1..=450 {
        a.say("lobby", "철수", &format!("m{number}")).await;
    }
    let mut last = server.client().await;
    last.follow("lobby", "x-history:3\n").await;
    let mut since = server.client().await;
    since.follow("lobby", "x-since:2\n").await;
    a.say("lobby", "철수", "live").await;

    let seqs: Vec<_> = last.lines(4).await;
    assert_eq!(
        seqs,
        [
            "448 철수: m448",
            "449 철수: m449",
            "450 철수: m450",
            "451 철수: live"
        ]
    );
    for expected in 3..=451 {
        assert_eq!(since.line().await.seq.0, expected);
    }
}

#[tokio::test]
async fn a_client_that_asks_for_no_history_gets_what_the_operator_grants() {
    let server = Running::start_with(|config| config.room_history = 2).await;
    let mut a = server.client().await;
    for number in 1..=3 {
        a.say("lobby", "철수", &format!("m{number}")).await;
    }
    let mut old = server.client().await;
    old.follow("lobby", "").await;
    let mut exact = server.client().await;
    exact.follow("lobby", "x-since:3\n").await;
    a.say("lobby", "철수", "live").await;
    assert_eq!(
        old.lines(3).await,
        ["2 철수: m2", "3 철수: m3", "4 철수: live"]
    );
    assert_eq!(exact.lines(1).await, ["4 철수: live"]);
}

#[tokio::test]
async fn following_while_the_room_is_busy_leaves_no_hole() {
    let server = Running::start().await;
    let mut busy = server.client().await;
    let address = server.address;
    let speaking = tokio::spawn(async move {
        for number in 1..=300 {
            busy.say("lobby", "철수", &format!("m{number}")).await;
        }
    });
    for _ in 0..5 {
        let mut late = Client::connect(address).await;
        late.follow("lobby", "x-since:0\n").await;
        for expected in 1..=300 {
            assert_eq!(late.line().await.seq.0, expected);
        }
    }
    speaking.await.unwrap();
}

#[tokio::test]
async fn since_beyond_the_log_goes_on_with_what_comes() {
    let server = Running::start().await;
    let mut a = server.client().await;
    a.follow("lobby", "x-since:1000\n").await;
    a.send_to_room("TALK", "lobby", "철수", "hi", "").await;
    assert_eq!(a.line().await.seq.0, 1);
}

#[tokio::test]
async fn a_second_send_with_the_same_id_is_answered_and_not_stored_again() {
    let server = Running::start().await;
    let mut a = server.client().await;
    let id = "x-msg-id:0192f0c1-7d1e-7cc3-98c4-dc0c0c07398f\nreceipt:r\n";
    for _ in 0..2 {
        a.send_to_room("TALK", "lobby", "철수", "once", id).await;
        a.receipt("r").await;
    }
    a.follow("lobby", "x-since:0\n").await;
    a.send_to_room("TALK", "lobby", "철수", "next", "").await;
    let lines = [a.line().await, a.line().await];
    assert_eq!(
        lines.each_ref().map(|line| &*line.message),
        ["once", "next"]
    );
    assert_eq!(
        lines[0].id.to_string(),
        "0192f0c1-7d1e-7cc3-98c4-dc0c0c07398f"
    );
}

#[tokio::test]
async fn plain_topics_fan_out_with_the_senders_headers() {
    let server = Running::start().await;
    let (mut a, mut b) = (server.client().await, server.client().await);
    b.send("SUBSCRIBE\nid:s\ndestination:/topic/news\nreceipt:s\n\n\0")
        .await;
    b.receipt("s").await;
    a.send("SEND\ndestination:/topic/news\ncontent-type:text/plain\ncolour:green\n\nhello\0")
        .await;
    let frame = b.frame().await;
    assert_eq!(frame.command, Command::Message);
    assert_eq!(frame.headers.get("subscription"), Some("s"));
    assert_eq!(frame.headers.get("colour"), Some("green"));
    assert_eq!(&frame.body[..], b"hello");
}

#[tokio::test]
async fn after_unsubscribe_nothing_comes_and_the_id_is_free() {
    let server = Running::start().await;
    let mut a = server.client().await;
    a.follow("lobby", "").await;
    a.send("UNSUBSCRIBE\nid:lobby\nreceipt:u\n\n\0").await;
    a.receipt("u").await;
    a.say("lobby", "철수", "unheard").await;
    a.follow("lobby", "").await;
    a.send_to_room("TALK", "lobby", "철수", "heard", "").await;
    assert_eq!(a.lines(1).await, ["2 철수: heard"]);
}

#[tokio::test]
async fn who_comes_speaks_and_goes_at_once_is_heard() {
    let server = Running::start().await;
    let mut reader = server.client().await;
    reader.follow("lobby", "").await;
    for number in 0..20 {
        let mut client = server.client().await;
        let text = number.to_string();
        client.send_to_room("TALK", "lobby", "a", &text, "").await;
        client.send("DISCONNECT\n\n\0").await;
        drop(client);
        assert_eq!(reader.line().await.message, text);
    }
}

#[tokio::test]
async fn disconnect_is_answered_and_closed_in_good_order() {
    let server = Running::start().await;
    let mut a = server.client().await;
    a.send("DISCONNECT\nreceipt:77\n\n\0").await;
    a.receipt("77").await;
    assert_eq!(a.close_code().await, 1000);
}

#[tokio::test]
async fn a_slow_reader_is_parked_catches_up_and_holds_up_nobody() {
    let server = Running::start_with(|config| {
        config.max_waiting = config.max_frame * 2;
    })
    .await;
    let url = format!("ws://{}/websc/websocket", server.address);
    let stream = narrow(server.address).await;
    let (mut slow, _) = Client::upgrade(Box::new(stream), &url, "").await;
    slow.sign_in().await;
    slow.follow("lobby", "").await;
    let mut a = server.client().await;
    // More than its queue and the socket's buffers hold; nobody reads `slow` meanwhile.
    let text = "느림".repeat(1_900);
    for number in 1..=400 {
        a.say("lobby", "철수", &format!("{number} {text}")).await;
    }
    for expected in 1..=400 {
        assert_eq!(slow.line().await.seq.0, expected);
    }
    a.say("lobby", "철수", "live again").await;
    assert_eq!(slow.line().await.message, "live again");
}

#[tokio::test]
async fn a_restart_keeps_the_log_and_announces_nobody_again() {
    let server = Running::start().await;
    let mut a = server.client().await;
    for (kind, text) in [("ENTER", ""), ("TALK", "before")] {
        a.send_to_room(kind, "lobby", "철수", text, "receipt:r\n")
            .await;
        a.receipt("r").await;
    }
    let server = server.restart().await;
    assert_eq!(a.close_code().await, 1001);

    let mut a = server.client().await;
    a.send_to_room("ENTER", "lobby", "철수", "", "receipt:r\n")
        .await;
    a.receipt("r").await;
    a.say("lobby", "철수", "after").await;
    a.follow("lobby", "x-since:0\n").await;
    let lines = [
        "1 철수: 철수님이 입장했습니다.",
        "2 철수: before",
        "3 철수: after",
    ];
    assert_eq!(a.lines(3).await, lines);
}
