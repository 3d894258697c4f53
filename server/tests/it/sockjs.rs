//! The HTTP transports of SockJS, and who may use them.

use tokio_tungstenite::tungstenite::Message;

use crate::support::{Client, Running, http};

const CONNECT: &str = r#"["CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\u0000"]"#;

async fn post(server: &Running, path: &str, headers: &str, body: &str) -> (u16, String) {
    let request = format!("POST /websc/{path} HTTP/1.1{headers}");
    let (status, _, body) = http(server.address, &request, body).await;
    (status, body)
}

#[tokio::test]
async fn a_conversation_over_polling() {
    let server = Running::start().await;
    let mut other = server.client().await;
    other.follow("lobby", "").await;
    let send = async |frame: &str| {
        let sent = post(&server, "0/abc/xhr_send", "", frame).await;
        assert_eq!(sent.0, 204, "{}", sent.1);
    };
    let poll = async || post(&server, "0/abc/xhr", "", "").await.1;

    assert_eq!(poll().await, "o\n");
    send(CONNECT).await;
    let connected = poll().await;
    assert!(
        connected.starts_with(r#"a["CONNECTED\nversion:1.2\n"#),
        "{connected}"
    );
    send(r#"["SUBSCRIBE\nid:s\ndestination:/topic/chat/room/lobby\nreceipt:r\n\n\u0000"]"#).await;
    assert!(poll().await.contains("receipt-id:r"));
    other.say("lobby", "철수", "안녕 👋").await;
    let heard = poll().await;
    assert!(
        heard.contains("안녕 👋") || heard.contains("안녕 \\ud83d\\udc4b"),
        "{heard}"
    );
    send(r#"["DISCONNECT\nreceipt:bye\n\n\u0000"]"#).await;
    assert!(poll().await.contains("receipt-id:bye"));
    assert!(poll().await.starts_with("c[1000,"));
}

#[tokio::test]
async fn pages_of_other_sites_may_connect_only_where_allowed() {
    let foreign = "\r\norigin: https://chat.example.org";
    let upgrade = "\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
    let ask = async |server: &Running| {
        let request = format!("GET /websc/websocket HTTP/1.1{upgrade}{foreign}");
        let socket = http(server.address, &request, "").await.0;
        [socket, post(server, "0/abc/xhr", foreign, "").await.0]
    };
    let server = Running::start().await;
    assert_eq!(ask(&server).await, [403, 403]);
    assert_eq!(post(&server, "0/own/xhr", "", "").await.0, 200);
    let own = format!("\r\norigin: http://{}", server.address);
    assert_eq!(post(&server, "0/page/xhr", &own, "").await.0, 200);

    let patterns = vec!["https://*.example.org".to_owned()];
    let server = Running::start_with(|config| config.allowed_origins = patterns).await;
    // A request that also says `connection: close` cannot be upgraded, but it is not forbidden.
    assert_eq!(ask(&server).await, [400, 200]);
}

#[tokio::test]
async fn without_websockets_info_says_so_and_polling_works() {
    let server = Running::start_with(|config| config.websocket = false).await;
    let (_, _, info) = http(server.address, "GET /websc/info HTTP/1.1", "").await;
    assert!(info.contains(r#""websocket":false"#), "{info}");
    assert_eq!(post(&server, "0/abc/xhr", "", "").await.1, "o\n");
}

async fn publish_binary(client: &mut Client, destination: &str) {
    let head = format!("SEND\ndestination:{destination}\nreceipt:binary\n\n");
    let frame = [head.as_bytes(), b"\xff\xfe\0"].concat();
    client.send_message(Message::binary(frame)).await;
    client.receipt("binary").await;
}

#[tokio::test]
async fn what_is_no_text_is_left_out_and_neither_counted_nor_lost() {
    let server = Running::start_with(|config| {
        config.max_unacked = 2;
        config.shared_queues = vec!["/queue/jobs".to_owned()];
    })
    .await;
    let send = async |frame: &str| {
        let sent = post(&server, "0/abc/xhr_send", "", frame).await;
        assert_eq!(sent.0, 204, "{}", sent.1);
    };
    let poll = async || post(&server, "0/abc/xhr", "", "").await.1;
    assert_eq!(poll().await, "o\n");
    send(CONNECT).await;
    assert!(poll().await.contains("CONNECTED"));
    for (id, destination) in [("t", "/topic/any"), ("q", "/queue/jobs")] {
        send(&format!(
            r#"["SUBSCRIBE\nid:{id}\ndestination:{destination}\nack:client\nreceipt:r\n\n\u0000"]"#
        ))
        .await;
        assert!(poll().await.contains("receipt-id:r"));
    }

    let mut sender = server.client().await;
    for destination in ["/topic/any", "/queue/jobs"] {
        // One more than may be unacknowledged.
        for _ in 0..3 {
            publish_binary(&mut sender, destination).await;
        }
        sender.publish(destination, "text").await;
        let heard = poll().await;
        assert!(
            heard.starts_with(r#"a["MESSAGE\n"#) && heard.contains(r"\n\ntext"),
            "{heard}"
        );
    }

    let mut worker = server.client().await;
    worker.subscribe("w", "/queue/jobs", "").await;
    for _ in 0..3 {
        let message = worker.next_message().await;
        assert_eq!(&message.body[..], b"\xff\xfe");
        assert_eq!(message.headers.get("redelivered"), None);
    }
}
