//! ACK, NACK and transactions.

use std::time::Duration;

use stomp::{Command, Frame};

use crate::support::{Client, Running, text_of};

/// A server whose clients say which queues are shared.
async fn start() -> Running {
    Running::start_with(|config| config.shared_queues_by_clients = true).await
}

async fn worker(server: &Running, headers: &str) -> Client {
    let mut worker = server.client().await;
    worker
        .subscribe("w", "/queue/jobs", &format!("x-queue:shared\n{headers}"))
        .await;
    worker
}

fn ack_of(message: &Frame) -> &str {
    message.headers.get("ack").expect("a header ack")
}

async fn answer(client: &mut Client, command: &str, message: &Frame) {
    let ack = ack_of(message);
    client.send(&format!("{command}\nid:{ack}\n\n\0")).await;
}

#[tokio::test]
async fn messages_carry_an_ack_header_where_they_are_to_be_acknowledged() {
    let server = start().await;
    let mut client = server.client().await;
    client.subscribe("a", "/topic/a", "ack:client\n").await;
    client.subscribe("b", "/topic/b", "").await;
    for destination in ["/topic/a", "/topic/b"] {
        client
            .send(&format!("SEND\ndestination:{destination}\n\nhi\0"))
            .await;
        let message = client.next_message().await;
        let acknowledges = destination == "/topic/a";
        assert_eq!(message.headers.contains("ack"), acknowledges, "{message:?}");
        if acknowledges {
            answer(&mut client, "ACK", &message).await;
        }
    }
}

#[tokio::test]
async fn an_unknown_message_cannot_be_acknowledged() {
    let server = start().await;
    for frame in ["ACK\nid:nothing\n\n\0", "NACK\nid:a/b\nreceipt:r\n\n\0"] {
        let mut client = server.client().await;
        client.send(frame).await;
        let (error, code) = client.refusal().await;
        assert_eq!(error.headers.get("x-code"), Some("ack_unknown"));
        assert_eq!(code, 1002);
    }
}

#[tokio::test]
async fn consumers_that_share_a_queue_get_each_message_once() {
    let server = start().await;
    let mut one = worker(&server, "ack:client-individual\n").await;
    let mut two = worker(&server, "ack:client-individual\n").await;
    let mut sender = server.client().await;
    for number in 0..10 {
        sender.publish("/queue/jobs", &number.to_string()).await;
    }
    let mut seen = Vec::new();
    for _ in 0..5 {
        for worker in [&mut one, &mut two] {
            let message = worker.next_message().await;
            seen.push(text_of(&message).parse::<u32>().unwrap());
            answer(worker, "ACK", &message).await;
        }
    }
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..10));
}

#[tokio::test]
async fn what_a_closed_subscription_left_is_delivered_again() {
    let server = start().await;
    let mut lost = worker(&server, "ack:client\nprefetch-count:10\n").await;
    let mut sender = server.client().await;
    for body in ["a", "b", "c"] {
        sender.publish("/queue/jobs", body).await;
    }
    let first = lost.next_message().await;
    assert_eq!(lost.body().await, "b");
    assert_eq!(lost.body().await, "c");
    answer(&mut lost, "ACK", &first).await;
    lost.settle().await;
    drop(lost);

    let mut next = worker(&server, "ack:client-individual\n").await;
    let again = next.next_message().await;
    assert_eq!(text_of(&again), "b");
    assert_eq!(again.headers.get("redelivered"), Some("true"));
    assert_eq!(next.body().await, "c");

    next.send("UNSUBSCRIBE\nid:w\nreceipt:off\n\n\0").await;
    next.receipt("off").await;
    let mut last = worker(&server, "").await;
    assert_eq!(last.body().await, "b");
}

