//! Appending: places, times, repeats, and what a caller that goes away leaves behind.

use std::collections::BTreeMap;
use std::future::Future as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use chat::Seq;
use store::{Entry, ReadError, WriteError};
use tokio::task::JoinSet;

use super::bed::{Bed, log, room, sender, seqs, talk, time};

pub(crate) async fn appends_get_their_places_without_a_hole(bed: Bed) {
    let (store, _journal) = bed.open().await;
    for number in 1..=5 {
        let entry = talk("a", number);
        let appended = store.append(entry.clone()).await.unwrap();
        assert!(appended.fresh);
        let message = &appended.message;
        assert_eq!(u128::from(message.seq.0), number);
        assert_eq!(
            (
                &message.room_id,
                message.kind,
                &message.sender,
                &message.message,
                message.id,
                message.created_at
            ),
            (
                &entry.room,
                entry.kind,
                &entry.sender,
                &entry.message,
                entry.id,
                entry.at
            ),
        );
        // What has been answered can be read.
        assert_eq!(store.head(&entry.room).await.unwrap(), message.seq);
    }
    assert_eq!(
        store.append(talk("b", 6)).await.unwrap().message.seq,
        Seq(1)
    );
}

pub(crate) async fn concurrent_appends_leave_no_hole(mut bed: Bed) {
    const WRITERS: u128 = 64;
    const EACH: u128 = 20;
    const ROOMS: [&str; 5] = ["lobby", "a", "b", "c", "d"];

    // Small enough that callers wait for a place in the queue and batches are full.
    bed.options.queue = 16;
    bed.options.batch = 7;
    let (store, mut journal) = bed.open().await;
    let told = tokio::spawn(async move {
        let mut told = 0;
        while let Some(batch) = journal.recv().await {
            told += batch.len();
        }
        told
    });
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        writers.spawn(async move {
            let mut given = Vec::new();
            for step in 0..EACH {
                let number = writer * EACH + step;
                let at = usize::try_from(number).unwrap() % ROOMS.len();
                given.push(store.append(talk(ROOMS[at], number)).await.unwrap().message);
            }
            given
        });
    }
    let mut given: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for message in writers.join_all().await.into_iter().flatten() {
        given
            .entry(message.room_id.clone())
            .or_default()
            .push(message);
    }
    assert_eq!(given.len(), ROOMS.len());
    for (room, mut messages) in given {
        messages.sort_by_key(|message| message.seq);
        let log = log(&store, &room).await;
        assert_eq!(seqs(&log), (1..=messages.len() as u64).collect::<Vec<_>>());
        assert!(log.iter().eq(messages.iter().map(Arc::as_ref)));
    }
    store.close().await;
    assert_eq!(told.await.unwrap() as u128, WRITERS * EACH);
}

pub(crate) async fn time_never_runs_backwards_in_a_room(bed: Bed) {
    let (store, _journal) = bed.open().await;
    for (number, at, stored) in [(1, 50, 50), (2, 40, 50), (3, 60, 60)] {
        let entry = Entry {
            at: time(at),
            ..talk("a", number)
        };
        assert_eq!(
            store.append(entry).await.unwrap().message.created_at,
            time(stored)
        );
    }
    store.close().await;
    let (store, _journal) = bed.open().await;
    let entry = Entry {
        at: time(10),
        ..talk("a", 4)
    };
    assert_eq!(
        store.append(entry).await.unwrap().message.created_at,
        time(60)
    );
    // Another room has a time of its own.
    let entry = Entry {
        at: time(10),
        ..talk("b", 5)
    };
    assert_eq!(
        store.append(entry).await.unwrap().message.created_at,
        time(10)
    );
}

pub(crate) async fn any_text_is_kept_letter_for_letter(bed: Bed) {
    let (store, _journal) = bed.open().await;
    let texts = [
        "",
        " 앞뒤 ",
        "a\0b",
        "줄\r\n바꿈",
        "🙂\u{200d}",
        "'; DROP TABLE message; --",
    ];
    for (number, text) in (0..).zip(texts) {
        let message = text.to_owned();
        store
            .append(Entry {
                message,
                ..talk("a", number)
            })
            .await
            .unwrap();
    }
    let kept: Vec<_> = log(&store, &room("a"))
        .await
        .into_iter()
        .map(|line| line.message)
        .collect();
    assert_eq!(kept, texts);
}

pub(crate) async fn the_same_id_is_stored_once(bed: Bed) {
    let (store, _journal) = bed.open().await;
    let first = store.append(talk("a", 1)).await.unwrap();
    store.append(talk("a", 2)).await.unwrap();
    let mut again = talk("a", 1);
    again.create_room = false;
    let repeat = store.append(again).await.unwrap();
    assert!(!repeat.fresh);
    assert_eq!(repeat.message, first.message);
    assert_eq!(
        store.append(talk("a", 3)).await.unwrap().message.seq,
        Seq(3)
    );
    assert_eq!(log(&store, &room("a")).await.len(), 3);
}

pub(crate) async fn the_same_id_at_once_is_stored_once(bed: Bed) {
    let (store, _journal) = bed.open().await;
    let mut writers = JoinSet::new();
    for _ in 0..32 {
        let store = store.clone();
        writers.spawn(async move { store.append(talk("a", 1)).await.unwrap() });
    }
    let answers = writers.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.fresh).count(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| answer.message == answers[0].message)
    );
    assert_eq!(log(&store, &room("a")).await.len(), 1);
}

