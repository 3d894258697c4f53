//! Rooms, and who is in them.

use std::future::Future as _;
use std::task::{Context, Waker};

use chat::{Kind, RoomId, RoomName, Seq};
use store::WriteError;

use super::bed::{Bed, log, moves, room, sender, talk, time};

pub(crate) async fn a_fresh_log_has_an_empty_lobby(bed: Bed) {
    let (store, _journal) = bed.open().await;
    let rooms = store.rooms().await.unwrap();
    assert_eq!(rooms.len(), 1);
    assert_eq!(rooms[0].room_id, RoomId::lobby());
    assert_eq!(rooms[0].name.as_str(), "lobby");
    assert_eq!(rooms[0].last_seq, Seq::ZERO);
    assert_eq!(
        store.room(&RoomId::lobby()).await.unwrap().as_ref(),
        rooms.first()
    );
    assert_eq!(store.room(&room("nowhere")).await.unwrap(), None);
    assert_eq!(store.head(&room("nowhere")).await.unwrap(), Seq::ZERO);
    store.check().await.unwrap();
}

pub(crate) async fn rooms_are_listed_in_the_order_they_were_made(bed: Bed) {
    let (store, _journal) = bed.open().await;
    // Neither the names, the ids nor the given times are in this order.
    for (id, name, at) in [("z", "셋", 9), ("a", "하나", 5), ("m", "둘", 7)] {
        let name = RoomName::parse(name).unwrap();
        store.create_room(room(id), name, time(at)).await.unwrap();
    }
    store.append(talk("m", 1)).await.unwrap();
    let rooms = store.rooms().await.unwrap();
    let ids: Vec<_> = rooms.iter().map(|room| room.room_id.as_str()).collect();
    assert_eq!(ids, ["lobby", "z", "a", "m"]);
    assert_eq!(rooms[3].name.as_str(), "둘");
    assert_eq!(rooms[3].created_at, time(7));
    assert_eq!(rooms[3].last_seq, Seq(1));
}

pub(crate) async fn making_a_room_twice_keeps_the_first(bed: Bed) {
    let (store, _journal) = bed.open().await;
    let (first, second) = (
        RoomName::parse("처음").unwrap(),
        RoomName::parse("다음").unwrap(),
    );
    let (made, newly) = store
        .create_room(room("r"), first.clone(), time(1))
        .await
        .unwrap();
    assert!(newly);
    store.append(talk("r", 2)).await.unwrap();
    let (found, newly) = store.create_room(room("r"), second, time(3)).await.unwrap();
    assert!(!newly);
    assert_eq!((&found.name, found.created_at), (&first, made.created_at));
    assert_eq!(found.last_seq, Seq(1));
    assert_eq!(store.room(&room("r")).await.unwrap(), Some(found));
}

pub(crate) async fn rooms_are_made_by_being_entered_where_asked(bed: Bed) {
    let (store, _journal) = bed.open().await;
    let mut entry = talk("우리방", 7);
    entry.create_room = false;
    let refused = store.append(entry.clone()).await;
    assert_eq!(refused, Err(WriteError::RoomUnknown));
    assert_eq!(store.room(&entry.room).await.unwrap(), None);

    entry.create_room = true;
    assert_eq!(
        store.append(entry.clone()).await.unwrap().message.seq,
        Seq(1)
    );
    let made = store.room(&entry.room).await.unwrap().unwrap();
    assert_eq!((made.name.as_str(), made.created_at), ("우리방", entry.at));

    let mut next = talk("우리방", 8);
    next.create_room = false;
    assert_eq!(store.append(next).await.unwrap().message.seq, Seq(2));
}

