//! Letting go what is old or too much.

use std::time::Duration;

use chat::{Change, Seq, Timestamp};
use store::Range::{After, Around, Before, Last};
use store::{Author, Entry, Keep, Store, WriteError};

use super::bed::{Bed, log, room, seqs, talk, time};

async fn filled(bed: &Bed, rooms: &[(&str, u128)]) -> Store {
    let (store, journal) = bed.open().await;
    drop(journal);
    for (room, count) in rooms {
        let lines: Vec<_> = (1..=*count).map(|number| talk(room, number)).collect();
        store.submit_all(lines).await.unwrap().await.unwrap();
    }
    store
}

async fn span(store: &Store, name: &str) -> (u64, u64, Option<Timestamp>) {
    let span = store.span(&room(name)).await.unwrap();
    assert_eq!(span.room, room(name));
    (span.first.0, span.head.0, span.since)
}

async fn places(store: &Store, name: &str) -> Vec<u64> {
    seqs(&log(store, &room(name)).await)
}

pub(crate) async fn what_is_let_go_is_gone_and_places_go_on(bed: Bed) {
    let store = filled(&bed, &[("a", 10), ("b", 3)]).await;
    assert_eq!(span(&store, "a").await, (1, 10, Some(time(1))));
    assert_eq!(span(&store, "nowhere").await, (1, 0, None));
    store.forget(&room("a"), Seq(5)).await.unwrap();
    assert_eq!(span(&store, "a").await, (5, 10, Some(time(5))));
    // Never back, and nothing happens where there is nothing.
    store.forget(&room("a"), Seq(2)).await.unwrap();
    store.forget(&room("nowhere"), Seq(2)).await.unwrap();
    assert_eq!(places(&store, "a").await, [5, 6, 7, 8, 9, 10]);
    for (range, expected) in [
        (After(Seq(2)), vec![5, 6]),
        (Before(Seq(6)), vec![5]),
        (Before(Seq(5)), vec![]),
        (Around(Seq(1)), vec![5, 6]),
        (Last, vec![9, 10]),
    ] {
        let page = store.page(&room("a"), range, 2).await.unwrap();
        assert_eq!(seqs(&page), expected, "{range:?}");
    }
    // All of it: the room counts on, also after the log was closed.
    store.forget(&room("a"), Seq(u64::MAX)).await.unwrap();
    assert_eq!(span(&store, "a").await, (11, 10, None));
    store.close().await;
    let (store, _journal) = bed.open().await;
    assert_eq!(
        store.append(talk("a", 11)).await.unwrap().message.seq,
        Seq(11)
    );
    assert_eq!(span(&store, "a").await, (11, 11, Some(time(11))));
    assert_eq!(places(&store, "b").await, [1, 2, 3]);
    let firsts: Vec<_> = store
        .spans()
        .await
        .unwrap()
        .into_iter()
        .map(|span| span.first.0)
        .collect();
    assert_eq!(firsts.len(), 3);
    assert!(firsts.contains(&11));
}

pub(crate) async fn the_newest_of_each_room_are_kept(bed: Bed) {
    let store = filled(&bed, &[("a", 1_000), ("b", 300), ("c", 299)]).await;
    let keep = Keep {
        messages: Some(300),
        ..Keep::default()
    };
    assert_eq!(store.sweep(Keep::default(), time(0)).await, Ok(0));
    assert_eq!(store.sweep(keep, time(0)).await, Ok(700));
    assert_eq!(places(&store, "a").await, (701..=1_000).collect::<Vec<_>>());
    assert_eq!(
        (span(&store, "b").await.0, span(&store, "c").await.0),
        (1, 1)
    );
    store.append(talk("b", 301)).await.unwrap();
    assert_eq!(store.sweep(keep, time(0)).await, Ok(1));
    let nothing = Keep {
        messages: Some(0),
        ..Keep::default()
    };
    assert_eq!(store.sweep(nothing, time(0)).await, Ok(300 + 300 + 299));
    assert_eq!(span(&store, "b").await, (302, 301, None));
}

pub(crate) async fn what_is_young_is_kept(bed: Bed) {
    // The time of each is its number.
    let store = filled(&bed, &[("a", 1_000), ("b", 10)]).await;
    let keep = |millis, messages| Keep {
        time: Some(Duration::from_millis(millis)),
        messages,
    };
    assert_eq!(store.sweep(keep(2_000, None), time(1_000)).await, Ok(0));
    assert_eq!(
        store.sweep(keep(300, None), time(1_000)).await,
        Ok(699 + 10)
    );
    assert_eq!(span(&store, "a").await.0, 700);
    // Whichever lets go more.
    assert_eq!(store.sweep(keep(250, Some(290)), time(1_000)).await, Ok(50));
    assert_eq!(
        store.sweep(keep(250, Some(100)), time(1_000)).await,
        Ok(151)
    );
    assert_eq!(span(&store, "a").await.0, 901);
    assert_eq!(store.sweep(keep(0, None), time(1_001)).await, Ok(100));
    assert_eq!(span(&store, "a").await, (1_001, 1_000, None));
}

pub(crate) async fn what_was_let_go_can_be_said_again_and_not_changed(bed: Bed) {
    let store = filled(&bed, &[]).await;
    let said = Entry {
        author: Some(Author::unknown()),
        ..talk("a", 1)
    };
    store.append(said.clone()).await.unwrap();
    store.append(talk("a", 2)).await.unwrap();
    store.forget(&room("a"), Seq(2)).await.unwrap();
    let edit = Entry {
        change: Some(Change::Edits(Seq(1))),
        id: talk("a", 3).id,
        ..said.clone()
    };
    assert_eq!(store.append(edit).await, Err(WriteError::MessageUnknown));
    // An id is remembered as long as its message.
    let again = store.append(said).await.unwrap();
    assert_eq!((again.fresh, again.message.seq), (true, Seq(3)));
}
