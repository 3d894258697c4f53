//! Lines that edit and delete earlier ones.

use chat::{Change, Kind, RoomMessage, Seq};
use store::{Author, Entry, Store, WriteError};

use super::bed::{Bed, log, moves, room, seqs, talk};

fn author(name: &str) -> Author {
    Author::of_key(&format!("{name:0>16}")).unwrap()
}

/// 철수 says the number.
fn said(number: u128) -> Entry {
    Entry {
        author: Some(author("a")),
        ..talk("a", number)
    }
}

fn edit(number: u128, target: u64, text: &str) -> Entry {
    Entry {
        change: Some(Change::Edits(Seq(target))),
        message: text.to_owned(),
        ..said(number)
    }
}

fn delete(number: u128, target: u64) -> Entry {
    Entry {
        change: Some(Change::Deletes(Seq(target))),
        message: "철수님이 메시지를 삭제했습니다.".to_owned(),
        ..said(number)
    }
}

async fn texts(store: &Store) -> Vec<(String, bool)> {
    let log = log(store, &room("a")).await;
    assert_eq!(seqs(&log), (1..=log.len() as u64).collect::<Vec<_>>());
    log.into_iter()
        .map(|line| (line.message, line.deleted))
        .collect()
}

fn text(text: &str) -> (String, bool) {
    (text.to_owned(), false)
}

fn stone() -> (String, bool) {
    (String::new(), true)
}

async fn refusal(store: &Store, entry: Entry) -> WriteError {
    store.append(entry).await.unwrap_err()
}

pub(crate) async fn an_edit_is_a_line_and_rewrites_its_target(bed: Bed) {
    let (store, mut journal) = bed.open().await;
    store.append(said(1)).await.unwrap();
    let line = store.append(edit(2, 1, "고침")).await.unwrap().message;
    assert_eq!(
        (line.seq, line.edits, line.deletes),
        (Seq(2), Some(Seq(1)), None)
    );
    assert_eq!((line.message.as_str(), line.kind), ("고침", Kind::Talk));

    let kept = log(&store, &room("a")).await;
    assert_eq!(kept[0].message, "고침");
    assert_eq!(kept[0].edited_at, Some(line.created_at));
    assert_eq!(kept[1], *line);
    assert_eq!(store.head(&room("a")).await.unwrap(), Seq(2));
    let mut told: Vec<RoomMessage> = Vec::new();
    while told.len() < 2 {
        let batch = journal.recv().await.unwrap();
        told.extend(batch.iter().map(|line| (**line).clone()));
    }
    assert_eq!(told[1], *line);
}

pub(crate) async fn a_text_that_was_replaced_is_nowhere_any_more(bed: Bed) {
    let (store, _journal) = bed.open().await;
    store.append(said(1)).await.unwrap();
    store.append(edit(2, 1, "둘째")).await.unwrap();
    store.append(edit(3, 1, "셋째")).await.unwrap();
    assert_eq!(texts(&store).await, [text("셋째"), stone(), text("셋째")]);
    let notice = delete(4, 1).message;
    store.append(delete(4, 1)).await.unwrap();
    assert_eq!(
        texts(&store).await,
        [stone(), stone(), stone(), text(&notice)]
    );
    let log = log(&store, &room("a")).await;
    assert_eq!((log[0].edited_at, log[2].edits), (None, Some(Seq(1))));
    assert_eq!(log[3].deletes, Some(Seq(1)));
}

pub(crate) async fn only_what_somebody_said_can_be_changed(bed: Bed) {
    let (store, _journal) = bed.open().await;
    store
        .append(moves("a", "철수", Kind::Enter, 1))
        .await
        .unwrap();
    store.append(said(2)).await.unwrap();
    store.append(edit(3, 2, "고침")).await.unwrap();
    store.append(said(4)).await.unwrap();
    store.append(delete(5, 4)).await.unwrap();
    for (target, why) in [
        (0, WriteError::MessageUnknown),
        (1, WriteError::MessageFixed),
        (3, WriteError::MessageFixed),
        (4, WriteError::MessageFixed),
        (5, WriteError::MessageFixed),
        (6, WriteError::MessageUnknown),
        (u64::MAX, WriteError::MessageUnknown),
    ] {
        assert_eq!(refusal(&store, edit(9, target, "x")).await, why, "{target}");
        assert_eq!(refusal(&store, delete(9, target)).await, why, "{target}");
    }
    let elsewhere = Entry {
        room: room("nowhere"),
        ..edit(9, 1, "x")
    };
    assert_eq!(refusal(&store, elsewhere).await, WriteError::MessageUnknown);
    assert_eq!(store.room(&room("nowhere")).await.unwrap(), None);
    assert_eq!(store.head(&room("a")).await.unwrap(), Seq(5));
}

