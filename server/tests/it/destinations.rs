//! Plain topics and queues, people's own queues, answers, patterns, and what rings remember.

use stomp::Command;

use crate::support::{Client, Running, text_of};

#[tokio::test]
async fn a_queue_fans_out_unless_it_is_shared() {
    let server = Running::start().await;
    let mut clients = [server.client().await, server.client().await];
    for client in &mut clients {
        client.subscribe("s", "/queue/news", "").await;
    }
    let mut sender = server.client().await;
    sender.publish("/queue/news", "hi").await;
    for client in &mut clients {
        assert_eq!(client.body().await, "hi");
    }
}

#[tokio::test]
async fn a_prefix_can_be_configured_to_share_and_keeps_what_nobody_takes_yet() {
    let server =
        Running::start_with(|config| config.shared_queues = vec!["/queue/jobs/**".to_owned()])
            .await;
    let mut sender = server.client().await;
    sender.publish("/queue/jobs/a", "early").await;
    let mut worker = server.client().await;
    worker.subscribe("w", "/queue/jobs/a", "").await;
    assert_eq!(worker.body().await, "early");
    let mut watcher = server.client().await;
    watcher
        .subscribe("w", "/queue/jobs/a", "x-queue:fanout\n")
        .await;
    sender.publish("/queue/jobs/a", "late").await;
    assert_eq!(worker.body().await, "late");
    assert_eq!(watcher.body().await, "late");
}

#[tokio::test]
async fn a_client_shares_a_queue_only_where_the_operator_lets_it() {
    let subscribe = "SUBSCRIBE\nid:w\ndestination:/queue/jobs\nx-queue:shared\nreceipt:r\n\n\0";
    let server = Running::start().await;
    let mut client = server.client().await;
    client.send(subscribe).await;
    let (error, code) = client.refusal().await;
    assert_eq!(error.headers.get("x-code"), Some("destination_forbidden"));
    let message = error.headers.get("message").unwrap();
    assert!(message.contains("--shared-queues-by-clients"), "{message}");
    assert_eq!(code, 1002);
    // It has not become one either: what comes is not kept, and never full.
    server.client().await.publish("/queue/jobs", "hi").await;
    assert_eq!(server.metric("roomside_queues").await, 0);

    let declared =
        Running::start_with(|config| config.shared_queues = vec!["/queue/jobs".to_owned()]).await;
    let open = Running::start_with(|config| config.shared_queues_by_clients = true).await;
    for server in [declared, open] {
        let mut client = server.client().await;
        client.send(subscribe).await;
        client.receipt("r").await;
        assert_eq!(server.metric("roomside_queues").await, 1);
    }
}

#[tokio::test]
async fn a_full_queue_refuses_and_keeps_what_it_has() {
    let server = Running::start_with(|config| {
        config.shared_queues = vec!["/queue/jobs/**".to_owned()];
        config.max_queue = 100_000;
    })
    .await;
    let mut sender = server.client().await;
    let big = "x".repeat(40_000);
    sender.publish("/queue/jobs/a", &big).await;
    sender.publish("/queue/jobs/a", &big).await;
    sender
        .send(&format!("SEND\ndestination:/queue/jobs/a\n\n{big}\0"))
        .await;
    let (error, _) = sender.refusal().await;
    assert_eq!(error.headers.get("x-code"), Some("queue_full"));
    let mut worker = server.client().await;
    worker.subscribe("w", "/queue/jobs/a", "").await;
    for _ in 0..2 {
        assert_eq!(worker.body().await.len(), 40_000);
    }
}

