//! Finding what was said, and finding nothing of what is gone.

use chat::{Change, Kind, RoomId, Seq};
use store::{Author, Entry, Found, Indexer, Query, Search, Store};

use super::bed::{Bed, room, talk, time};

async fn open(bed: &Bed) -> (Store, Search, Indexer) {
    let (store, journal) = bed.open().await;
    drop(journal);
    let (search, indexer) = Search::open(&store, &bed.index()).await.unwrap();
    (store, search, indexer)
}

fn said(room: &str, number: u128, text: &str) -> Entry {
    Entry {
        message: text.to_owned(),
        author: Author::of_key("0123456789abcdef"),
        ..talk(room, number)
    }
}

async fn find(search: &Search, text: &str, room: Option<&RoomId>) -> Vec<String> {
    let query = Query::parse(text).unwrap();
    let Found { hits, next } = search.find(&query, room, None, 50).await.unwrap();
    assert_eq!(next, None);
    let place = |hit: store::Hit| format!("{}/{}", hit.message.room_id, hit.message.seq);
    hits.into_iter().map(place).collect()
}

async fn fill(store: &Store, texts: &[(&str, &str)]) {
    for (number, (room, text)) in (1..).zip(texts) {
        store.append(said(room, number, text)).await.unwrap();
    }
}

pub(crate) async fn the_newest_come_first_over_rooms_and_in_a_room(bed: Bed) {
    let (store, search, mut indexer) = open(&bed).await;
    let texts = [
        ("a", "여러분 안녕하세요"),
        ("b", "안녕!"),
        ("a", "Deploy를 시작합니다"),
        ("b", "deployment 끝"),
        ("a", "안녕히 가세요 🙂"),
    ];
    fill(&store, &texts).await;
    let enter = Entry {
        kind: Kind::Enter,
        ..said("a", 9, "안녕님이 입장했습니다.")
    };
    store.append(enter).await.unwrap();
    indexer.catch_up().await;
    assert_eq!(find(&search, "안녕", None).await, ["a/3", "b/1", "a/1"]);
    assert_eq!(
        find(&search, "안녕", Some(&room("a"))).await,
        ["a/3", "a/1"]
    );
    assert_eq!(find(&search, "안녕", Some(&room("nowhere"))).await, [""; 0]);
    assert_eq!(find(&search, "안녕하", None).await, ["a/1"]);
    assert_eq!(find(&search, "de", None).await, ["b/2", "a/2"]);
    assert_eq!(find(&search, "DEPLOY", None).await, ["b/2", "a/2"]);
    assert_eq!(find(&search, "deploym", None).await, ["b/2"]);
    assert_eq!(find(&search, "세요 안녕", None).await, ["a/3", "a/1"]);
    assert_eq!(find(&search, "🙂", None).await, ["a/3"]);
    assert_eq!(find(&search, "없는말", None).await, [""; 0]);
}

pub(crate) async fn nothing_that_somebody_types_is_read_as_a_command(bed: Bed) {
    let (store, search, mut indexer) = open(&bed).await;
    fill(
        &store,
        &[("a", "or and not near 안녕 has words"), ("a", "다른 말")],
    )
    .await;
    indexer.catch_up().await;
    for typed in [
        "\"안녕\"",
        "안녕\"",
        "'안녕",
        "안녕 OR NOT",
        "안녕 AND",
        "has:안녕",
        "안녕*",
        "안녕%",
        "^안녕",
        "-안녕",
        "(안녕",
        "NEAR(안녕 or)",
        "{has}: 안녕",
        "안녕\\",
        "안녕\u{0}",
        "\u{E001}안녕",
    ] {
        assert_eq!(find(&search, typed, None).await, ["a/1"], "{typed}");
    }
    let long = "안녕".repeat(Query::MAX_CHARS / 2);
    assert_eq!(find(&search, &long, None).await, [""; 0]);
}

pub(crate) async fn pages_join_without_a_hole_or_a_double(bed: Bed) {
    let (store, search, mut indexer) = open(&bed).await;
    // All in one millisecond, in two rooms.
    for number in 1..=95 {
        let room = if number % 2 == 0 { "a" } else { "b" };
        let entry = Entry {
            at: time(7),
            ..said(room, number, "같은 말")
        };
        store.append(entry).await.unwrap();
        if number % 10 == 0 {
            indexer.catch_up().await;
        }
    }
    indexer.catch_up().await;
    let query = Query::parse("같은").unwrap();
    let (mut before, mut all) = (None, Vec::new());
    loop {
        let page = search.find(&query, None, before, 10).await.unwrap();
        all.extend(
            page.hits
                .into_iter()
                .map(|hit| (hit.message.room_id, hit.message.seq)),
        );
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(all.len(), 95);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 95);
}

