//! `Http10` and `Http11`: the bytes on the connection.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{app, serve, session, soon, suite};

/// The answer until the server hangs up, as headers in lower case and body.
async fn raw(address: SocketAddr, request: &str) -> (String, String) {
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    soon(connection.read_to_end(&mut answer)).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

#[tokio::test]
async fn test_http10_synchronous() {
    let address = serve(app(suite())).await;
    let (head, body) = raw(address, "GET /echo HTTP/1.0\r\nHost: x\r\n\r\n").await;
    assert!(head.contains(" 200 "), "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");
    assert!(head.contains("content-length: 19"), "{head}");
    assert_eq!(body, "Welcome to SockJS!\n");
}

#[tokio::test]
async fn test_http10_streaming() {
    let address = serve(app(suite())).await;
    let path = format!("{}/xhr_streaming", session("/close"));
    // The connection is not kept, whatever the peer asks, as there is no length.
    let request = format!("POST {path} HTTP/1.0\r\nHost: x\r\nConnection: Keep-Alive\r\n\r\n");
    let (head, body) = raw(address, &request).await;
    assert!(head.contains(" 200 "), "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");
    assert!(!head.contains("content-length"), "{head}");
    assert_eq!(
        body,
        format!("{}\no\nc[3000,\"Go away!\"]\n", "h".repeat(2048))
    );
}

#[tokio::test]
async fn test_http11_synchronous() {
    let address = serve(app(suite())).await;
    let greeting = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";
    let last = "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    // Two requests on one connection.
    let (head, rest) = raw(address, &format!("{greeting}{last}")).await;
    assert!(head.contains("content-length: 19"), "{head}");
    assert!(!head.contains("connection: close"), "{head}");
    assert_eq!(rest.matches("Welcome to SockJS!\n").count(), 2);
}

#[tokio::test]
async fn test_http11_streaming() {
    let address = serve(app(suite())).await;
    let path = format!("{}/xhr_streaming", session("/close"));
    let request = format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let (head, body) = raw(address, &request).await;
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert!(!head.contains("content-length"), "{head}");
    // Every frame is a chunk of its own.
    assert_eq!(
        body,
        format!(
            "801\r\n{}\n\r\n2\r\no\n\r\n13\r\nc[3000,\"Go away!\"]\n\r\n0\r\n\r\n",
            "h".repeat(2048)
        )
    );
}

#[tokio::test]
async fn a_poll_has_a_length_and_leaves_its_connection_open() {
    let address = serve(app(suite())).await;
    let session = session("/close");
    let xhr = |more: &str| format!("POST {session}/xhr HTTP/1.1\r\nHost: x\r\n{more}\r\n");
    let (head, rest) = raw(
        address,
        &format!("{}{}", xhr(""), xhr("Connection: close\r\n")),
    )
    .await;
    assert!(head.contains("content-length: 2"), "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");
    assert!(rest.starts_with("o\nHTTP/1.1 200 OK"), "{rest}");
    assert!(rest.ends_with("c[3000,\"Go away!\"]\n"), "{rest}");
}
