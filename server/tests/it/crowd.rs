//! Everything at once: many who speak, and many who listen in ways of their own.

use std::collections::HashMap;

use stomp::{Command, Frame};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Client, Running, line_of, narrow, text_of};

const ROOMS: [&str; 2] = ["lobby", "annex"];
const NEWS: &str = "/topic/news";

const SPEAKERS: u64 = 3;
/// Lines that each of them says, in both rooms by turns.
const LINES: u64 = 160;
/// Lines that they have in flight at once.
const AT_ONCE: u64 = 40;
/// Lines of each room once everything is said.
const LAST: u64 = SPEAKERS * LINES / 2;

/// Counts what is on disk.
type Said = watch::Receiver<u64>;

/// A client over WebSocket or TCP, whose connection may have a small window.
async fn connect(server: &Running, tcp: bool, is_narrow: bool) -> Client {
    let mut client = match (tcp, is_narrow) {
        (false, false) => Client::open(server.address).await,
        (true, false) => Client::open_tcp(server.stomp.unwrap()).await,
        (true, true) => Client::over(Box::new(narrow(server.stomp.unwrap()).await)),
        (false, true) => {
            let stream = narrow(server.address).await;
            let url = format!("ws://{}/websc/websocket", server.address);
            Client::upgrade(Box::new(stream), &url, "").await.0
        }
    };
    // Beats are no help to those who lag: they would be what their sessions wait for.
    let beats = if is_narrow { "0,0" } else { "0,100" };
    client
        .send(&format!(
            "CONNECT\naccept-version:1.2\nheart-beat:{beats}\n\n\0"
        ))
        .await;
    client.expect(Command::Connected).await;
    client
}

/// Follows a room from after a place on; what is said there may come before the receipt.
async fn follow(client: &mut Client, room: &str, since: u64) {
    client
        .send(&format!(
            "SUBSCRIBE\nid:{room}\ndestination:/topic/chat/room/{room}\nx-since:{since}\n\n\0"
        ))
        .await;
}

/// What somebody has heard.
#[derive(Default)]
struct Heard {
    /// The last place of each room.
    lines: HashMap<String, u64>,
    /// The last number that each speaker has said on the topic.
    news: HashMap<String, u64>,
}

impl Heard {
    /// Takes in a message, which must be the next one of its kind.
    fn take(&mut self, frame: &Frame) {
        assert_eq!(frame.command, Command::Message, "{frame:?}");
        if frame.headers.get("destination") == Some(NEWS) {
            let text = text_of(frame);
            let (speaker, number) = text.split_once(' ').unwrap();
            let last = self.news.entry(speaker.to_owned()).or_default();
            *last += 1;
            assert_eq!(number, last.to_string());
        } else {
            let line = line_of(frame);
            let room = line.room_id.to_string();
            assert_eq!(frame.headers.get("subscription"), Some(&*room));
            let last = self.lines.entry(room).or_default();
            *last += 1;
            assert_eq!(line.seq.0, *last);
        }
    }

    fn has_all_lines(&self) -> bool {
        ROOMS
            .iter()
            .all(|room| self.lines.get(*room) == Some(&LAST))
    }

    fn has_all(&self) -> bool {
        let news = self.news.values().sum::<u64>();
        self.has_all_lines() && news == SPEAKERS * LINES
    }
}

/// Says its lines, and the number of each on the topic.
async fn speak(mut client: Client, name: String, said: watch::Sender<u64>) {
    for first in (1..=LINES).step_by(AT_ONCE as usize) {
        for number in first..first + AT_ONCE {
            let room = ROOMS[(number % 2) as usize];
            let text = "🎉".repeat(3_900);
            client
                .send_to_room("TALK", room, &name, &text, "receipt:said\n")
                .await;
            client
                .send(&format!("SEND\ndestination:{NEWS}\n\n{name} {number}\0"))
                .await;
        }
        for _ in 0..AT_ONCE {
            client.receipt("said").await;
        }
        said.send_modify(|count| *count += AT_ONCE);
    }
}