pub(crate) async fn only_its_author_can_change_a_line(bed: Bed) {
    let (store, _journal) = bed.open().await;
    store.append(said(1)).await.unwrap();
    store.append(talk("a", 2)).await.unwrap();
    for (who, target) in [
        (Some(author("b")), 1),
        (None, 1),
        (None, 2),
        (Some(author("a")), 2),
    ] {
        for change in [edit(9, target, "x"), delete(9, target)] {
            let change = Entry {
                author: who,
                ..change
            };
            assert_eq!(refusal(&store, change).await, WriteError::MessageForeign);
        }
    }
    // Also after the log was closed, and where the line is as new as its change.
    store.close().await;
    let (store, _journal) = bed.open().await;
    let pending = [said(3), edit(4, 3, "고침"), delete(5, 1)].map(|entry| store.submit(entry));
    for pending in pending {
        pending.await.unwrap().await.unwrap();
    }
    let log = texts(&store).await;
    assert_eq!((log[0].clone(), log[2].clone()), (stone(), text("고침")));
}

pub(crate) async fn a_change_sent_again_is_done_once(bed: Bed) {
    let (store, _journal) = bed.open().await;
    store.append(said(1)).await.unwrap();
    for entry in [edit(2, 1, "둘째"), edit(3, 1, "셋째"), delete(4, 1)] {
        let first = store.append(entry.clone()).await.unwrap();
        let again = store.append(entry).await.unwrap();
        assert!(first.fresh && !again.fresh);
        assert_eq!(again.message.seq, first.message.seq);
    }
    // What was rewritten since is still a repeat.
    for entry in [said(1), edit(2, 1, "둘째"), edit(3, 1, "셋째")] {
        assert!(!store.append(entry).await.unwrap().fresh);
    }
    assert_eq!(store.head(&room("a")).await.unwrap(), Seq(4));
    // But an id that stood for something else is not.
    for entry in [edit(1, 1, "말 1"), said(2), edit(2, 3, "x"), delete(3, 1)] {
        assert_eq!(refusal(&store, entry).await, WriteError::IdReused);
    }
}

pub(crate) async fn the_same_id_with_another_text_is_refused(bed: Bed) {
    let (store, _journal) = bed.open().await;
    let first = store.append(said(1)).await.unwrap();
    let other = Entry {
        message: "다른 말".to_owned(),
        ..said(1)
    };
    assert_eq!(refusal(&store, other.clone()).await, WriteError::IdReused);
    assert_eq!(store.append(said(1)).await.unwrap().message, first.message);
    // Neither within a group, which is refused as a whole, nor beside it.
    let other = Entry {
        id: said(7).id,
        ..other
    };
    let group = vec![said(6), said(7), other.clone()];
    let answer = store.submit_all(group).await.unwrap().await;
    assert_eq!(answer, Err(WriteError::IdReused));
    assert_eq!(store.head(&room("a")).await.unwrap(), Seq(1));
    // Nor in a room that the group makes.
    let there = |entry: Entry| Entry {
        room: room("new"),
        create_room: true,
        ..entry
    };
    let group = [said(7), other].map(there).to_vec();
    let answer = store.submit_all(group).await.unwrap().await;
    assert_eq!(answer, Err(WriteError::IdReused));
    assert!(store.room(&room("new")).await.unwrap().is_none());
    let group = vec![said(6), said(7), said(7)];
    store.submit_all(group).await.unwrap().await.unwrap();
    let stored = log(&store, &room("a")).await;
    let ids: Vec<_> = stored.iter().map(|line| line.id).collect();
    assert_eq!(ids, [said(1), said(6), said(7)].map(|line| line.id));
}

pub(crate) async fn changes_of_a_group_are_all_done_or_none(bed: Bed) {
    let (store, _journal) = bed.open().await;
    store.append(said(1)).await.unwrap();
    // The line that a group changes stood before it, and is not changed once it is erased.
    for (group, why) in [
        (
            vec![edit(2, 1, "x"), edit(3, 9, "x")],
            WriteError::MessageUnknown,
        ),
        (vec![said(2), edit(3, 2, "x")], WriteError::MessageUnknown),
        (
            vec![delete(2, 1), edit(3, 1, "x")],
            WriteError::MessageFixed,
        ),
    ] {
        assert_eq!(store.submit_all(group).await.unwrap().await, Err(why));
        assert_eq!(texts(&store).await, [text("말 1")]);
    }
    let group = vec![edit(2, 1, "둘째"), delete(3, 1)];
    store.submit_all(group).await.unwrap().await.unwrap();
    let notice = delete(3, 1).message;
    assert_eq!(texts(&store).await, [stone(), stone(), text(&notice)]);
}
