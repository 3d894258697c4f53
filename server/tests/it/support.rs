//! A server on a free port with a fresh log, and a STOMP client that reads like a transcript.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use chat::RoomMessage;
use futures_util::{SinkExt as _, StreamExt as _};
use server::{Config, Server};
use stomp::{Command, Decoder, Frame, Item, Limits, Version};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Long enough for a busy machine; nothing waits this long unless it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A front end of one file: these tests look at everything but the browser.
pub(crate) fn fake_site(root: &Path) -> std::path::PathBuf {
    let site = root.join("site");
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    std::fs::write(site.join("pkg/roomside.js"), "export {};\n").unwrap();
    site
}

/// Settings for a server over `root`, on a port of the system's choosing.
pub(crate) fn config(root: &Path) -> Config {
    Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: root.join("data"),
        site: Some(fake_site(root)),
        ..Config::default()
    }
}

/// A server in this process.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
    root: TempDir,
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(adjust: impl FnOnce(&mut Config)) -> Self {
        let root = tempfile::tempdir().unwrap();
        Self::start_over(root, adjust).await
    }

    async fn start_over(root: TempDir, adjust: impl FnOnce(&mut Config)) -> Self {
        let mut config = config(root.path());
        adjust(&mut config);
        let server = Server::start(&config).await.unwrap();
        let address = server.address().unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run(async move {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            task,
            root,
        }
    }

    /// Stops in good order and gives the folder of the log back.
    pub(crate) async fn stop(self) -> TempDir {
        self.stop.send(()).unwrap();
        tokio::time::timeout(PATIENCE, self.task)
            .await
            .expect("it stops")
            .unwrap()
            .unwrap();
        self.root
    }

    /// Stops in good order, and starts again over the same log.
    pub(crate) async fn restart(self) -> Self {
        let root = self.stop().await;
        Self::start_over(root, |_| {}).await
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.address).await
    }
}

/// A STOMP client over the raw WebSocket that sends what it is told, right or wrong.
pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    decoder: Decoder,
}