#[tokio::test]
async fn a_person_is_reached_by_name_and_sees_springs_destination() {
    let server = Running::start().await;
    let mut bob = Client::connect_with(server.address, "login:bob\npasscode:secret\n").await;
    let mut phone = Client::connect_with(server.address, "login:bob\npasscode:secret\n").await;
    let mut eve = Client::connect_with(server.address, "login:bob\npasscode:guess\n").await;
    for client in [&mut bob, &mut phone, &mut eve] {
        client.subscribe("s", "/user/queue/mail", "").await;
    }
    let mut alice = server.client().await;
    alice.publish("/user/bob/queue/mail", "dear bob").await;
    for client in [&mut bob, &mut phone] {
        let message = client.next_message().await;
        assert_eq!(text_of(&message), "dear bob");
        assert_eq!(message.headers.get("destination"), Some("/user/queue/mail"));
        assert_eq!(message.headers.get("subscription"), Some("s"));
    }
    // What Eve hears next is what she sends to herself: the letter to Bob has passed her by.
    eve.publish("/user/queue/mail", "to myself").await;
    assert_eq!(eve.body().await, "to myself");
}

#[tokio::test]
async fn connected_tells_who_one_is() {
    let server = Running::start().await;
    for (headers, expected) in [
        ("login:bob\npasscode:secret\n", Some("bob")),
        ("login:bob\npasscode:guess\n", None),
        ("", None),
    ] {
        // Kept until the end of the loop would free the name.
        let mut client = Client::open(server.address).await;
        client
            .send(&format!("CONNECT\naccept-version:1.2\n{headers}\n\0"))
            .await;
        let connected = client.expect(Command::Connected).await;
        assert_eq!(connected.headers.get("user-name"), expected);
        std::mem::forget(client);
    }
}

#[tokio::test]
async fn a_guest_is_reached_by_the_name_it_speaks_as() {
    let server = Running::start().await;
    let mut guest = server.client().await;
    guest.subscribe("s", "/user/queue/mail", "").await;
    guest.say("lobby", "철수", "안녕").await;
    let mut other = server.client().await;
    other.publish("/user/철수/queue/mail", "hi").await;
    assert_eq!(guest.body().await, "hi");
}

#[tokio::test]
async fn a_held_name_cannot_be_spoken_as() {
    let server = Running::start().await;
    let _bob = Client::connect_with(server.address, "login:bob\npasscode:secret\n").await;
    let mut eve = server.client().await;
    eve.send_to_room("TALK", "lobby", "bob", "I am bob", "receipt:r\n")
        .await;
    let (error, _) = eve.refusal().await;
    assert_eq!(error.headers.get("x-code"), Some("sender_taken"));
}

#[tokio::test]
async fn what_a_client_may_not_listen_to_is_refused() {
    let server = Running::start().await;
    for destination in [
        "/user/bob/queue/mail",
        "/temp-queue/a",
        "/reply-queue/0123",
        "/topic/**",
        "/topic/chat/room/*",
        "/app/chat/message",
        "/topic/a\nx-queue:shared",
        "/topic/chat/room/a\nx-queue:shared",
        "/user/queue/a\nx-queue:shared",
        "/topic/chat/room/a\nx-queue:other",
    ] {
        let mut client = server.client().await;
        client
            .send(&format!(
                "SUBSCRIBE\nid:1\ndestination:{destination}\nreceipt:r\n\n\0"
            ))
            .await;
        let (error, code) = client.refusal().await;
        assert_eq!(error.headers.get("receipt-id"), Some("r"), "{destination}");
        assert_eq!(code, 1002);
    }
}

#[tokio::test]
async fn an_answer_finds_its_way_back() {
    let server = Running::start().await;
    let mut service = Client::connect_with(server.address, "login:clock\n").await;
    service.subscribe("s", "/queue/time", "").await;
    service.subscribe("u", "/user/queue/time", "").await;
    let mut client = server.client().await;
    for destination in ["/queue/time", "/queue/time", "/user/clock/queue/time"] {
        client
            .send(&format!(
                "SEND\ndestination:{destination}\nreply-to:/temp-queue/answers\n\nwhat time?\0"
            ))
            .await;
        let question = service.next_message().await;
        let address = question.headers.get("reply-to").unwrap().to_owned();
        assert!(address.starts_with("/reply-queue/"), "{address}");
        service.publish(&address, "noon").await;
        let answer = client.next_message().await;
        assert_eq!(text_of(&answer), "noon");
        assert_eq!(
            answer.headers.get("subscription"),
            Some("/temp-queue/answers")
        );
    }
}