pub(crate) async fn the_rooms_limit_holds_at_its_edge(mut bed: Bed) {
    bed.options.max_rooms = 3;
    let (store, _journal) = bed.open().await;
    let name = RoomName::parse("방").unwrap();
    store
        .create_room(room("a"), name.clone(), time(0))
        .await
        .unwrap();
    store.append(talk("b", 1)).await.unwrap();

    let made = store.create_room(room("c"), name.clone(), time(0)).await;
    assert_eq!(made, Err(WriteError::RoomsFull));
    assert_eq!(store.append(talk("c", 2)).await, Err(WriteError::RoomsFull));
    // Those that are there go on.
    let (_, newly) = store.create_room(room("a"), name, time(0)).await.unwrap();
    assert!(!newly);
    assert_eq!(
        store.append(talk("a", 3)).await.unwrap().message.seq,
        Seq(1)
    );
    assert_eq!(store.rooms().await.unwrap().len(), 3);
    store.close().await;

    // The count is of the rooms there are, not of those made since the start.
    let (store, _journal) = bed.open().await;
    assert_eq!(store.append(talk("c", 4)).await, Err(WriteError::RoomsFull));
    store.close().await;
    bed.options.max_rooms = 4;
    let (store, _journal) = bed.open().await;
    assert_eq!(
        store.append(talk("c", 5)).await.unwrap().message.seq,
        Seq(1)
    );
}

pub(crate) async fn reopening_keeps_everything(bed: Bed) {
    let (store, _journal) = bed.open().await;
    for number in 0..20 {
        store
            .append(talk(["lobby", "a", "b"][number % 3], number as u128))
            .await
            .unwrap();
    }
    let rooms = store.rooms().await.unwrap();
    let mut logs = Vec::new();
    for room in &rooms {
        logs.push(log(&store, &room.room_id).await);
    }
    store.close().await;

    let (store, _journal) = bed.open().await;
    assert_eq!(store.rooms().await.unwrap(), rooms);
    for (room, before) in rooms.iter().zip(logs) {
        assert_eq!(log(&store, &room.room_id).await, before);
        let next = store
            .append(talk(room.room_id.as_str(), 1_000))
            .await
            .unwrap();
        assert_eq!(next.message.seq, room.last_seq.next());
    }
}

pub(crate) async fn an_open_that_is_given_up_hinders_no_other(bed: Bed) {
    for _ in 0..8 {
        let mut given_up = Box::pin(bed.open());
        let mut context = Context::from_waker(Waker::noop());
        assert!(given_up.as_mut().poll(&mut context).is_pending());
        drop(given_up);
    }
    let (store, _journal) = bed.open().await;
    store.append(talk("a", 1)).await.unwrap();
    assert_eq!(store.rooms().await.unwrap().len(), 2);
}

pub(crate) async fn an_epoch_is_one_logs_own(bed: Bed) {
    let (store, _journal) = bed.open().await;
    let epoch = store.epoch().to_owned();
    store.close().await;
    let (store, _journal) = bed.open().await;
    assert_eq!(store.epoch(), epoch);
    let another = bed.another().await;
    let (other, _journal) = another.open().await;
    assert_ne!(other.epoch(), epoch);
}

pub(crate) async fn who_is_present_survives_a_restart(bed: Bed) {
    let (store, _journal) = bed.open().await;
    assert_eq!(store.present().await.unwrap(), []);
    let steps = [
        ("a", "철수", Kind::Enter),
        ("a", "영희", Kind::Enter),
        ("b", "철수", Kind::Enter),
        ("a", "철수", Kind::Talk),
        ("a", "영희", Kind::Leave),
        ("b", "민수", Kind::Leave),
        ("b", "지나가던이", Kind::Talk),
        ("b", "철수", Kind::Leave),
        ("b", "철수", Kind::Enter),
    ];
    for (number, (room, who, kind)) in (0..).zip(steps) {
        store.append(moves(room, who, kind, number)).await.unwrap();
    }
    store.close().await;

    let (store, _journal) = bed.open().await;
    let mut present = store.present().await.unwrap();
    present.sort_unstable();
    let expected = [(room("a"), sender("철수")), (room("b"), sender("철수"))];
    assert_eq!(present, expected);
}
