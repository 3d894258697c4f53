//! STOMP over TCP: the same rooms, without HTTP around it.

use std::net::SocketAddr;
use std::process::Command as Process;

use crate::program::{Program, command};
use crate::support::{Client, Running, Stream, in_time, narrow};
use server::Config;
use stomp::Command;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const ANY_PORT: &str = "127.0.0.1:0";

/// A server with STOMP over TCP beside everything else.
async fn start(adjust: impl FnOnce(&mut Config)) -> Running {
    Running::start_with(|config| {
        config.stomp_listen = Some(ANY_PORT.parse().unwrap());
        adjust(config);
    })
    .await
}

async fn connect(server: &Running) -> TcpStream {
    TcpStream::connect(server.stomp.unwrap()).await.unwrap()
}

/// Reads exactly these bytes.
async fn expect(stream: &mut (impl Stream + ?Sized), bytes: &str) {
    let mut read = vec![0; bytes.len()];
    in_time(stream.read_exact(&mut read)).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&read), bytes);
}

#[tokio::test]
async fn each_version_is_spoken_as_its_specification_says() {
    let server = start(|_| {}).await;
    for (asks, version, eol) in [
        ("", "1.0", "\n"),
        ("accept-version:1.0,1.1\n", "1.1", "\n"),
        ("accept-version:1.1,1.2\r\n", "1.2", "\r\n"),
    ] {
        let lines = |text: &str| text.replace('\n', eol);
        let mut stream = connect(&server).await;
        let hello = format!("CONNECT{eol}{asks}host:chat{eol}heart-beat:0,0{eol}{eol}\0");
        stream.write_all(hello.as_bytes()).await.unwrap();
        let connected = format!("CONNECTED\nversion:{version}\nheart-beat:10000,10000\n\n\0");
        expect(&mut stream, &connected).await;

        // A body of any bytes, among them NUL, by its length; line ends between frames are beats.
        let topic = format!("/topic/{version}");
        let talk = format!(
            "{}\n\n{}a\0b\0",
            lines(&format!(
                "SUBSCRIBE\nid:s1\ndestination:{topic}\nreceipt:r1\n\n\0"
            )),
            lines(&format!("SEND\ndestination:{topic}\ncontent-length:3\n\n")),
        );
        stream.write_all(talk.as_bytes()).await.unwrap();
        let mut client = Client::over(Box::new(stream));
        client.receipt("r1").await;
        let message = client.frame().await;
        assert_eq!(message.command, Command::Message);
        assert_eq!(message.headers.get("subscription"), Some("s1"));
        assert_eq!(&message.body[..], b"a\0b");

        client.send(&lines("DISCONNECT\nreceipt:bye\n\n\0")).await;
        let mut stream = client.into_stream();
        expect(&mut *stream, "RECEIPT\nreceipt-id:bye\n\n\0").await;
        assert_eq!(in_time(stream.read(&mut [0])).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn tcp_and_websocket_clients_talk_in_one_room() {
    let server = start(|_| {}).await;
    let (mut tcp, mut web) = (server.tcp_client().await, server.client().await);
    tcp.follow("lobby", "").await;
    web.follow("lobby", "").await;
    tcp.send_to_room("TALK", "lobby", "철수", "안녕", "").await;
    assert_eq!(web.lines(1).await, ["1 철수: 안녕"]);
    web.send_to_room("TALK", "lobby", "영희", "반가워", "")
        .await;
    assert_eq!(tcp.lines(2).await, ["1 철수: 안녕", "2 영희: 반가워"]);
}

#[tokio::test]
async fn a_frame_may_come_byte_by_byte_and_many_at_once() {
    let server = start(|_| {}).await;
    let mut stream = connect(&server).await;
    for byte in b"CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\0" {
        stream.write_all(&[*byte]).await.unwrap();
    }
    expect(&mut stream, "CONNECTED\nversion:1.2\n").await;
    expect(&mut stream, "heart-beat:10000,10000\n\n\0").await;
    let mut many = String::new();
    let mut receipts = String::new();
    for number in 0..2_000 {
        many += &format!("SEND\ndestination:/topic/x\nreceipt:{number}\n\nhi\0\n");
        receipts += &format!("RECEIPT\nreceipt-id:{number}\n\n\0");
    }
    let (mut read, mut write) = stream.into_split();
    let writing = tokio::spawn(async move {
        write.write_all(many.as_bytes()).await.unwrap();
        write
    });
    let mut answer = vec![0; receipts.len()];
    in_time(read.read_exact(&mut answer)).await.unwrap();
    assert!(answer == receipts.as_bytes());
    writing.await.unwrap();
}

#[tokio::test]
async fn a_silent_server_beats_with_line_feeds() {
    let server = start(|config| config.heartbeat = 100).await;
    let mut stream = connect(&server).await;
    stream
        .write_all(b"CONNECT\naccept-version:1.2\nheart-beat:0,100\n\n\0")
        .await
        .unwrap();
    expect(
        &mut stream,
        "CONNECTED\nversion:1.2\nheart-beat:100,100\n\n\0\n\n\n",
    )
    .await;
}

#[tokio::test]
async fn a_wrong_frame_is_answered_even_if_more_is_on_its_way() {
    let server = start(|_| {}).await;
    let (mut read, mut write) = connect(&server).await.into_split();
    let writing = tokio::spawn(async move {
        let _ = write.write_all(b"NONSENSE\n\n\0").await;
        // More than all buffers hold, so that the server hangs up with bytes unread unless it
        // takes them in.
        let _ = write.write_all(&vec![b'x'; 8 << 20]).await;
    });
    let mut answer = String::new();
    in_time(read.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("ERROR\n"), "{answer}");
    assert!(
        answer.contains("NONSENSE") && answer.ends_with('\0'),
        "{answer}"
    );
    writing.await.unwrap();
}

#[tokio::test]
async fn a_browser_that_comes_to_the_wrong_address_gets_an_error() {
    let server = start(|_| {}).await;
    let mut client = Client::open_tcp(server.stomp.unwrap()).await;
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.error().await;
    client.hung_up().await;
}

#[tokio::test]
async fn who_never_connects_is_sent_away() {
    let server = start(|config| config.connect_timeout = 1).await;
    let mut client = Client::open_tcp(server.stomp.unwrap()).await;
    let error = client.error().await;
    let message = error.headers.get("message").unwrap();
    assert!(message.contains("within 1000 ms"), "{error:?}");
    client.hung_up().await;
}

#[tokio::test]
async fn a_slow_reader_catches_up_and_holds_up_nobody() {
    let server = start(|config| config.max_waiting = config.max_frame * 2).await;
    let mut slow = Client::over(Box::new(narrow(server.stomp.unwrap()).await));
    slow.sign_in().await;
    slow.follow("lobby", "").await;
    let mut a = server.client().await;
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
async fn who_never_stops_talking_hears_what_was_said_before() {
    let server = start(|_| {}).await;
    server.client().await.say("lobby", "철수", "before").await;
    let stream = server.tcp_client().await.into_stream();
    let (read, mut write) = tokio::io::split(stream);
    let follow = "SUBSCRIBE\nid:s\ndestination:/topic/chat/room/lobby\nx-since:0\n\n\0";
    let talk = "SEND\ndestination:/topic/x\n\n\0".repeat(1_000);
    let talking = tokio::spawn(async move {
        write.write_all(talk.as_bytes()).await.unwrap();
        write.write_all(follow.as_bytes()).await.unwrap();
        while write.write_all(talk.as_bytes()).await.is_ok() {}
    });
    let mut client = Client::over(Box::new(tokio::io::join(read, tokio::io::sink())));
    assert_eq!(in_time(client.line()).await.message, "before");
    assert!(!talking.is_finished());
    talking.abort();
}

#[tokio::test]
async fn who_is_too_slow_is_told_so_in_an_error() {
    let server = start(|config| config.max_unacked = 1).await;
    let mut client = server.tcp_client().await;
    client.subscribe("s", "/topic/a", "ack:client\n").await;
    let twice = "SEND\ndestination:/topic/a\n\nhi\0".repeat(2);
    client.send(&twice).await;
    client.expect(Command::Message).await;
    let error = client.expect(Command::Error).await;
    assert_eq!(error.headers.get("x-code"), Some("too_slow"));
    client.hung_up().await;
}

#[tokio::test]
async fn tcp_and_websocket_share_one_limit_of_sessions() {
    let server = start(|config| config.max_sessions = 2).await;
    let mut tcp = server.tcp_client().await;
    let web = server.client().await;

    let mut refused = Client::open_tcp(server.stomp.unwrap()).await;
    let error = refused.error().await;
    assert_eq!(error.headers.get("message"), Some("server full"));
    assert_eq!(error.headers.get("x-code"), Some("server_full"));
    refused.hung_up().await;
    let mut refused = Client::open(server.address).await;
    assert_eq!(refused.closed().await, (1013, "server full".to_owned()));

    // Both that are in go on, and a seat is free once one of them has left.
    tcp.say("lobby", "철수", "나는 있어").await;
    drop(web);
    in_time(async {
        loop {
            let mut next = Client::open_tcp(server.stomp.unwrap()).await;
            next.send("CONNECT\naccept-version:1.2\n\n\0").await;
            if next.frame().await.command == Command::Connected {
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn stopping_ends_tcp_sessions_and_lets_no_other_in() {
    let server = start(|_| {}).await;
    let address = server.stomp.unwrap();
    let mut client = server.tcp_client().await;
    client.say("lobby", "철수", "before").await;
    let root = server.stop().await;
    client.hung_up().await;
    assert!(TcpStream::connect(address).await.is_err());
    drop(root);
}

/// The program with STOMP over TCP, and where that is.
fn program(command: &mut Process) -> (Program, SocketAddr) {
    let mut program = Program::spawn(command.args(["--stomp-listen", ANY_PORT]), "http");
    let stomp = program.also_listens("stomp");
    (program, stomp)
}

#[tokio::test]
async fn sigterm_drains_both_addresses() {
    let root = tempfile::tempdir().unwrap();
    let (program, stomp) = program(&mut command(root.path()));
    let mut tcp = Client::open_tcp(stomp).await;
    tcp.sign_in().await;
    tcp.say("lobby", "철수", "before").await;
    let mut web = Client::connect(program.address).await;
    program.signal("TERM");
    tcp.hung_up().await;
    assert_eq!(web.close_code().await, 1001);
    drop((tcp, web));
    assert!(program.wait().success());
}

#[tokio::test]
async fn running_out_of_file_descriptors_is_survived() {
    let root = tempfile::tempdir().unwrap();
    let plain = command(root.path());
    let mut limited = Process::new("sh");
    limited
        .env_clear()
        .args(["-c", r#"ulimit -n 64; exec "$0" "$@""#])
        .arg(plain.get_program())
        .args(plain.get_args());
    let (program, stomp) = program(limited.args(["--log", "error"]));
    let mut crowd = Vec::new();
    for address in [stomp, program.address].repeat(50) {
        crowd.push(TcpStream::connect(address).await.unwrap());
    }
    drop(crowd);
    let mut web = Client::connect(program.address).await;
    web.follow("lobby", "").await;
    let mut tcp = Client::open_tcp(stomp).await;
    tcp.sign_in().await;
    tcp.say("lobby", "철수", "still here").await;
    assert_eq!(web.lines(1).await, ["1 철수: still here"]);
    program.kill();
}

#[test]
fn a_taken_port_is_one_sentence() {
    let root = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind(ANY_PORT).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = crate::program::fails(command(root.path()).args(["--stomp-listen", &address]));
    assert!(
        said.contains(&address) && said.contains("--stomp-listen"),
        "{said}"
    );
}
