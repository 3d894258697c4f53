//! The driver over a stream in memory, with a clock that the tests move.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::{Instant, advance, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::Role},
};

use super::{
    connection::READ,
    driver::Driver,
    outlet::{TryWrite, Written},
};
use crate::{Closed, Info, Options, Session, Transport};

const SECOND: Duration = Duration::from_secs(1);

/// A session, and the bare stream of its peer. `buffer`: bytes that the stream takes unread.
async fn connect(
    options: &Options,
    transport: Transport,
    buffer: usize,
) -> (Session, DuplexStream) {
    let (ours, theirs) = duplex(buffer);
    let (request, ()) = axum::http::Request::new(()).into_parts();
    let info = Info::new(transport, None, &request);
    let driver = Driver::new(ours, None, transport, &Arc::new(options.clone()), None);
    (Session::over(driver, info), theirs)
}

/// A handler that waits for what never comes, and so drives its session.
fn wait(mut session: Session) {
    tokio::spawn(async move { session.recv().await });
}

async fn client(io: DuplexStream) -> WebSocketStream<DuplexStream> {
    WebSocketStream::from_raw_socket(io, Role::Client, None).await
}

#[tokio::test(start_paused = true)]
async fn an_idle_session_beats_every_25_seconds() {
    let options = Options {
        ping_interval: 3600 * SECOND,
        pong_timeout: 7200 * SECOND,
        ..Options::default()
    };
    let (session, io) = connect(&options, Transport::WebSocket, 1024).await;
    wait(session);
    let mut client = client(io).await;
    let start = Instant::now();
    assert_eq!(client.next().await.unwrap().unwrap(), Message::text("o"));
    for beat in 1..=3 {
        assert_eq!(client.next().await.unwrap().unwrap(), Message::text("h"));
        let late = start.elapsed() - beat * 25 * SECOND;
        assert!(late <= SECOND / 10, "beat {beat} came {late:?} late");
    }
}

