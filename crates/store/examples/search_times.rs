//! How long a search takes in many messages, and what the index costs.
//!
//! `cargo run --release -p roomside-store --example search_times -- FOLDER [MESSAGES]` writes a log
//! of so many messages (a million) into the folder, indexes them, and looks for words of all kinds.

mod dice;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chat::{Kind, MessageId, RoomId, Sender, Timestamp};
use store::{Entry, Options, Query, Search, Store};
use uuid::Uuid;

use dice::Dice;

const ROOMS: usize = 100;

/// From the most frequent to the rarest: the nth comes about half as often as the n/2th.
const ENDINGS: [&str; 8] = ["은", "는", "이", "가", "을", "를", "에서", "하고"];

/// Makes up what is typed.
type Typist<'w> = Box<dyn Fn(&mut Dice) -> String + 'w>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().expect("name a folder"));
    let count: u64 = args
        .next()
        .map_or(1_000_000, |n| n.parse().expect("a number"));
    let options = Options::new(folder.join("roomside.db"));
    let index = folder.join("roomside.search.db");
    let (store, journal) = Store::open(options).await.expect("a log");
    drop(journal);
    let words = words();
    let mut dice = Dice(1);
    if store.rooms().await.expect("rooms").len() == 1 {
        let begun = Instant::now();
        write(&store, count, &words, &mut dice).await;
        println!("{count} messages written in {:.1?}", begun.elapsed());
    }
    let (search, mut indexer) = Search::open(&store, &index).await.expect("an index");
    let begun = Instant::now();
    indexer.catch_up().await;
    println!("indexed in {:.1?}, resting half of it", begun.elapsed());
    for file in ["roomside.db", "roomside.search.db"] {
        let bytes = std::fs::metadata(folder.join(file)).expect("a file").len();
        println!("{file}: {} MB", bytes / 1_000_000);
    }
    let room = RoomId::parse("room-7").expect("a room id");
    let rank = |rank: usize| words[rank].clone();
    let pair = |a: usize, b: usize| format!("{} {}", words[a], words[b]);
    let kinds: [(&str, Typist<'_>); 7] = [
        ("a word, any", Box::new(move |dice| rank(word(dice)))),
        ("the most frequent word", Box::new(|_| words[0].clone())),
        (
            "a rare word",
            Box::new(|dice| words[3_000 + dice.below(1_000)].clone()),
        ),
        (
            "two words, any",
            Box::new(move |dice| pair(word(dice), word(dice))),
        ),
        (
            "two frequent words",
            Box::new(move |dice| pair(dice.below(20), dice.below(20))),
        ),
        (
            "a beginning",
            Box::new(|dice| format!("w{}", dice.below(99))),
        ),
        (
            "two syllables, any",
            Box::new(|dice| syllables(dice.below(400), 2)),
        ),
    ];
    for (kind, query) in &kinds {
        for (place, within) in [("all rooms", None), ("one room", Some(&room))] {
            let mut times = Vec::new();
            let mut hits = 0;
            for _ in 0..500 {
                let query = Query::parse(&query(&mut dice)).expect("a query");
                let begun = Instant::now();
                let found = search
                    .find(&query, within, None, 20)
                    .await
                    .expect("an answer");
                times.push(begun.elapsed());
                hits += found.hits.len();
            }
            times.sort_unstable();
            let at = |per_mille: usize| times[times.len() * per_mille / 1_000].as_secs_f64() * 1e3;
            let worst = times.last().map_or(Duration::ZERO, |time| *time);
            println!(
                "{kind:24} {place:10} p50 {:6.2} ms  p99 {:6.2} ms  worst {worst:8.2?}  {:.1} hits",
                at(500),
                at(990),
                hits as f64 / 500.0,
            );
        }
    }
    store.close().await;
}

async fn write(store: &Store, count: u64, words: &[String], dice: &mut Dice) {
    let start = 1_795_000_000_000;
    for batch in 0..count / 1_000 {
        let lines = (0..1_000).map(|place| {
            let number = batch * 1_000 + place;
            let said: Vec<_> = (0..3 + dice.below(9))
                .map(|_| {
                    let word = &words[word(dice)];
                    let ending = ENDINGS[dice.below(8)];
                    if word.is_ascii() {
                        word.clone()
                    } else {
                        format!("{word}{ending}")
                    }
                })
                .collect();
            Entry {
                room: RoomId::parse(&format!("room-{}", dice.below(ROOMS))).expect("a room id"),
                kind: Kind::Talk,
                sender: Sender::parse("철수").expect("a name"),
                message: said.join(" "),
                id: MessageId(Uuid::from_u128(u128::from(number))),
                author: None,
                change: None,
                at: Timestamp::from_millis(start + number * 50),
                create_room: true,
            }
        });
        let stored = store.submit_all(lines.collect()).await.expect("a place");
        stored.await.expect("stored");
    }
}

/// 4,000 words, one in four of which is Latin.
fn words() -> Vec<String> {
    let word = |number: usize| {
        if number % 4 == 3 {
            format!("w{number}ord")
        } else {
            syllables(number, 2 + number % 2)
        }
    };
    (0..4_000).map(word).collect()
}

fn syllables(number: usize, count: usize) -> String {
    let syllable = |place: usize| {
        let code = 0xAC00 + (number * 37 + place * (101 + number / 300)) % 1_200 * 9;
        u32::try_from(code).ok().and_then(char::from_u32)
    };
    (0..count).filter_map(syllable).collect()
}

/// The rank of a word, as often as words of that rank are said (Zipf's law, roughly).
fn word(dice: &mut Dice) -> usize {
    let share = dice.below(1 << 20) as f64 / f64::from(1 << 20);
    (4_000_f64.powf(share) - 1.0) as usize
}