#[tokio::test]
async fn what_a_refused_session_held_is_delivered_again_at_once() {
    let server = Running::start_with(|config| {
        config.shared_queues_by_clients = true;
        config.stomp_listen = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let mut refused = server.tcp_client().await;
    let shared = "x-queue:shared\nack:client\n";
    refused.subscribe("w", "/queue/jobs", shared).await;
    refused.send("SEND\ndestination:/queue/jobs\n\njob\0").await;
    refused.next_message().await;
    refused.send("NONSENSE\n\n\0").await;
    refused.error().await;
    // It does not hang up, and so its connection takes a while to end.
    let mut next = worker(&server, "ack:client\n").await;
    let again = tokio::time::timeout(Duration::from_millis(1_500), next.next_message()).await;
    assert_eq!(text_of(&again.expect("no wait for the goodbye")), "job");
    drop(refused);
}

#[tokio::test]
async fn what_was_sent_before_unsubscribe_is_not_sent_again() {
    let server =
        Running::start_with(|config| config.shared_queues = vec!["/queue/jobs".to_owned()]).await;
    let mut sender = server.client().await;
    sender.publish("/queue/jobs", "first").await;
    let mut brief = server.client().await;
    brief
        .send(
            "SUBSCRIBE\nid:s\ndestination:/queue/jobs\n\n\0\
             UNSUBSCRIBE\nid:s\nreceipt:u\n\n\0",
        )
        .await;
    assert_eq!(text_of(&brief.expect(Command::Message).await), "first");
    brief.receipt("u").await;
    sender.publish("/queue/jobs", "second").await;
    let mut next = worker(&server, "").await;
    assert_eq!(next.body().await, "second");
}

#[tokio::test]
async fn an_ack_that_crosses_an_unsubscribe_is_no_fault_but_for_a_transaction() {
    let server = start().await;
    let mut client = worker(&server, "ack:client-individual\n").await;
    client.send("SEND\ndestination:/queue/jobs\n\njob\0").await;
    let message = client.next_message().await;
    let ack = ack_of(&message).to_owned();
    client
        .send(&format!(
            "UNSUBSCRIBE\nid:w\n\n\0ACK\nid:{ack}\nreceipt:late\n\n\0"
        ))
        .await;
    client.receipt("late").await;
    let mut next = worker(&server, "ack:client-individual\n").await;
    let again = next.next_message().await;
    assert_eq!(again.headers.get("redelivered"), Some("true"));
    client
        .send(&format!(
            "BEGIN\ntransaction:t\n\n\0ACK\nid:{ack}\ntransaction:t\n\n\0COMMIT\ntransaction:t\n\n\0"
        ))
        .await;
    let (error, _) = client.refusal().await;
    assert_eq!(error.headers.get("x-code"), Some("ack_unknown"));
}

#[tokio::test]
async fn in_client_mode_an_ack_or_a_nack_stands_for_all_before_it() {
    let server = start().await;
    let mut one = worker(&server, "ack:client\n").await;
    for body in ["a", "b", "c", "d"] {
        one.send(&format!("SEND\ndestination:/queue/jobs\n\n{body}\0"))
            .await;
    }
    let mut messages = Vec::new();
    for _ in 0..4 {
        messages.push(one.next_message().await);
    }
    answer(&mut one, "ACK", &messages[1]).await;
    answer(&mut one, "NACK", &messages[3]).await;
    for body in ["c", "d"] {
        let again = one.next_message().await;
        assert_eq!(text_of(&again), body);
        assert_eq!(again.headers.get("redelivered"), Some("true"));
    }
}

#[tokio::test]
async fn a_refused_message_goes_to_another_and_not_for_ever() {
    let server = start().await;
    let mut worker = worker(&server, "ack:client-individual\n").await;
    worker.publish("/queue/jobs", "poison").await;
    let mut attempts = 0;
    let mut id = None;
    worker.send("SEND\ndestination:/queue/jobs\n\ngood\0").await;
    loop {
        let message = worker.next_message().await;
        if text_of(&message) == "good" {
            answer(&mut worker, "ACK", &message).await;
            continue;
        }
        attempts += 1;
        let this = message.headers.get("message-id").map(str::to_owned);
        assert_eq!(*id.get_or_insert_with(|| this.clone()), this);
        answer(&mut worker, "NACK", &message).await;
        if attempts == broker::Options::default().max_deliveries {
            break;
        }
    }
    worker.publish("/queue/jobs", "next").await;
    assert_eq!(worker.body().await, "next");
}

#[tokio::test]
async fn older_versions_acknowledge_by_message_id() {
    let server = start().await;
    for (version, subscription) in [("1.1", "subscription:w\n"), ("1.0", "")] {
        let mut client = Client::open(server.address).await;
        client
            .send(&format!("CONNECT\naccept-version:{version}\n\n\0"))
            .await;
        client.expect(Command::Connected).await;
        client.subscribe("w", "/topic/old", "ack:client\n").await;
        client.publish("/topic/old", "hi").await;
        let message = client.next_message().await;
        let id = message.headers.get("message-id").unwrap();
        client
            .send(&format!(
                "ACK\nmessage-id:{id}\n{subscription}receipt:ack\n\n\0"
            ))
            .await;
        client.receipt("ack").await;
    }
}

#[tokio::test]
async fn a_room_waits_for_acknowledgements_and_loses_nothing() {
    let server = Running::start_with(|config| config.max_unacked = 3).await;
    let mut reader = server.client().await;
    reader.follow("lobby", "ack:client\n").await;
    let mut speaker = server.client().await;
    for number in 1..=10 {
        speaker.say("lobby", "철수", &number.to_string()).await;
    }
    let mut heard = Vec::new();
    while heard.len() < 10 {
        let message = reader.next_message().await;
        heard.push(crate::support::line_of(&message).message);
        if heard.len() % 3 == 0 {
            answer(&mut reader, "ACK", &message).await;
        }
    }
    let expected: Vec<_> = (1..=10).map(|number: u32| number.to_string()).collect();
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn a_plain_topic_ends_who_never_acknowledges() {
    let server = Running::start_with(|config| config.max_unacked = 3).await;
    let mut client = server.client().await;
    client.subscribe("s", "/topic/a", "ack:client\n").await;
    let mut sender = server.client().await;
    for _ in 0..4 {
        sender.publish("/topic/a", "hi").await;
    }
    for _ in 0..3 {
        client.expect(Command::Message).await;
    }
    let error = client.expect(Command::Error).await;
    assert_eq!(error.headers.get("x-code"), Some("too_slow"));
    assert_eq!(client.close_code().await, 4500);
}

#[tokio::test]
async fn a_commit_does_all_and_an_abort_nothing() {
    let server = start().await;
    let mut reader = server.client().await;
    reader.subscribe("s", "/topic/a", "").await;
    reader.follow("lobby", "").await;
    let mut client = server.client().await;
    let say = |text: &str| {
        format!(
            "SEND\ndestination:/app/chat/message\ntransaction:t\n\n\
             {{\"type\":\"TALK\",\"roomId\":\"lobby\",\"sender\":\"a\",\"message\":\"{text}\"}}\0"
        )
    };
    client
        .send("BEGIN\ntransaction:t\nreceipt:begin\n\n\0")
        .await;
    client.receipt("begin").await;
    client.send(&say("lost")).await;
    client
        .send("ABORT\ntransaction:t\nreceipt:abort\n\n\0")
        .await;
    client.receipt("abort").await;

    client.send("BEGIN\ntransaction:t\n\n\0").await;
    client.send(&say("one")).await;
    client
        .send("SEND\ndestination:/topic/a\ntransaction:t\nreceipt:in\n\ntwo\0")
        .await;
    client.receipt("in").await;
    client.send(&say("three")).await;
    client
        .send("COMMIT\ntransaction:t\nreceipt:commit\n\n\0")
        .await;
    client.receipt("commit").await;

    let mut bodies = Vec::new();
    for _ in 0..3 {
        let message = reader.next_message().await;
        bodies.push(match message.headers.get("subscription") {
            Some("s") => text_of(&message),
            _ => crate::support::line_of(&message).message,
        });
    }
    bodies.sort();
    assert_eq!(bodies, ["one", "three", "two"]);
}

#[tokio::test]
async fn a_commit_with_one_bad_frame_does_nothing() {
    let server = start().await;
    let mut reader = server.client().await;
    reader.subscribe("s", "/topic/a", "").await;
    let mut client = server.client().await;
    client
        .send(
            "BEGIN\ntransaction:t\n\n\0\
             SEND\ndestination:/topic/a\ntransaction:t\n\nnot to be seen\0\
             SEND\ndestination:/topic/chat/room/lobby\ntransaction:t\n\nforged\0\
             COMMIT\ntransaction:t\nreceipt:commit\n\n\0",
        )
        .await;
    let (error, code) = client.refusal().await;
    assert_eq!(error.headers.get("receipt-id"), Some("commit"));
    assert_eq!(code, 1002);
    let mut other = server.client().await;
    other.publish("/topic/a", "seen").await;
    assert_eq!(reader.body().await, "seen");
}

#[tokio::test]
async fn an_ack_in_a_transaction_counts_with_its_commit() {
    let server = start().await;
    let mut one = worker(&server, "ack:client-individual\n").await;
    one.publish("/queue/jobs", "job").await;
    let message = one.next_message().await;
    let ack = ack_of(&message).to_owned();
    one.send(&format!(
        "BEGIN\ntransaction:t\n\n\0ACK\nid:{ack}\ntransaction:t\n\n\0\
         ABORT\ntransaction:t\nreceipt:abort\n\n\0"
    ))
    .await;
    one.receipt("abort").await;
    drop(one);
    let mut two = worker(&server, "ack:client-individual\n").await;
    let again = two.next_message().await;
    assert_eq!(again.headers.get("redelivered"), Some("true"));
    let ack = ack_of(&again).to_owned();
    two.send(&format!(
        "BEGIN\ntransaction:t\n\n\0ACK\nid:{ack}\ntransaction:t\n\n\0\
         COMMIT\ntransaction:t\nreceipt:commit\n\n\0"
    ))
    .await;
    two.receipt("commit").await;
    drop(two);
    let mut three = worker(&server, "").await;
    three.publish("/queue/jobs", "next").await;
    assert_eq!(three.body().await, "next");
}
