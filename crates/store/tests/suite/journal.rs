//! The journal: what was stored, as it is stored.

use std::collections::BTreeMap;
use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Waker};

use chat::Seq;
use tokio::task::JoinSet;

use super::bed::{Bed, log, room, talk};

pub(crate) async fn the_journal_is_the_log_in_order(mut bed: Bed) {
    bed.options.batch = 5;
    let (store, mut journal) = bed.open().await;
    let mut writers = JoinSet::new();
    for writer in 0..16 {
        let store = store.clone();
        writers.spawn(async move {
            for step in 0..20 {
                let number = writer * 100 + step;
                let room = if number % 2 == 0 { "a" } else { "b" };
                store.append(talk(room, number)).await.unwrap();
            }
        });
    }
    let mut told: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut count = 0;
    while count < 16 * 20 {
        let batch = journal.recv().await.unwrap();
        assert!((1..=5).contains(&batch.len()));
        count += batch.len();
        for message in batch {
            // It is told when it can be read, not before.
            let head = store.head(&message.room_id).await.unwrap();
            assert!(message.seq <= head);
            told.entry(message.room_id.clone())
                .or_default()
                .push((*message).clone());
        }
    }
    writers.join_all().await;
    for (room, messages) in told {
        assert_eq!(messages, log(&store, &room).await);
    }
}

pub(crate) async fn the_journal_has_no_repeats(bed: Bed) {
    let (store, mut journal) = bed.open().await;
    for number in [1, 1, 2, 1, 2, 3] {
        store.append(talk("a", number)).await.unwrap();
    }
    store.close().await;
    let mut told = Vec::new();
    while let Some(batch) = journal.recv().await {
        told.extend(batch.iter().map(|message| message.seq.0));
    }
    assert_eq!(told, [1, 2, 3]);
}

pub(crate) async fn a_dropped_journal_does_not_stop_the_writer(mut bed: Bed) {
    bed.options.journal = 1;
    let (store, journal) = bed.open().await;
    store.append(talk("a", 1)).await.unwrap();
    drop(journal);
    for number in 2..=10 {
        store.append(talk("a", number)).await.unwrap();
    }
    assert_eq!(store.head(&room("a")).await.unwrap(), Seq(10));
    store.close().await;
}

pub(crate) async fn a_full_journal_makes_the_writer_wait(mut bed: Bed) {
    bed.options.journal = 1;
    let (store, mut journal) = bed.open().await;
    // The first batch fills the journal, the second one waits for a place in it, and the third
    // one for the second. Both that are on disk are answered.
    store.append(talk("a", 1)).await.unwrap();
    store.append(talk("a", 2)).await.unwrap();
    let mut third = pin!(store.append(talk("a", 3)));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..50 {
        assert!(third.as_mut().poll(&mut context).is_pending());
        assert_eq!(store.head(&room("a")).await.unwrap(), Seq(2));
    }
    assert_eq!(journal.recv().await.unwrap()[0].seq, Seq(1));
    assert_eq!(third.await.unwrap().message.seq, Seq(3));
    assert_eq!(journal.recv().await.unwrap()[0].seq, Seq(2));
    assert_eq!(journal.recv().await.unwrap()[0].seq, Seq(3));
}
