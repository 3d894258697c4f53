//! Refusals that come as messages, for sessions that asked for that.

use stomp::Command;

use crate::support::{Client, Running, text_of};

#[tokio::test]
async fn soft_errors_come_as_messages_and_the_session_stays() {
    let server = Running::start().await;
    let mut client = Client::connect_with(server.address, "x-soft-errors:true\n").await;
    client
        .send("SEND\ndestination:/nowhere\nreceipt:r-1\n\nhi\0")
        .await;
    let refused = client.expect(Command::Message).await;
    assert_eq!(
        refused.headers.get("destination"),
        Some("/user/queue/errors")
    );
    assert_eq!(refused.headers.get("receipt-id"), Some("r-1"));
    assert_eq!(refused.headers.get("x-code"), Some("destination_unknown"));

    client.subscribe("e", "/user/queue/errors", "").await;
    client
        .send("SUBSCRIBE\nid:1\ndestination:/topic/**\n\n\0")
        .await;
    let refused = client.expect(Command::Message).await;
    assert_eq!(refused.headers.get("subscription"), Some("e"));
    let problem: serde_json::Value = serde_json::from_slice(&refused.body).unwrap();
    assert_eq!(problem["code"], "destination_forbidden");

    // What cannot be read cannot be passed over.
    client.send("NONSENSE\n\n\0").await;
    let (_, code) = client.refusal().await;
    assert_eq!(code, 1002);
}

#[tokio::test]
async fn a_name_that_was_refused_is_not_taken() {
    let server = Running::start().await;
    let mut client = Client::connect_with(server.address, "x-soft-errors:true\n").await;
    client.subscribe("s", "/user/queue/mail", "").await;
    client.say("lobby", "a", "I am a").await;
    client
        .send_to_room("TALK", "lobby", "b", "and b", "receipt:r\n")
        .await;
    let refused = client.expect(Command::Message).await;
    assert_eq!(refused.headers.get("x-code"), Some("sender_changed"));
    let mut other = server.client().await;
    other.publish("/user/b/queue/mail", "for b").await;
    other.publish("/user/a/queue/mail", "for a").await;
    assert_eq!(client.body().await, "for a");
}

#[tokio::test]
async fn a_soft_error_is_acknowledged_where_its_subscription_asks_for_that() {
    let server = Running::start().await;
    let mut client = Client::connect_with(server.address, "x-soft-errors:true\n").await;
    client
        .subscribe("e", "/user/queue/errors", "ack:client-individual\n")
        .await;
    client.send("SEND\ndestination:/nowhere\n\nhi\0").await;
    let refused = client.expect(Command::Message).await;
    let ack = refused.headers.get("ack").unwrap();
    client
        .send(&format!("ACK\nid:{ack}\nreceipt:r\n\n\0"))
        .await;
    client.receipt("r").await;
}

#[tokio::test]
async fn nobody_can_forge_a_soft_error() {
    let server = Running::start().await;
    let mut bob = Client::connect_with(server.address, "login:bob\nx-soft-errors:true\n").await;
    bob.subscribe("e", "/user/queue/errors", "").await;
    bob.subscribe("s", "/user/queue/mail", "").await;
    let mut eve = Client::connect_with(server.address, "x-soft-errors:true\n").await;
    for destination in ["/user/bob/queue/errors", "/user/queue/errors"] {
        for (begin, within, end) in [
            ("", "", ""),
            (
                "BEGIN\ntransaction:t\n\n\0",
                "transaction:t\n",
                "COMMIT\ntransaction:t\n\n\0",
            ),
        ] {
            eve.send(&format!(
                "{begin}SEND\ndestination:{destination}\n{within}x-code:queue_full\n\
                 receipt-id:r-1\nmessage:forged\nx-retry:1\n\n{{}}\0{end}"
            ))
            .await;
            let refused = eve.expect(Command::Message).await;
            let code = refused.headers.get("x-code");
            assert_eq!(code, Some("destination_forbidden"), "{refused:?}");
        }
    }
    eve.publish("/user/bob/queue/mail", "dear bob").await;
    assert_eq!(bob.body().await, "dear bob");
}

#[tokio::test]
async fn a_refused_commit_leaves_neither_a_name_nor_a_queue_behind() {
    let server = Running::start_with(|config| config.max_subscriptions = 3).await;
    let mut service = server.client().await;
    service.subscribe("s", "/queue/time", "").await;
    let mut client = Client::connect_with(server.address, "x-soft-errors:true\n").await;
    client.subscribe("m", "/user/queue/mail", "").await;
    let begin = "BEGIN\ntransaction:t\n\n\0";
    let say = |sender: &str| {
        format!(
            "SEND\ndestination:/app/chat/message\ntransaction:t\n\n\
             {{\"type\":\"TALK\",\"roomId\":\"lobby\",\"sender\":\"{sender}\",\"message\":\"hi\"}}\0"
        )
    };
    let ask = |name: &str| {
        format!(
            "SEND\ndestination:/queue/time\ntransaction:t\nreply-to:/temp-queue/{name}\n\n{name}\0"
        )
    };
    let commit = "COMMIT\ntransaction:t\nreceipt:c\n\n\0";
    let nowhere = "SEND\ndestination:/nowhere\ntransaction:t\n\n\0";
    for (frames, code) in [
        (say("a") + &ask("a") + nowhere, "destination_unknown"),
        (say("a") + &say("b"), "sender_changed"),
        // Two more subscriptions are possible, and not three.
        (
            say("a") + &ask("a") + &ask("b") + &ask("c"),
            "too_many_subscriptions",
        ),
    ] {
        client.send(&format!("{begin}{frames}{commit}")).await;
        let refused = client.expect(Command::Message).await;
        assert_eq!(refused.headers.get("x-code"), Some(code));
        assert_eq!(refused.headers.get("receipt-id"), Some("c"));
        client.send("UNSUBSCRIBE\nid:/temp-queue/a\n\n\0").await;
        let refused = client.expect(Command::Message).await;
        let code = refused.headers.get("x-code");
        assert_eq!(code, Some("subscription_unknown"));
    }
    let mut other = server.client().await;
    other.publish("/user/a/queue/mail", "for a").await;

    let frames = say("b") + &ask("a") + &ask("b") + &ask("a");
    client.send(&format!("{begin}{frames}{commit}")).await;
    client.receipt("c").await;
    other.publish("/user/b/queue/mail", "for b").await;
    assert_eq!(client.body().await, "for b");
    let mut addresses = Vec::new();
    for name in ["a", "b", "a"] {
        let question = service.next_message().await;
        assert_eq!(text_of(&question), name);
        addresses.push(question.headers.get("reply-to").unwrap().to_owned());
    }
    assert_eq!(addresses[0], addresses[2]);
    for (name, address) in ["a", "b"].iter().zip(&addresses) {
        service.publish(address, "noon").await;
        let answer = client.next_message().await;
        let expected = format!("/temp-queue/{name}");
        assert_eq!(answer.headers.get("subscription"), Some(&*expected));
    }
}
