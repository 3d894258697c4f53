//! Pages at their edges.

use chat::{RoomId, Seq};
use store::Range::{After, Around, Before, Last};
use store::{Range, Store};

use super::bed::{Bed, log, room, seqs, talk};

/// A room with ten messages, and another one so that their lines lie beside each other.
async fn ten(bed: &Bed) -> Store {
    let (store, journal) = bed.open().await;
    drop(journal);
    for number in 1..=10 {
        store.append(talk("a", number)).await.unwrap();
        store.append(talk("b", number)).await.unwrap();
    }
    store
}

async fn page(store: &Store, range: Range, limit: u32) -> Vec<u64> {
    let page = store.page(&room("a"), range, limit).await.unwrap();
    assert!(page.iter().all(|message| message.room_id == room("a")));
    seqs(&page)
}

pub(crate) async fn pages_of_an_empty_room_are_empty(bed: Bed) {
    let (store, _journal) = bed.open().await;
    for room in [RoomId::lobby(), room("nowhere")] {
        for range in [After(Seq::ZERO), Before(Seq(9)), Around(Seq(3)), Last] {
            assert_eq!(store.page(&room, range, 10).await.unwrap(), []);
        }
    }
}

pub(crate) async fn pages_after_a_place(bed: Bed) {
    let store = ten(&bed).await;
    assert_eq!(page(&store, After(Seq::ZERO), 3).await, [1, 2, 3]);
    assert_eq!(page(&store, After(Seq(3)), 1).await, [4]);
    assert_eq!(page(&store, After(Seq(8)), 100).await, [9, 10]);
    for (seq, limit) in [(10, 5), (11, 5), (u64::MAX, 5), (0, 0)] {
        assert_eq!(page(&store, After(Seq(seq)), limit).await, [0; 0]);
    }
}

pub(crate) async fn pages_before_a_place(bed: Bed) {
    let store = ten(&bed).await;
    assert_eq!(page(&store, Before(Seq(4)), 2).await, [2, 3]);
    assert_eq!(page(&store, Before(Seq(4)), 100).await, [1, 2, 3]);
    assert_eq!(page(&store, Before(Seq(2)), 1).await, [1]);
    assert_eq!(page(&store, Before(Seq(500)), 2).await, [9, 10]);
    assert_eq!(page(&store, Before(Seq(u64::MAX)), 2).await, [9, 10]);
    for (seq, limit) in [(1, 5), (0, 5), (5, 0)] {
        assert_eq!(page(&store, Before(Seq(seq)), limit).await, [0; 0]);
    }
}

pub(crate) async fn pages_around_a_place(bed: Bed) {
    let store = ten(&bed).await;
    assert_eq!(page(&store, Around(Seq(5)), 5).await, [3, 4, 5, 6, 7]);
    assert_eq!(page(&store, Around(Seq(5)), 4).await, [3, 4, 5, 6]);
    assert_eq!(page(&store, Around(Seq(5)), 1).await, [5]);
    assert_eq!(page(&store, Around(Seq(5)), 0).await, [0; 0]);
    // Near an end the page is moved, and stays as long.
    assert_eq!(page(&store, Around(Seq(1)), 4).await, [1, 2, 3, 4]);
    assert_eq!(page(&store, Around(Seq(0)), 4).await, [1, 2, 3, 4]);
    assert_eq!(page(&store, Around(Seq(10)), 4).await, [7, 8, 9, 10]);
    assert_eq!(page(&store, Around(Seq(u64::MAX)), 4).await, [7, 8, 9, 10]);
    let all: Vec<_> = (1..=10).collect();
    assert_eq!(page(&store, Around(Seq(2)), 10).await, all);
    assert_eq!(page(&store, Around(Seq(9)), 100).await, all);
}

pub(crate) async fn the_last_page(bed: Bed) {
    let store = ten(&bed).await;
    assert_eq!(page(&store, Last, 3).await, [8, 9, 10]);
    assert_eq!(page(&store, Last, 1).await, [10]);
    assert_eq!(page(&store, Last, 0).await, [0; 0]);
    assert_eq!(page(&store, Last, 100).await, (1..=10).collect::<Vec<_>>());
}

pub(crate) async fn pages_have_a_longest_length(bed: Bed) {
    let (store, journal) = bed.open().await;
    drop(journal);
    let over = Store::MAX_PAGE + 1;
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..over {
        let store = store.clone();
        writers.spawn(async move { store.append(talk("a", number.into())).await.unwrap() });
    }
    writers.join_all().await;
    for range in [After(Seq::ZERO), Last, Around(Seq(5))] {
        let page = page(&store, range, u32::MAX).await;
        assert_eq!(page.len(), Store::MAX_PAGE as usize);
    }
    assert_eq!(log(&store, &room("a")).await.len(), over as usize);
}