#[tokio::test]
async fn a_question_to_oneself_says_where_the_answer_goes() {
    let server = Running::start().await;
    let mut client = server.client().await;
    for path in ["queue/self", "topic/self"] {
        client.subscribe(path, &format!("/user/{path}"), "").await;
        for (reply_to, expected) in [("/queue/x", "/queue/x"), ("/temp-queue/a", "/reply-queue/")] {
            let send = format!("SEND\ndestination:/user/{path}\nreply-to:{reply_to}\n\nwho?\0");
            client.send(&send).await;
            let question = client.next_message().await;
            let address = question.headers.get("reply-to").unwrap();
            assert!(address.starts_with(expected), "{address}");
        }
    }
}

#[tokio::test]
async fn a_queue_for_answers_ends_with_its_subscription_and_can_be_made_again() {
    let server = Running::start().await;
    let mut service = server.client().await;
    service.subscribe("s", "/queue/time", "").await;
    let mut client = server.client().await;
    let mut addresses = Vec::new();
    for _ in 0..2 {
        client
            .send("SEND\ndestination:/queue/time\nreply-to:/temp-queue/a\n\nwhat time?\0")
            .await;
        let question = service.next_message().await;
        addresses.push(question.headers.get("reply-to").unwrap().to_owned());
        service.publish(addresses.last().unwrap(), "noon").await;
        assert_eq!(client.body().await, "noon");
        client
            .send("UNSUBSCRIBE\nid:/temp-queue/a\nreceipt:u\n\n\0")
            .await;
        client.receipt("u").await;
    }
    assert_ne!(addresses[0], addresses[1]);
}

#[tokio::test]
async fn who_publishes_much_at_once_hears_all_of_it() {
    let server = Running::start().await;
    let mut client = server.client().await;
    client.subscribe("s", "/topic/a", "").await;
    // In one message, and more than may wait for a session.
    let count = 4_000;
    client
        .send(&"SEND\ndestination:/topic/a\n\n\0".repeat(count))
        .await;
    for number in 1..=count {
        let message = client.next_message().await;
        let offset = number.to_string();
        assert_eq!(message.headers.get("x-offset"), Some(&*offset));
    }
}

#[tokio::test]
async fn patterns_are_for_those_who_may() {
    let server = Running::start_with(|config| config.wildcards = true).await;
    let mut watcher = server.client().await;
    watcher.subscribe("one", "/topic/price/*", "").await;
    watcher.subscribe("all", "/topic/**", "").await;
    let mut sender = server.client().await;
    sender.publish("/topic/price/won", "1").await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let message = watcher.next_message().await;
        assert_eq!(message.headers.get("destination"), Some("/topic/price/won"));
        seen.push(message.headers.get("subscription").unwrap().to_owned());
    }
    seen.sort();
    assert_eq!(seen, ["all", "one"]);
    sender.publish("/topic/price/won/old", "2").await;
    let message = watcher.next_message().await;
    assert_eq!(message.headers.get("subscription"), Some("all"));
}

#[tokio::test]
async fn a_ring_replays_and_says_whether_anything_is_missing() {
    let server = Running::start().await;
    let mut sender = server.client().await;
    for number in 1..=5 {
        sender.publish("/topic/a", &number.to_string()).await;
    }
    let mut client = server.client().await;
    let receipt = client.subscribe("s", "/topic/a", "x-history:2\n").await;
    let epoch = receipt.headers.get("x-epoch").unwrap().to_owned();
    assert_eq!(receipt.headers.get("x-offset"), Some("5"));
    assert_eq!(receipt.headers.get("x-recovered"), None);
    assert_eq!([client.body().await, client.body().await], ["4", "5"]);
    drop(client);

    sender.publish("/topic/a", "6").await;
    let mut client = server.client().await;
    let since = format!("x-since:4\nx-epoch:{epoch}\n");
    let receipt = client.subscribe("s", "/topic/a", &since).await;
    assert_eq!(receipt.headers.get("x-recovered"), Some("true"));
    let message = client.next_message().await;
    assert_eq!(message.headers.get("x-offset"), Some("5"));
    assert_eq!(client.body().await, "6");
    drop((client, sender));

    let server = server.restart().await;
    let mut client = server.client().await;
    let receipt = client.subscribe("s", "/topic/a", &since).await;
    assert_eq!(receipt.headers.get("x-recovered"), Some("false"));
    assert_ne!(receipt.headers.get("x-epoch"), Some(&*epoch));
}