/// Says something that takes no answer of STOMP's.
async fn live(client: &mut Client, tcp: bool) {
    if tcp {
        client.send("\n").await;
    } else {
        client.send_message(Message::Ping("hi".into())).await;
    }
}

/// Listens to everything.
async fn listen(mut client: Client, tcp: bool) {
    let mut heard = Heard::default();
    while !heard.has_all() {
        heard.take(&client.frame().await);
        live(&mut client, tcp).await;
    }
}

/// Takes hardly anything before most of it is said, but gives signs of life.
async fn lag(mut client: Client, tcp: bool, mut said: Said) {
    let mut heard = Heard::default();
    while *said.borrow_and_update() < SPEAKERS * LINES * 3 / 4 {
        live(&mut client, tcp).await;
        said.changed().await.unwrap();
        // Who takes nothing at all is given up.
        heard.take(&client.frame().await);
    }
    while !heard.has_all_lines() {
        heard.take(&client.frame().await);
        live(&mut client, tcp).await;
    }
}

/// Leaves the room again and again, and goes on from where it was.
async fn come_and_go(mut client: Client) {
    let mut heard = Heard::default();
    heard.lines.insert(ROOMS[1].to_owned(), LAST);
    while !heard.has_all_lines() {
        let last = heard.lines.get(ROOMS[0]).copied().unwrap_or(0);
        follow(&mut client, ROOMS[0], last).await;
        for _ in last..LAST.min(last + 20) {
            heard.take(&client.frame().await);
        }
        client
            .send(&format!("UNSUBSCRIBE\nid:{}\nreceipt:off\n\n\0", ROOMS[0]))
            .await;
        loop {
            let frame = client.frame().await;
            if frame.command == Command::Receipt {
                break;
            }
            heard.take(&frame);
        }
        // Nothing of the room may come now.
        client.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_hears_each_line_once_and_in_order_whatever_the_others_do() {
    let server = Running::start_with(|config| {
        config.stomp_listen = Some("127.0.0.1:0".parse().unwrap());
        config.heartbeat = 100;
        config.max_waiting = 128 * 1024;
    })
    .await;
    let (sender, said) = watch::channel(0);
    let mut crowd = JoinSet::new();
    let mut speakers = Vec::new();
    for tcp in [false, true] {
        let mut client = connect(&server, tcp, false).await;
        client.subscribe("news", NEWS, "").await;
        for room in ROOMS {
            follow(&mut client, room, 0).await;
        }
        crowd.spawn(listen(client, tcp));
        let mut client = connect(&server, tcp, true).await;
        for room in ROOMS {
            follow(&mut client, room, 0).await;
        }
        crowd.spawn(lag(client, tcp, said.clone()));
        crowd.spawn(come_and_go(connect(&server, tcp, false).await));
    }
    for number in 0..SPEAKERS {
        speakers.push(connect(&server, number % 2 == 0, false).await);
    }
    for (number, client) in speakers.into_iter().enumerate() {
        crowd.spawn(speak(client, format!("speaker-{number}"), sender.clone()));
    }
    while let Some(done) = crowd.join_next().await {
        done.unwrap();
    }
    assert!(server.metric("roomside_parked_total").await > 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_quickly_hears_everything_that_is_said_in_one_go() {
    const MESSAGES: u32 = 5_000;
    let server = Running::start_with(|config| {
        config.stomp_listen = Some("127.0.0.1:0".parse().unwrap());
        config.max_waiting = 128 * 1024;
    })
    .await;
    let mut crowd = JoinSet::new();
    for tcp in [false, true, false, true] {
        let mut client = connect(&server, tcp, false).await;
        client.subscribe("news", NEWS, "").await;
        crowd.spawn(async move {
            for number in 0..MESSAGES {
                assert_eq!(client.body().await, number.to_string());
            }
        });
    }
    let mut speaker = connect(&server, true, false).await;
    let all: String = (0..MESSAGES)
        .map(|number| format!("SEND\ndestination:{NEWS}\n\n{number}\0"))
        .collect();
    speaker.send(&all).await;
    while let Some(done) = crowd.join_next().await {
        done.unwrap();
    }
    server.stop().await;
}
