//! STOMP over TCP, against a broker of one destination for one client.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stomp::{
    Accepted, Action, Command, Frame, Output, Server, ServerEvent, ServerOptions, Text, Version,
    encode,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::bench;

/// How a faulty broker treats its tenth message.
#[derive(Clone, Copy)]
enum Fault {
    None,
    Drops,
    Doubles,
}

async fn broker(fault: Fault) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, fault));
        }
    });
    address
}

/// Sends back what is sent.
async fn serve(mut stream: TcpStream, fault: Fault) {
    let start = Instant::now();
    let mut stomp = Server::new(ServerOptions::default(), Duration::ZERO);
    let (mut buffer, mut sent) = ([0; 4096], 0);
    loop {
        let now = start.elapsed();
        match stomp.poll() {
            Output::Transmit(bytes) => stream.write_all(&bytes).await.unwrap(),
            Output::Wait(_) => match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(length) => stomp.handle_input(&buffer[..length], now),
            },
            Output::Closed(_) => return,
            Output::Event(ServerEvent::Connect { .. }) => {
                stomp.accept(Accepted::default(), now).unwrap();
            }
            Output::Event(ServerEvent::Subscribe {
                receipt: Some(receipt),
                ..
            }) => stomp.receipt(receipt, now).unwrap(),
            Output::Event(ServerEvent::Action {
                action: Action::Send {
                    destination, body, ..
                },
                ..
            }) => {
                let message = Frame::new(Command::Message)
                    .header("destination", destination)
                    .header("message-id", Text::from(sent.to_string()))
                    .header("subscription", "sub-0")
                    .body(body);
                let copies = match fault {
                    Fault::Drops if sent == 10 => 0,
                    Fault::Doubles if sent == 10 => 2,
                    _ => 1,
                };
                for _ in 0..copies {
                    let bytes = encode(&message, Version::V1_2);
                    stomp.deliver(bytes, now).unwrap();
                }
                sent += 1;
            }
            Output::Event(_) => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_echo_over_tcp_comes_back() {
    let url = format!("tcp://{}", broker(Fault::None).await);
    let ended = bench("echo", &url, "--messages 50 --warmup 0").await;
    ended.expect_whole();
    assert!((ended.number("/deliveries") - 50.0).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_drops_a_message_is_found_out() {
    let url = format!("tcp://{}", broker(Fault::Drops).await);
    let ended = bench("echo", &url, "--messages 50 --warmup 0 --patience 1").await;
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(
        (ended.number("/lost"), ended.number("/doubled")),
        (1.0, 0.0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_doubles_a_message_is_found_out() {
    let url = format!("tcp://{}", broker(Fault::Doubles).await);
    let ended = bench("echo", &url, "--messages 50 --warmup 0").await;
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(
        (ended.number("/lost"), ended.number("/doubled")),
        (0.0, 1.0)
    );
}
