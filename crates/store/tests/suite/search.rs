//! Finding what was said, and finding nothing of what is gone.

use std::path::Path;

use chat::{Change, Kind, RoomId, Seq};
use store::dump::{export, import};
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
    std::fs::read_dir(bed.folder())
        .unwrap()
        .any(|file| anywhere_in(&file.unwrap().path(), bytes))
}

fn anywhere_in(file: &Path, bytes: &[u8]) -> bool {
    let content = std::fs::read(file).unwrap();
    content.windows(bytes.len()).any(|window| window == bytes)
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

/// Opens the index of `bed` with the log that is in `dump`, `more` having been said in it since.
async fn restored(bed: &Bed, dump: &[u8], more: &[&str]) -> (Bed, Store, Search) {
    let other = bed.another().await;
    import(&other.options, &mut &*dump, |_| {}).await.unwrap();
    std::fs::copy(bed.index(), other.index()).unwrap();
    let (store, search, mut indexer) = open(&other).await;
    for (number, text) in (100..).zip(more) {
        store.append(said("a", number, text)).await.unwrap();
    }
    indexer.catch_up().await;
    (other, store, search)
}

pub(crate) async fn an_index_that_is_newer_than_the_log_is_made_anew(bed: Bed) {
    let (store, search, mut indexer) = open(&bed).await;
    fill(&store, &[("a", "하나다"), ("b", "다르다"), ("a", "둘이다")]).await;
    indexer.catch_up().await;
    store.close().await;
    let mut backup = Vec::new();
    export(&bed.options, &mut backup, |_| {}).await.unwrap();
    drop((search, indexer));

    // A room that was made after the backup.
    let (store, search, mut indexer) = open(&bed).await;
    store.append(said("c", 8, "새로다")).await.unwrap();
    indexer.catch_up().await;
    drop((search, indexer));
    let (_bed, older, search) = restored(&bed, &backup, &[]).await;
    assert_eq!(find(&search, "하나", None).await, ["a/1"]);
    assert_eq!(find(&search, "새로", None).await, [""; 0]);
    older.close().await;

    // More was said in a room, which is behind the index then, or has gone on otherwise.
    let mut backup = Vec::new();
    export(&bed.options, &mut backup, |_| {}).await.unwrap();
    let (search, mut indexer) = Search::open(&store, &bed.index()).await.unwrap();
    let edit = Entry {
        change: Some(Change::Edits(Seq(1))),
        ..said("a", 9, "고쳤다")
    };
    store.append(edit).await.unwrap();
    store.append(said("a", 10, "넷이다")).await.unwrap();
    indexer.catch_up().await;
    assert_eq!(find(&search, "고쳤", None).await, ["a/1"]);
    drop((search, indexer));
    store.close().await;
    for more in [&[][..], &["셋이다", "오늘은", "내일은"]] {
        let (_bed, store, search) = restored(&bed, &backup, more).await;
        assert_eq!(find(&search, "하나", None).await, ["a/1"], "{more:?}");
        assert_eq!(find(&search, "다르", None).await, ["b/1"]);
        let third: &[&str] = if more.is_empty() { &[] } else { &["a/3"] };
        assert_eq!(find(&search, "셋이", None).await, third);
        assert_eq!(find(&search, "넷이", None).await, [""; 0]);
        store.close().await;
    }
}

/// What was read is not mistaken for another log once it is let go.
pub(crate) async fn a_log_of_which_everything_was_let_go_is_followed_on(bed: Bed) {
    let (store, search, mut indexer) = open(&bed).await;
    fill(&store, &[("a", "하나다"), ("a", "둘이다")]).await;
    indexer.catch_up().await;
    fill(&store, &[("b", "남는다")]).await;
    store.forget(&room("a"), Seq(3)).await.unwrap();
    indexer.catch_up().await;
    assert_eq!(find(&search, "둘이", None).await, [""; 0]);
    store.append(said("a", 9, "셋이다")).await.unwrap();
    indexer.catch_up().await;
    assert_eq!(find(&search, "셋이", None).await, ["a/3"]);
    assert_eq!(find(&search, "남는", None).await, ["b/1"]);
}

pub(crate) async fn any_text_can_be_taken_out_of_the_index_again(bed: Bed) {
    let (store, search, mut indexer) = open(&bed).await;
    let texts = [
        "끝\0처음 뒤에",
        "\u{feff}한글 \"따옴표\" \\u0000",
        "🙂\r\n둘째 줄",
    ];
    for (number, text) in (1..).zip(texts) {
        store.append(said("a", number, text)).await.unwrap();
    }
    indexer.catch_up().await;
    for (typed, place) in [
        ("처음", "a/1"),
        ("뒤에", "a/1"),
        ("따옴표", "a/2"),
        ("둘째", "a/3"),
    ] {
        assert_eq!(find(&search, typed, None).await, [place], "{typed}");
    }
    for target in 1..=3 {
        let delete = Entry {
            change: Some(Change::Deletes(Seq(target))),
            ..said("a", u128::from(target) + 10, "삭제")
        };
        store.append(delete).await.unwrap();
    }
    indexer.catch_up().await;
    tokio::join!(indexer.run(), store.close());
    drop(search);
    for word in ["처음", "뒤에", "옴표", "둘째"] {
        assert!(!anywhere_in(&bed.index(), word.as_bytes()), "{word}");
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