pub(crate) async fn words_that_lead_nowhere_do_not_take_long(bed: Bed) {
    let (store, search, mut indexer) = open(&bed).await;
    let lines = (1..=600)
        .map(|number| said("a", number, "가나 나가"))
        .collect();
    store.submit_all(lines).await.unwrap().await.unwrap();
    store.append(said("b", 601, "가나가")).await.unwrap();
    indexer.catch_up().await;
    let query = Query::parse("가나가").unwrap();
    let (mut before, mut pages, mut hits) = (None, 0, 0);
    loop {
        let page = search.find(&query, None, before, 10).await.unwrap();
        (pages, hits) = (pages + 1, hits + page.hits.len());
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!((pages, hits), (2, 1));
}

pub(crate) async fn what_was_edited_is_found_as_it_is_now(bed: Bed) {
    let (store, search, mut indexer) = open(&bed).await;
    fill(&store, &[("a", "고양이"), ("a", "고양이"), ("a", "ㅋ")]).await;
    indexer.catch_up().await;
    for (number, target, text) in [(11, 1, "강아지"), (12, 3, "망아지"), (13, 2, "!")] {
        let edit = Entry {
            change: Some(Change::Edits(Seq(target))),
            ..said("a", number, text)
        };
        store.append(edit).await.unwrap();
        // Before the index knows of it, either.
        assert!(
            !find(&search, "고양", None)
                .await
                .contains(&format!("a/{target}"))
        );
    }
    indexer.catch_up().await;
    assert_eq!(find(&search, "강아", None).await, ["a/1"]);
    assert_eq!(find(&search, "아지", None).await, ["a/3", "a/1"]);
    assert_eq!(find(&search, "고양", None).await, [""; 0]);
}

/// Whether these bytes stand in one of the files beside the log.
fn anywhere(bed: &Bed, bytes: &[u8]) -> bool {
    std::fs::read_dir(bed.folder()).unwrap().any(|file| {
        let content = std::fs::read(file.unwrap().path()).unwrap();
        content.windows(bytes.len()).any(|window| window == bytes)
    })
}

pub(crate) async fn what_was_deleted_is_in_no_file_any_more(bed: Bed) {
    let (store, search, mut indexer) = open(&bed).await;
    fill(&store, &[("a", "hunter2"), ("a", "zebra"), ("a", "untold")]).await;
    let edit = Entry {
        change: Some(Change::Edits(Seq(1))),
        ..said("a", 7, "swordfish")
    };
    store.append(edit).await.unwrap();
    indexer.catch_up().await;
    for (number, target) in [(8, 1), (9, 2)] {
        let delete = Entry {
            change: Some(Change::Deletes(Seq(target))),
            ..said("a", number, "삭제")
        };
        store.append(delete).await.unwrap();
    }
    assert_eq!(find(&search, "zebra", None).await, [""; 0]);
    indexer.catch_up().await;
    store.forget(&room("a"), Seq(4)).await.unwrap();
    indexer.catch_up().await;
    let (first, second) = (indexer.run(), store.close());
    tokio::join!(first, second);
    drop(search);
    // Opened and closed once more, the files beside the databases are gone.
    let (store, search, indexer) = open(&bed).await;
    tokio::join!(indexer.run(), store.close());
    drop(search);
    assert!(anywhere(&bed, b"SQLite format 3"));
    for word in ["hunter2", "swordfish", "zebra", "untold"] {
        assert!(!anywhere(&bed, word.as_bytes()), "{word}");
    }
}

pub(crate) async fn what_was_let_go_is_not_found_and_an_index_that_was_late_goes_on(bed: Bed) {
    let (store, search, mut indexer) = open(&bed).await;
    let lines = (1..=450)
        .map(|number| said("a", number, "같은 말"))
        .collect();
    store.submit_all(lines).await.unwrap().await.unwrap();
    indexer.catch_up().await;
    store.append(said("a", 451, "같은 말")).await.unwrap();
    store.forget(&room("a"), Seq(450)).await.unwrap();
    assert_eq!(find(&search, "같은", None).await, ["a/450"]);
    indexer.catch_up().await;
    assert_eq!(find(&search, "같은", None).await, ["a/451", "a/450"]);
}

pub(crate) async fn an_index_goes_on_after_a_restart_and_another_logs_is_made_anew(bed: Bed) {
    let (store, search, mut indexer) = open(&bed).await;
    fill(&store, &[("a", "하나다"), ("a", "둘이다")]).await;
    indexer.catch_up().await;
    drop((search, indexer));
    store.append(said("a", 9, "셋이다")).await.unwrap();
    store.close().await;

    let (store, search, mut indexer) = open(&bed).await;
    assert_eq!(find(&search, "이다", None).await, ["a/2"]);
    indexer.catch_up().await;
    assert_eq!(find(&search, "이다", None).await, ["a/3", "a/2"]);
    drop((search, indexer));
    store.close().await;

    // The log of another epoch, with the index of this one.
    let other = bed.another().await;
    std::fs::copy(bed.index(), other.index()).unwrap();
    let (store, search, mut indexer) = open(&other).await;
    assert_eq!(find(&search, "이다", None).await, [""; 0]);
    fill(&store, &[("a", "넷이다")]).await;
    indexer.catch_up().await;
    assert_eq!(find(&search, "이다", None).await, ["a/1"]);
    drop((search, indexer));
    store.close().await;

    for broken in [&b"this is no database at all, but long enough"[..], b""] {
        std::fs::write(bed.index(), broken).unwrap();
        let (store, search, mut indexer) = open(&bed).await;
        indexer.catch_up().await;
        assert_eq!(find(&search, "이다", None).await, ["a/3", "a/2"]);
        drop((search, indexer));
        store.close().await;
    }
}

pub(crate) async fn the_indexer_follows_by_itself_and_ends_with_the_log(bed: Bed) {
    let (store, search, indexer) = open(&bed).await;
    let running = tokio::spawn(indexer.run());
    fill(&store, &[("a", "하나다"), ("b", "하나다")]).await;
    let found = async {
        while find(&search, "하나", None).await.len() < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), found)
        .await
        .unwrap();
    store.close().await;
    running.await.unwrap();
}