pub(crate) async fn a_repeat_among_other_lines_changes_nothing_for_them(mut bed: Bed) {
    bed.options.max_rooms = 4;
    let (store, mut journal) = bed.open().await;
    store.append(talk("a", 1)).await.unwrap();
    journal.recv().await.unwrap();
    // One batch, which makes a room as well.
    let lines = vec![talk("a", 2), talk("a", 1), talk("b", 3), talk("a", 4)];
    store.submit_all(lines).await.unwrap().await.unwrap();
    let told = journal.recv().await.unwrap();
    let places: Vec<_> = told
        .iter()
        .map(|line| (line.room_id.clone(), line.seq.0, line.id))
        .collect();
    let place = |entry: Entry, seq| (entry.room, seq, entry.id);
    assert_eq!(
        places,
        [
            place(talk("a", 2), 2),
            place(talk("b", 3), 1),
            place(talk("a", 4), 3)
        ]
    );
    // There is place for one more room, and no more.
    store.append(talk("c", 5)).await.unwrap();
    assert_eq!(store.append(talk("d", 6)).await, Err(WriteError::RoomsFull));
    for (name, count) in [("a", 3), ("b", 1), ("c", 1)] {
        assert_eq!(
            seqs(&log(&store, &room(name)).await),
            (1..=count).collect::<Vec<_>>()
        );
        assert_eq!(
            store.span(&room(name)).await.unwrap().head,
            Seq(count),
            "{name}"
        );
    }
}

pub(crate) async fn the_same_id_is_known_after_reopening(bed: Bed) {
    let (store, _journal) = bed.open().await;
    let first = store.append(talk("a", 1)).await.unwrap();
    store.close().await;
    let (store, _journal) = bed.open().await;
    let repeat = store.append(talk("a", 1)).await.unwrap();
    assert!(!repeat.fresh);
    assert_eq!(repeat.message, first.message);
}

pub(crate) async fn an_id_is_one_senders_in_one_room(bed: Bed) {
    let (store, _journal) = bed.open().await;
    let other = Entry {
        sender: sender("영희"),
        ..talk("a", 1)
    };
    for (entry, seq) in [(talk("a", 1), 1), (other, 2), (talk("b", 1), 1)] {
        let appended = store.append(entry).await.unwrap();
        assert!(appended.fresh);
        assert_eq!(appended.message.seq, Seq(seq));
    }
}

pub(crate) async fn a_dropped_append_is_stored_whole_or_not_at_all(bed: Bed) {
    let (store, mut journal) = bed.open().await;
    for number in 1..=50 {
        let append = store.append(talk("a", number));
        // One poll queues the line; then its caller goes away.
        let polled = pin!(append).poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }
    let last = store.append(talk("a", 51)).await.unwrap();
    assert_eq!(last.message.seq, Seq(51));
    let log = log(&store, &room("a")).await;
    assert_eq!(seqs(&log), (1..=51).collect::<Vec<_>>());
    // They come out of the journal like any other, and are known when they come again.
    assert!(!store.append(talk("a", 7)).await.unwrap().fresh);
    store.close().await;
    let mut told = Vec::new();
    while let Some(batch) = journal.recv().await {
        told.extend(batch.iter().map(|message| message.seq.0));
    }
    assert_eq!(told, seqs(&log));
}

pub(crate) async fn a_closed_log_says_so(bed: Bed) {
    let (store, mut journal) = bed.open().await;
    store.append(talk("a", 1)).await.unwrap();
    let other = store.clone();
    // Both may close it; both return when it is closed.
    tokio::join!(store.clone().close(), store.close());
    assert_eq!(other.append(talk("a", 2)).await, Err(WriteError::Closed));
    assert_eq!(other.check().await, Err(ReadError::Closed.into()));
    assert_eq!(other.rooms().await, Err(ReadError::Closed));
    assert_eq!(journal.recv().await.unwrap().len(), 1);
    assert_eq!(journal.recv().await, None);
}

pub(crate) async fn dropping_the_last_handle_finishes_what_is_queued(bed: Bed) {
    let (store, mut journal) = bed.open().await;
    for number in 1..=10 {
        let append = store.append(talk("a", number));
        let polled = pin!(append).poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }
    drop(store);
    let mut told = 0;
    while let Some(batch) = journal.recv().await {
        told += batch.len();
    }
    assert_eq!(told, 10);
    let (store, _journal) = bed.open().await;
    assert_eq!(store.head(&room("a")).await.unwrap(), Seq(10));
}

pub(crate) async fn lines_that_belong_together_are_all_stored_or_none(mut bed: Bed) {
    bed.options.max_rooms = 2;
    let (store, _journal) = bed.open().await;
    // More than one statement takes where it takes many.
    let many: Vec<_> = (1..=5_000).map(|id| talk("lobby", id)).collect();
    let ids: Vec<_> = many.iter().map(|line| line.id).collect();
    store.submit_all(many).await.unwrap().await.unwrap();
    let stored = log(&store, &room("lobby")).await;
    assert!((1..=5_000).eq(seqs(&stored)));
    assert!(ids.into_iter().eq(stored.iter().map(|line| line.id)));

    let too_many = vec![talk("lobby", 6_001), talk("a", 6_002), talk("b", 6_003)];
    let refused = store.submit_all(too_many).await.unwrap().await;
    assert_eq!(refused, Err(WriteError::RoomsFull));
    assert_eq!(store.head(&room("lobby")).await.unwrap(), Seq(5_000));
    assert_eq!(store.room(&room("a")).await.unwrap(), None);
}
