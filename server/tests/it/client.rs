//! A STOMP client that sends what it is told, right or wrong, and reads like a transcript.

use std::net::SocketAddr;

use chat::RoomMessage;
use futures_util::{SinkExt as _, StreamExt as _};
use stomp::{Command, Decoder, Frame, Item, Limits, Version};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;

use crate::support::in_time;

/// TCP or TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A STOMP client that sends what it is told, right or wrong.
pub(crate) struct Client {
    wire: Wire,
    decoder: Decoder,
}

/// What a client speaks over.
enum Wire {
    WebSocket(Box<WebSocketStream<Box<dyn Stream>>>),
    Tcp(Box<dyn Stream>),
}

impl Client {
    fn new(wire: Wire) -> Self {
        let mut decoder = Decoder::new(Limits {
            frame: 1 << 20,
            ..Limits::default()
        });
        decoder.set_version(Version::V1_2);
        Self { wire, decoder }
    }

    /// A raw WebSocket without CONNECT.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::open_at(address, "websocket", "").await
    }

    /// A WebSocket below the endpoint that asks for these subprotocols, without CONNECT.
    pub(crate) async fn open_at(address: SocketAddr, path: &str, protocols: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let url = format!("ws://{address}/websc/{path}");
        let (client, answer) = Self::upgrade(Box::new(stream), &url, protocols).await;
        let chosen = answer.headers().get(SEC_WEBSOCKET_PROTOCOL);
        let first = protocols.split(',').next().unwrap();
        assert_eq!(chosen.map_or("", |chosen| chosen.to_str().unwrap()), first);
        client
    }

    /// A WebSocket over this stream, without CONNECT.
    pub(crate) async fn upgrade(
        stream: Box<dyn Stream>,
        url: &str,
        protocols: &str,
    ) -> (Self, Response) {
        let mut request = url.into_client_request().unwrap();
        if !protocols.is_empty() {
            let protocols = protocols.parse().unwrap();
            request
                .headers_mut()
                .insert(SEC_WEBSOCKET_PROTOCOL, protocols);
        }
        let (socket, answer) = tokio_tungstenite::client_async(request, stream)
            .await
            .unwrap();
        (Self::new(Wire::WebSocket(Box::new(socket))), answer)
    }

    /// A TCP connection without CONNECT.
    pub(crate) async fn open_tcp(address: SocketAddr) -> Self {
        Self::over(Box::new(TcpStream::connect(address).await.unwrap()))
    }

    /// A byte stream without CONNECT.
    pub(crate) fn over(stream: Box<dyn Stream>) -> Self {
        Self::new(Wire::Tcp(stream))
    }

    /// A connected session over a raw WebSocket.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::connect_with(address, "").await
    }

    /// A connected session that said more in its CONNECT.
    pub(crate) async fn connect_with(address: SocketAddr, headers: &str) -> Self {
        let mut client = Self::open(address).await;
        client.sign_in_with(headers).await;
        client
    }

    pub(crate) async fn sign_in(&mut self) {
        self.sign_in_with("").await;
    }

    async fn sign_in_with(&mut self, headers: &str) {
        self.send(&format!(
            "CONNECT\naccept-version:1.2\nheart-beat:0,0\n{headers}\n\0"
        ))
        .await;
        let connected = self.frame().await;
        assert_eq!(connected.command, Command::Connected, "{connected:?}");
    }

    pub(crate) async fn send(&mut self, text: &str) {
        match &mut self.wire {
            Wire::WebSocket(socket) => socket.send(Message::text(text)).await.unwrap(),
            Wire::Tcp(stream) => stream.write_all(text.as_bytes()).await.unwrap(),
        }
    }

    /// Sends one WebSocket message of any kind.
    pub(crate) async fn send_message(&mut self, message: Message) {
        let Wire::WebSocket(socket) = &mut self.wire else {
            panic!("TCP has no messages");
        };
        socket.send(message).await.unwrap();
    }

    /// The next frame, past any heart-beats.
    pub(crate) async fn frame(&mut self) -> Frame {
        loop {
            match self.decoder.next().expect("the server writes well") {
                Some(Item::Frame(frame)) => return frame,
                Some(Item::Beat) => {}
                None => self.more().await,
            }
        }
    }

    /// The next frame over a WebSocket, or nothing where it is closed before.
    pub(crate) async fn frame_before_close(&mut self) -> Option<Frame> {
        loop {
            match self.decoder.next().expect("the server writes well") {
                Some(Item::Frame(frame)) => return Some(frame),
                Some(Item::Beat) => {}
                None => match self.message().await {
                    Message::Text(text) => self.decoder.push(text.as_bytes()),
                    Message::Close(_) => return None,
                    other => panic!("expected a frame or a close, got {other:?}"),
                },
            }
        }
    }

    /// The next heart-beat; no frame may come before it.
    pub(crate) async fn beat(&mut self) {
        loop {
            match self.decoder.next().expect("the server writes well") {
                Some(Item::Beat) => return,
                Some(Item::Frame(frame)) => panic!("expected a beat, got {frame:?}"),
                None => self.more().await,
            }
        }
    }

    /// Takes in some more of what the server writes.
    async fn more(&mut self) {
        match &self.wire {
            Wire::WebSocket(_) => match self.message().await {
                Message::Text(text) => self.decoder.push(text.as_bytes()),
                Message::Binary(bytes) => self.decoder.push(&bytes),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("expected a frame, got {other:?}"),
            },
            Wire::Tcp(_) => {
                let bytes = self.bytes().await;
                assert!(!bytes.is_empty(), "expected a frame, got the end");
                self.decoder.push(&bytes);
            }
        }
    }

    /// The close code, once everything before it is read.
    pub(crate) async fn close_code(&mut self) -> u16 {
        self.closed().await.0
    }

    /// The close code and its reason, once everything before it is read.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Message::Close(close) = self.message().await {
                let close = close.expect("a close frame with a code");
                return (close.code.into(), close.reason.to_string());
            }
        }
    }

    /// Waits for the end of a TCP connection; nothing may come before it.
    pub(crate) async fn hung_up(&mut self) {
        let rest = self.bytes().await;
        assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
    }

    /// Gives the byte stream back; what the decoder holds is lost.
    pub(crate) fn into_stream(self) -> Box<dyn Stream> {
        match self.wire {
            Wire::WebSocket(_) => panic!("a WebSocket is no byte stream"),
            Wire::Tcp(stream) => stream,
        }
    }

    pub(crate) async fn message(&mut self) -> Message {
        let Wire::WebSocket(socket) = &mut self.wire else {
            panic!("TCP has no messages");
        };
        in_time(socket.next())
            .await
            .expect("an open socket")
            .expect("no fault")
    }

    /// What comes next over TCP; empty at its end.
    async fn bytes(&mut self) -> Vec<u8> {
        let Wire::Tcp(stream) = &mut self.wire else {
            panic!("a WebSocket has messages");
        };
        let mut bytes = vec![0; 64 * 1024];
        let read = in_time(stream.read(&mut bytes)).await.unwrap();
        bytes.truncate(read);
        bytes
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
        (self.error().await, self.close_code().await)
    }

    /// The next ERROR, past any messages.
    pub(crate) async fn error(&mut self) -> Frame {
        loop {
            let frame = self.frame().await;
            if frame.command != Command::Message {
                assert_eq!(frame.command, Command::Error, "{frame:?}");
                return frame;
            }
        }
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
