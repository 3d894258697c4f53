//! How long a page of history takes in a room where much was said.
//!
//! `cargo run --release -p roomside-store --example history_times -- FOLDER [MESSAGES]` writes a room
//! of so many messages (ten million) into the folder, unless it is there already, and reads pages at
//! random places of it. What the operating system remembers of the file is not forgotten by itself:
//! `dd if=FOLDER/roomside.db iflag=nocache count=0` makes it forget.

mod dice;

use std::collections::VecDeque;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chat::{Kind, MessageId, RoomId, Sender, Seq, Timestamp};
use store::{Entry, Options, Pending, Range, Store};
use uuid::Uuid;

use dice::Dice;

/// Messages of one page.
const PAGE: u32 = 50;

/// Which page a place stands for.
type Side = fn(Seq) -> Range;

/// Pages that are read of each kind.
const READS: usize = 2_000;

/// Messages that are written together, and how many such groups wait at a time.
const GROUP: u64 = 1_000;
const WAITING: usize = 8;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().expect("name a folder"));
    let count: u64 = args
        .next()
        .map_or(10_000_000, |n| n.parse().expect("a number"));
    let file = folder.join("roomside.db");
    let (store, journal) = Store::open(Options::new(file.as_path()))
        .await
        .expect("a log");
    drop(journal);
    let room = RoomId::parse("busy").expect("a room id");
    write(&store, &room, count).await;
    let head = store.head(&room).await.expect("a head").0;
    let bytes = std::fs::metadata(&file).expect("a file").len();
    println!("{head} messages in one room, {} MB", bytes / 1_000_000);
    let kinds: [(&str, Side); 3] = [
        ("before", Range::Before),
        ("after", Range::After),
        ("around", Range::Around),
    ];
    for turn in ["first", "again"] {
        // The same places each time, so that the second turn finds them in memory.
        let mut dice = Dice(7);
        for (kind, range) in kinds {
            let mut times = Vec::with_capacity(READS);
            for _ in 0..READS {
                let at = 1 + dice.below(usize::try_from(head).expect("a count")) as u64;
                let begun = Instant::now();
                let page = store.page(&room, range(Seq(at)), PAGE).await;
                times.push(begun.elapsed());
                let page = page.expect("a page");
                let full = at.min(head - at) >= u64::from(PAGE);
                assert!(!full || page.len() == PAGE as usize, "a page is short");
            }
            tell(kind, turn, &mut times);
        }
    }
    store.close().await;
}

fn tell(kind: &str, turn: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |per_mille: usize| times[times.len() * per_mille / 1_000].as_secs_f64() * 1e3;
    let worst = times.last().map_or(Duration::ZERO, |time| *time);
    println!(
        "{kind:7} {turn:6} p50 {:6.3} ms  p99 {:6.3} ms  worst {worst:8.2?}",
        at(500),
        at(990),
    );
}

async fn write(store: &Store, room: &RoomId, count: u64) {
    let there = store.head(room).await.expect("a head").0;
    let begun = Instant::now();
    let mut waiting: VecDeque<Pending<()>> = VecDeque::new();
    for group in there / GROUP..count / GROUP {
        if waiting.len() == WAITING
            && let Some(stored) = waiting.pop_front()
        {
            stored.await.expect("stored");
        }
        let entries = (group * GROUP..(group + 1) * GROUP).map(|number| entry(room, number));
        waiting.push_back(store.submit_all(entries.collect()).await.expect("a place"));
        if group % 100 == 99 {
            let written = (group + 1) * GROUP - there;
            let rate = written as f64 / begun.elapsed().as_secs_f64();
            eprint!(
                "\r{} of {count} written, {rate:.0} a second ",
                (group + 1) * GROUP
            );
            let _ = std::io::stderr().flush();
        }
    }
    for stored in waiting {
        stored.await.expect("stored");
    }
    if count > there {
        eprintln!();
        println!("written in {:.1?}", begun.elapsed());
    }
}

/// A line of some hundred bytes, by one of a hundred people.
fn entry(room: &RoomId, number: u64) -> Entry {
    const SAID: &str = "오늘 배포는 세 시에 시작합니다. The build is green, 확인 부탁드려요. ";
    let words: Vec<_> = SAID.split_inclusive(' ').collect();
    let (start, take) = (number as usize % words.len(), 6 + number as usize % 9);
    let said = words.iter().cycle().skip(start).take(take).copied();
    Entry {
        room: room.clone(),
        kind: Kind::Talk,
        sender: Sender::parse(&format!("철수{}", number % 100)).expect("a name"),
        message: format!("{number} {}", said.collect::<String>()),
        // As those that servers give: the time first.
        id: MessageId(Uuid::from_u128(u128::from(number) << 64 | 0x7000)),
        author: None,
        change: None,
        at: Timestamp::from_millis(1_795_000_000_000 + number * 50),
        create_room: true,
    }
}