#[tokio::test(start_paused = true)]
async fn a_raw_websocket_has_pings_and_no_heartbeat() {
    let (session, io) = connect(&Options::default(), Transport::RawWebSocket, 1024).await;
    wait(session);
    let mut client = client(io).await;
    let start = Instant::now();
    for ping in 1..=5 {
        // The client answers with a pong on its next read.
        assert_eq!(
            client.next().await.unwrap().unwrap(),
            Message::Ping(Bytes::new())
        );
        let late = start.elapsed() - ping * 20 * SECOND;
        assert!(late <= SECOND / 10, "ping {ping} came {late:?} late");
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_even_pong_is_gone_after_two_intervals() {
    let (mut session, mut io) = connect(&Options::default(), Transport::RawWebSocket, 1024).await;
    let start = Instant::now();
    assert_eq!(session.recv().await, None);
    assert_eq!(session.closed(), Some(Closed::Silent));
    let late = start.elapsed() - 40 * SECOND;
    assert!(late <= SECOND / 10, "{late:?} late");
    let mut said = Vec::new();
    io.read_to_end(&mut said).await.unwrap();
    assert_eq!(said, [0x89, 0], "one ping and nothing else");
}

#[tokio::test(start_paused = true)]
async fn half_a_message_is_a_sign_of_life() {
    let (mut session, mut io) = connect(&Options::default(), Transport::RawWebSocket, 1024).await;
    // "hello" in a masked text frame, one byte every 30 seconds.
    for byte in *b"\x81\x85\0\0\0\0hello" {
        advance(30 * SECOND).await;
        io.write_all(&[byte]).await.unwrap();
    }
    assert_eq!(session.recv().await.unwrap(), "hello");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_for_10_seconds_is_closed() {
    let (mut session, io) = connect(&Options::default(), Transport::RawWebSocket, 16).await;
    session
        .send(Bytes::from_static(&[b'x'; 100]))
        .await
        .unwrap();
    let start = Instant::now();
    let closed = session.flush().await;
    assert_eq!(closed, Err(Closed::Slow.into()));
    assert!(start.elapsed() - 10 * SECOND <= SECOND / 10);
    drop(io);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_a_little_every_9_seconds_is_not() {
    let (mut session, mut io) = connect(&Options::default(), Transport::RawWebSocket, 16).await;
    session
        .send(Bytes::from_static(&[b'x'; 100]))
        .await
        .unwrap();
    let mut taken = 0;
    let reader = async {
        while taken < 102 {
            tokio::time::sleep(9 * SECOND).await;
            // One byte back, so that it is not its silence that is noticed.
            io.write_all(&[0x8a]).await.unwrap();
            io.write_all(&[0x80, 0, 0, 0, 0]).await.unwrap();
            taken += io.read(&mut [0; 16]).await.unwrap();
        }
    };
    let (flushed, ()) = futures_util::future::join(session.flush(), reader).await;
    assert_eq!(flushed, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_is_busy_for_an_hour_does_not_cost_the_connection() {
    let options = Options {
        inbox: 0,
        ..Options::default()
    };
    let (mut session, io) = connect(&options, Transport::RawWebSocket, 1024).await;
    let mut client = client(io).await;
    client.send(Message::text("one")).await.unwrap();
    client.send(Message::text("two")).await.unwrap();
    tokio::time::sleep(3600 * SECOND).await;
    assert_eq!(session.recv().await.unwrap(), "one");
    assert_eq!(session.recv().await.unwrap(), "two");
    assert_eq!(session.closed(), None);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_not_heard_is_held_back() {
    let options = Options {
        inbox: 1000,
        ..Options::default()
    };
    let (mut session, mut io) = connect(&options, Transport::RawWebSocket, 64).await;
    let message = [&[0x81, 0x80 + 61, 0, 0, 0, 0][..], &[b'x'; 61]].concat();
    let flood = tokio::spawn(async move {
        let mut sent = 0;
        while timeout(60 * SECOND, io.write_all(&message)).await.is_ok() {
            sent += 1;
        }
        (sent, message.len())
    });
    assert_eq!(session.recv().await.unwrap(), [b'x'; 61][..]);
    let (sent, length) = flood.await.unwrap();
    // With that message came as many as fill an inbox of 1000 bytes: eight, as each costs 64 bytes
    // besides its own 61. At most what is read at once and the stream hold more.
    let held = (READ + 64) / length;
    assert!((1..=9 + held).contains(&sent), "{sent} messages were taken");
}

#[tokio::test(start_paused = true)]
async fn pings_of_a_peer_that_reads_nothing_are_held_back() {
    let (mut session, mut io) = connect(&Options::default(), Transport::RawWebSocket, 64).await;
    let ping = [&[0x89, 0xfd, 0, 0, 0, 0][..], &[b'p'; 125]].concat();
    let flood = async {
        let mut pings = 0;
        while pings < 1000 && io.write_all(&ping).await.is_ok() {
            pings += 1;
        }
        pings
    };
    let start = Instant::now();
    let (pings, ended) = futures_util::future::join(flood, session.recv()).await;
    assert_eq!(ended, None);
    assert_eq!(session.closed(), Some(Closed::Slow));
    assert!(start.elapsed() - 10 * SECOND <= SECOND / 10);
    // Sixteen, what the read buffer holds besides, and what the stream itself takes.
    assert!(pings < 64, "{pings} pings were read");
}

#[tokio::test(start_paused = true)]
async fn sending_waits_at_the_edge_of_the_outbox() {
    let options = Options {
        outbox: 1000,
        ..Options::default()
    };
    let (mut session, mut io) = connect(&options, Transport::RawWebSocket, 16).await;
    let message = Bytes::from_static(&[b'x'; 436]);
    // The first fills the stream, and stays with the driver once it has run. With what a message
    // costs besides its bytes, the next two make 1000.
    session.send(message.clone()).await.unwrap();
    tokio::task::yield_now().await;
    session.send(message.clone()).await.unwrap();
    session.send(message.clone()).await.unwrap();
    assert!(session.send(message.clone()).now_or_never().is_none());
    let reader = tokio::spawn(async move {
        let mut all = vec![0; 4 * 440];
        io.read_exact(&mut all).await.unwrap();
        io
    });
    session.send(message).await.unwrap();
    session.flush().await.unwrap();
    reader.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_answer_the_close_is_left_after_2_seconds() {
    let (session, mut io) = connect(&Options::default(), Transport::WebSocket, 1024).await;
    let start = Instant::now();
    session.close(3000, "Go away!").await;
    assert!(start.elapsed() - 2 * SECOND <= SECOND / 10);
    let mut said = Vec::new();
    io.read_to_end(&mut said).await.unwrap();
    assert_eq!(
        said,
        b"\x81\x01o\x81\x12c[3000,\"Go away!\"]\x88\x0a\x0b\xb8Go away!"
    );
}

#[tokio::test(start_paused = true)]
async fn the_close_waits_for_the_answer_of_the_peer_and_no_longer() {
    let (session, io) = connect(&Options::default(), Transport::RawWebSocket, 1024).await;
    let mut client = client(io).await;
    let start = Instant::now();
    let peer = async { while let Some(Ok(_)) = client.next().await {} };
    futures_util::future::join(session.close(1000, ""), peer).await;
    assert!(start.elapsed() < SECOND / 10);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_no_goodbye_is_left_after_the_send_timeout() {
    let (mut session, io) = connect(&Options::default(), Transport::RawWebSocket, 16).await;
    session
        .send(Bytes::from_static(&[b'x'; 100]))
        .await
        .unwrap();
    let start = Instant::now();
    session.close(1000, "").await;
    assert!(start.elapsed() <= 12 * SECOND + SECOND / 10);
    drop(io);
}

/// The stream beneath one in memory: nobody asks it for anything here.
#[derive(Debug)]
struct Below;

impl TryWrite for Below {
    fn try_write(&self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(bytes.len())
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_over_lets_go_of_its_stream_though_its_session_goes_on() {
    // Once the peer is gone, once it says goodbye.
    for said in [&b""[..], b"\x88\x80\0\0\0\0"] {
        let (ours, mut theirs) = duplex(100);
        let (request, ()) = axum::http::Request::new(()).into_parts();
        let info = Info::new(Transport::RawWebSocket, None, &request);
        let below = Arc::new(Below);
        let driver = Driver::new(
            ours,
            Some(below.clone()),
            Transport::RawWebSocket,
            &Arc::new(Options::default()),
            None,
        );
        let mut session = Session::over(driver, info);
        let outlet = session.outlet().unwrap();
        let message = Bytes::from_static(b"\x81\0");
        assert_eq!(outlet.write(&message), Written::All);
        theirs.write_all(said).await.unwrap();
        if said.is_empty() {
            drop(theirs);
        } else {
            assert_eq!(session.recv().await, None);
            let mut rest = Vec::new();
            theirs.read_to_end(&mut rest).await.unwrap();
            assert_eq!(rest, b"\x88\0", "the close and the end");
        }
        assert_eq!(session.recv().await, None);
        assert_eq!(outlet.write(&message), Written::None);
        assert_eq!(Arc::strong_count(&below), 1);
    }
}