impl Client {
    /// A socket without CONNECT.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let url = format!("ws://{address}/websc/websocket");
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let mut decoder = Decoder::new(Limits {
            frame: 1 << 20,
            ..Limits::default()
        });
        decoder.set_version(Version::V1_2);
        Self { socket, decoder }
    }

    /// A connected session.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::connect_with(address, "").await
    }

    /// A connected session that said more in its CONNECT.
    pub(crate) async fn connect_with(address: SocketAddr, headers: &str) -> Self {
        let mut client = Self::open(address).await;
        client
            .send(&format!(
                "CONNECT\naccept-version:1.2\nheart-beat:0,0\n{headers}\n\0"
            ))
            .await;
        let connected = client.frame().await;
        assert_eq!(connected.command, Command::Connected, "{connected:?}");
        client
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next frame, past any heart-beats.
    pub(crate) async fn frame(&mut self) -> Frame {
        loop {
            match self.decoder.next().expect("the server writes well") {
                Some(Item::Frame(frame)) => return frame,
                Some(Item::Beat) => continue,
                None => {}
            }
            match self.message().await {
                Message::Text(text) => self.decoder.push(text.as_bytes()),
                Message::Binary(bytes) => self.decoder.push(&bytes),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("expected a frame, got {other:?}"),
            }
        }
    }

    /// The close code, once everything before it is read.
    pub(crate) async fn close_code(&mut self) -> u16 {
        loop {
            if let Message::Close(close) = self.message().await {
                return close.expect("a close frame with a code").code.into();
            }
        }
    }

    async fn message(&mut self) -> Message {
        let next = tokio::time::timeout(PATIENCE, self.socket.next());
        next.await
            .expect("an answer in time")
            .expect("an open socket")
            .expect("no fault")
    }

    /// SUBSCRIBE to a room, done once this returns.
    pub(crate) async fn follow(&mut self, room: &str, headers: &str) {
        self.send(&format!(
            "SUBSCRIBE\nid:{room}\ndestination:/topic/chat/room/{room}\nreceipt:follow\n{headers}\n\0"
        ))
        .await;
        self.receipt("follow").await;
    }

    /// SEND into a room, on disk once this returns. Lines that arrive before are dropped.
    pub(crate) async fn say(&mut self, room: &str, sender: &str, text: &str) {
        self.send_to_room("TALK", room, sender, text, "receipt:say\n")
            .await;
        self.receipt("say").await;
    }

    /// SEND into a room, with any more headers.
    pub(crate) async fn send_to_room(
        &mut self,
        kind: &str,
        room: &str,
        sender: &str,
        text: &str,
        headers: &str,
    ) {
        let body = serde_json::json!({
            "type": kind, "roomId": room, "sender": sender, "message": text,
        });
        self.send(&format!(
            "SEND\ndestination:/app/chat/message\n{headers}\n{body}\0"
        ))
        .await;
    }

    /// Waits for a RECEIPT, past any messages.
    pub(crate) async fn receipt(&mut self, id: &str) {
        loop {
            let frame = self.frame().await;
            match frame.command {
                Command::Receipt => {
                    assert_eq!(frame.headers.get("receipt-id"), Some(id));
                    return;
                }
                Command::Message => {}
                _ => panic!("expected a receipt, got {frame:?}"),
            }
        }
    }

    /// The next line of a room.
    pub(crate) async fn line(&mut self) -> RoomMessage {
        loop {
            let frame = self.frame().await;
            match frame.command {
                Command::Message => return line_of(&frame),
                Command::Receipt => {}
                _ => panic!("expected a message, got {frame:?}"),
            }
        }
    }

    /// The next lines of a room, as `seq sender: message`.
    pub(crate) async fn lines(&mut self, count: usize) -> Vec<String> {
        let mut lines = Vec::with_capacity(count);
        for _ in 0..count {
            let line = self.line().await;
            lines.push(format!("{} {}: {}", line.seq, line.sender, line.message));
        }
        lines
    }

    /// The next frame, which must be this command.
    pub(crate) async fn expect(&mut self, command: Command) -> Frame {
        let frame = self.frame().await;
        assert_eq!(frame.command, command, "{frame:?}");
        frame
    }

    /// The body of the next MESSAGE, past any receipts.
    pub(crate) async fn body(&mut self) -> String {
        text_of(&self.next_message().await)
    }

    /// The next MESSAGE, past any receipts.
    pub(crate) async fn next_message(&mut self) -> Frame {
        loop {
            let frame = self.frame().await;
            match frame.command {
                Command::Message => return frame,
                Command::Receipt => {}
                _ => panic!("expected a message, got {frame:?}"),
            }
        }
    }

    /// SUBSCRIBE with any more headers, done once this returns. What arrives before the receipt
    /// is given back with it.
    pub(crate) async fn subscribe(&mut self, id: &str, destination: &str, headers: &str) -> Frame {
        self.send(&format!(
            "SUBSCRIBE\nid:{id}\ndestination:{destination}\nreceipt:subscribe\n{headers}\n\0"
        ))
        .await;
        self.expect(Command::Receipt).await
    }

    /// SEND to a plain destination, done once this returns.
    pub(crate) async fn publish(&mut self, destination: &str, body: &str) {
        self.send(&format!(
            "SEND\ndestination:{destination}\nreceipt:publish\n\n{body}\0"
        ))
        .await;
        self.receipt("publish").await;
    }

    /// The RECEIPT of an empty transaction: everything before it has been answered.
    pub(crate) async fn settle(&mut self) {
        self.send("BEGIN\ntransaction:settle\n\n\0ABORT\ntransaction:settle\nreceipt:settle\n\n\0")
            .await;
        let receipt = self.expect(Command::Receipt).await;
        assert_eq!(receipt.headers.get("receipt-id"), Some("settle"));
    }

    /// The ERROR that answers a wrong frame, followed by the close code.
    pub(crate) async fn refusal(&mut self) -> (Frame, u16) {
        let frame = loop {
            let frame = self.frame().await;
            if frame.command != Command::Message {
                break frame;
            }
        };
        assert_eq!(frame.command, Command::Error, "{frame:?}");
        (frame, self.close_code().await)
    }
}

pub(crate) fn text_of(frame: &Frame) -> String {
    String::from_utf8(frame.body.to_vec()).unwrap()
}

/// Reads a MESSAGE's body, and checks that its headers say the same.
pub(crate) fn line_of(frame: &Frame) -> RoomMessage {
    let line: RoomMessage = serde_json::from_slice(&frame.body).expect("a room message");
    assert_eq!(frame.headers.get("x-offset"), Some(&*line.seq.to_string()));
    assert_eq!(frame.headers.get("message-id"), Some(&*line.id.to_string()));
    line
}

/// One HTTP request over a connection of its own: status, headers, body.
pub(crate) async fn http(address: SocketAddr, request: &str, body: &str) -> (u16, String, String) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let text = format!(
        "{request}\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    // Names of headers are alike in any case; their values are not.
    let head = head.lines().map(|line| match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}\n", name.to_ascii_lowercase()),
        None => format!("{line}\n"),
    });
    (status, head.collect(), body.to_owned())
}