#[tokio::test]
async fn many_topics_are_resumed_at_once_and_whole() {
    const TOPICS: usize = 12;
    let server = Running::start().await;
    let mut sender = server.client().await;
    let big = "x".repeat(60_000);
    for topic in 0..TOPICS {
        sender.publish(&format!("/topic/{topic}"), &big).await;
    }
    // Together more than may wait for a session.
    assert!(TOPICS * big.len() > broker::Options::default().inbox_bytes);
    let mut client = server.client().await;
    let subscribe = |topic| {
        format!("SUBSCRIBE\nid:{topic}\ndestination:/topic/{topic}\nx-since:0\nreceipt:r\n\n\0")
    };
    let all: String = (0..TOPICS).map(subscribe).collect();
    client.send(&all).await;
    let (mut receipts, mut messages) = (0, 0);
    while receipts + messages < 2 * TOPICS {
        let frame = client.frame().await;
        match frame.command {
            Command::Receipt => {
                assert_eq!(frame.headers.get("x-recovered"), Some("true"));
                receipts += 1;
            }
            _ => messages += usize::from(frame.body.len() == big.len()),
        }
    }
    assert_eq!((receipts, messages), (TOPICS, TOPICS));
}

#[tokio::test]
async fn a_rooms_epoch_outlives_a_restart() {
    let server = Running::start().await;
    let mut client = server.client().await;
    client.say("lobby", "a", "hi").await;
    let receipt = client
        .subscribe("s", "/topic/chat/room/lobby", "x-since:1\n")
        .await;
    let epoch = receipt.headers.get("x-epoch").unwrap().to_owned();
    assert_eq!(receipt.headers.get("x-recovered"), Some("true"));
    drop(client);
    let server = server.restart().await;
    let mut client = server.client().await;
    let since = format!("x-since:0\nx-epoch:{epoch}\n");
    let receipt = client
        .subscribe("s", "/topic/chat/room/lobby", &since)
        .await;
    assert_eq!(receipt.headers.get("x-recovered"), Some("true"));
    assert_eq!(client.line().await.message, "hi");
    let ahead = client
        .subscribe("t", "/topic/chat/room/lobby", "x-since:99\n")
        .await;
    assert_eq!(ahead.headers.get("x-recovered"), Some("false"));
}

#[tokio::test]
async fn the_limit_of_subscriptions_holds_at_its_edge() {
    let server = Running::start_with(|config| config.max_subscriptions = 3).await;
    let mut client = server.client().await;
    for id in ["1", "2", "3"] {
        client.subscribe(id, "/topic/a", "").await;
    }
    client
        .send("SUBSCRIBE\nid:4\ndestination:/topic/a\nreceipt:r\n\n\0")
        .await;
    let (error, _) = client.refusal().await;
    assert_eq!(error.headers.get("x-code"), Some("too_many_subscriptions"));
}

#[tokio::test]
async fn an_auto_subscription_may_be_acknowledged_in_vain() {
    let server = Running::start().await;
    let mut client = Client::open(server.address).await;
    client.send("CONNECT\naccept-version:1.1\n\n\0").await;
    client.expect(Command::Connected).await;
    client.subscribe("s", "/topic/a", "").await;
    client
        .send("ACK\nmessage-id:1\nsubscription:s\nreceipt:r\n\n\0")
        .await;
    client.receipt("r").await;
    client.settle().await;
}
