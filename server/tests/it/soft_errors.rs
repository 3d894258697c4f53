//! Refusals that come as messages, for sessions that asked for that.

use stomp::Command;

use crate::support::{Client, Running};

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
