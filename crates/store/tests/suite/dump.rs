//! The whole log as a file, and back.

use chat::{Change, Kind, RoomName, Seq};
use store::dump::{Carried, DumpError, export, import};
use store::{Author, Entry, OpenError, Options, WriteError};

use super::bed::{Bed, log, moves, room, talk, time};

/// A log with rooms that are empty and full, and every sort of line.
async fn filled(bed: &Bed) {
    let (store, journal) = bed.open().await;
    drop(journal);
    let name = RoomName::parse("빈 방").unwrap();
    store
        .create_room(room("empty"), name, time(7))
        .await
        .unwrap();
    let many: Vec<_> = (1..=2_345).map(|number| talk("many", number)).collect();
    store.submit_all(many).await.unwrap().await.unwrap();
    for (number, kind) in (9_000..).zip([Kind::Enter, Kind::Leave]) {
        store
            .append(moves("lobby", "영희", kind, number))
            .await
            .unwrap();
    }
    let odd = Entry {
        message: "a\0b \"따옴표\"\r\n🙂".to_owned(),
        ..talk("lobby", 9_100)
    };
    store.append(odd).await.unwrap();
    store.close().await;
}

async fn exported(options: &Options) -> Vec<u8> {
    let mut file = Vec::new();
    let carried = export(options, &mut file, |_| {}).await.unwrap();
    assert_eq!((carried.rooms, carried.messages), (3, 2_348));
    file
}

async fn refused(bed: &Bed, file: &[u8]) -> DumpError {
    let error = import(&bed.options, &mut &*file, |_| {}).await.unwrap_err();
    assert!(!error.to_string().contains('\n'), "{error}");
    error
}

/// Everything is the same there, and it goes on where it was.
pub(crate) async fn carry(from: Bed, to: Bed) {
    filled(&from).await;
    let file = exported(&from.options).await;
    let mut steps = 0;
    let carried = import(&to.options, &mut &*file, |_| steps += 1)
        .await
        .unwrap();
    assert_eq!((carried.rooms, carried.messages), (3, 2_348));
    assert!(steps > 1);

    let ((old, _old_journal), (new, _journal)) = (from.open().await, to.open().await);
    assert_eq!(new.epoch(), old.epoch());
    let rooms = old.rooms().await.unwrap();
    assert_eq!(new.rooms().await.unwrap(), rooms);
    for room in &rooms {
        assert_eq!(
            log(&new, &room.room_id).await,
            log(&old, &room.room_id).await
        );
    }
    assert_eq!(new.present().await.unwrap(), old.present().await.unwrap());
    // What was sent before is known, places and times go on, and so does the making of rooms.
    assert!(!new.append(talk("many", 5)).await.unwrap().fresh);
    let next = new.append(talk("many", 50_000_000)).await.unwrap().message;
    assert_eq!((next.seq, next.created_at), (Seq(2_346), time(2_345)));
    assert_eq!(
        new.append(talk("new", 1)).await.unwrap().message.seq,
        Seq(1)
    );
    new.close().await;

    let again = refused(&to, &file).await;
    assert!(matches!(again, DumpError::NotEmpty(_)), "{again}");
}

pub(crate) async fn a_log_is_carried_into_another_database(bed: Bed) {
    let to = bed.another().await;
    carry(bed, to).await;
}

pub(crate) async fn a_file_with_a_fault_leaves_the_log_empty(bed: Bed) {
    filled(&bed).await;
    let file = exported(&bed.options).await;
    let to = bed.another().await;
    let text = String::from_utf8(file.clone()).unwrap();
    let lines: Vec<_> = text.split_inclusive('\n').collect();

    for length in [0, 1, file.len() / 2, file.len() - 1] {
        let error = refused(&to, &file[..length]).await;
        assert!(matches!(error, DumpError::CutShort(_)), "{length}: {error}");
    }
    let without_end = lines[..lines.len() - 1].concat();
    let error = refused(&to, without_end.as_bytes()).await;
    assert!(matches!(error, DumpError::CutShort(2_352)), "{error}");

    let newer = text.replacen("\"version\":2", "\"version\":3", 1);
    let error = refused(&to, newer.as_bytes()).await;
    assert!(matches!(error, DumpError::Newer(3)), "{error}");

    let twice = [&lines[..3], &lines[2..]].concat().concat();
    let without = [&lines[..2], &lines[3..]].concat().concat();
    let ahead = [&lines[..1], &lines[2..]].concat().concat();
    let after = format!("{text}\n");
    let no_lobby = [lines[0], "{\"end\":{\"rooms\":0,\"messages\":0}}\n"].concat();
    for (fault, line) in [
        (no_lobby, 2),
        (twice, 4),
        (without, 2_352),
        (ahead, 2),
        (after, 2_354),
    ] {
        let error = refused(&to, fault.as_bytes()).await;
        let DumpError::Line { line: found, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(found, line, "{error}");
    }

    let (store, _journal) = to.open().await;
    assert_eq!(store.rooms().await.unwrap().len(), 1);
    store.close().await;
    let carried = import(&to.options, &mut &*file, |_| {}).await.unwrap();
    assert_eq!(carried.messages, 2_348);
}

pub(crate) async fn a_log_is_exported_as_it_is_while_others_write(bed: Bed) {
    filled(&bed).await;
    let (store, journal) = bed.open().await;
    drop(journal);
    // Somebody speaks after every page.
    let (more, mut said) = tokio::sync::mpsc::unbounded_channel();
    let speaker = tokio::spawn(async move {
        let mut number = 100_000;
        while said.recv().await.is_some() {
            number += 1;
            store.append(talk("many", number)).await.unwrap();
            store
                .append(talk(&format!("r{number}"), number))
                .await
                .unwrap();
        }
        store.close().await;
    });
    let mut file = Vec::new();
    let carried = export(&bed.options, &mut file, |_| more.send(()).unwrap());
    let Carried { rooms, messages } = carried.await.unwrap();
    drop(more);
    speaker.await.unwrap();
    assert_eq!((rooms, messages), (3, 2_348));
}

pub(crate) async fn nothing_is_exported_from_nowhere(bed: Bed) {
    let error = export(&bed.options, &mut Vec::new(), |_| {})
        .await
        .unwrap_err();
    assert!(
        matches!(error, DumpError::Open(OpenError::Missing { .. })),
        "{error}"
    );
}

/// The author of this name says something in the room `a`.
fn written(number: u128, change: Option<Change>, by: &str) -> Entry {
    Entry {
        author: Author::of_key(&format!("{by:0>16}")),
        change,
        ..talk("a", number)
    }
}

pub(crate) async fn edits_authors_and_what_is_kept_are_carried(bed: Bed) {
    let to = bed.another().await;
    let (old, journal) = bed.open().await;
    drop(journal);
    for number in 1..=5 {
        let line = written(number, None, "me");
        old.append(line).await.unwrap();
    }
    let edits = |seq| Some(Change::Edits(Seq(seq)));
    let deletes = |seq| Some(Change::Deletes(Seq(seq)));
    for (number, change) in [(6, edits(3)), (7, edits(3)), (8, deletes(4)), (9, edits(5))] {
        let line = written(number, change, "me");
        old.append(line).await.unwrap();
    }
    old.forget(&room("a"), Seq(3)).await.unwrap();
    old.append(talk("b", 1)).await.unwrap();
    old.forget(&room("b"), Seq(2)).await.unwrap();
    let mut file = Vec::new();
    export(&bed.options, &mut file, |_| {}).await.unwrap();
    import(&to.options, &mut &*file, |_| {}).await.unwrap();

    let (new, _journal) = to.open().await;
    for name in ["a", "b"] {
        let room = room(name);
        assert_eq!(log(&new, &room).await, log(&old, &room).await);
        assert_eq!(
            new.span(&room).await.unwrap(),
            old.span(&room).await.unwrap()
        );
    }
    // Only who wrote it may go on changing it, and the edit that is replaced is erased there too.
    let foreign = new.append(written(10, edits(3), "you")).await;
    assert_eq!(foreign, Err(WriteError::MessageForeign));
    let fixed = new.append(written(10, edits(4), "me")).await;
    assert_eq!(fixed, Err(WriteError::MessageFixed));
    for store in [&old, &new] {
        let line = store.append(written(10, edits(3), "me")).await.unwrap();
        assert_eq!(line.message.seq, Seq(10));
    }
    let rewritten = log(&new, &room("a")).await;
    assert_eq!(rewritten, log(&old, &room("a")).await);
    let replaced: Vec<_> = rewritten.iter().filter(|line| line.deleted).collect();
    assert_eq!(replaced.len(), 3);
    let next = new.append(talk("b", 2)).await.unwrap().message;
    assert_eq!(next.seq, Seq(2));
    new.close().await;

    // What cannot be is refused.
    let text = String::from_utf8(file).unwrap();
    let other = bed.another().await;
    for (from, into) in [
        ("\"first\":3", "\"first\":11"),
        ("\"first\":3", "\"first\":0"),
        ("\"first\":3", "\"first\":4"),
        (",\"editedBy\":7", ""),
        ("\"edits\":5", "\"edits\":9"),
        ("\"lastSeq\":", "\"lastSeq\":1099511627776"),
        ("\"author\":\"", "\"author\":\"x"),
    ] {
        let bad = text.replacen(from, into, 1);
        assert_ne!(bad, text, "{from}");
        let error = refused(&other, bad.as_bytes()).await;
        assert!(matches!(error, DumpError::Line { .. }), "{error}");
    }
}

pub(crate) async fn a_file_of_the_first_version_is_read(bed: Bed) {
    let file = concat!(
        r#"{"log":{"version":1,"epoch":"old"}}"#,
        "\n",
        r#"{"room":{"roomId":"lobby","name":"lobby","createdAt":"2026-11-20T09:00:00.000Z","lastSeq":1}}"#,
        "\n",
        r#"{"message":{"type":"TALK","roomId":"lobby","sender":"a","message":"b","createdAt":"2026-11-20T09:00:00.000Z","id":"01920000-0000-7000-8000-000000000001","seq":1}}"#,
        "\n",
        r#"{"end":{"rooms":1,"messages":1}}"#,
        "\n",
    );
    import(&bed.options, &mut file.as_bytes(), |_| {})
        .await
        .unwrap();
    let (store, _journal) = bed.open().await;
    assert_eq!(store.epoch(), "old");
    assert_eq!(log(&store, &room("lobby")).await[0].message, "b");
    assert_eq!(store.span(&room("lobby")).await.unwrap().first, Seq(1));
}

pub(crate) async fn time_goes_on_from_the_latest_that_was_carried(bed: Bed) {
    // Another program's clock went backwards.
    let line = |seq: u64, minute: u64| {
        format!(
            r#"{{"message":{{"type":"TALK","roomId":"lobby","sender":"a","message":"b","createdAt":"2026-11-20T09:0{minute}:00.000Z","id":"01920000-0000-7000-8000-00000000000{seq}","seq":{seq}}}}}"#
        )
    };
    let file = [
        r#"{"log":{"version":1,"epoch":"old"}}"#.to_owned(),
        r#"{"room":{"roomId":"lobby","name":"lobby","createdAt":"2026-11-20T09:00:00.000Z","lastSeq":2}}"#.to_owned(),
        line(1, 5),
        line(2, 1),
        r#"{"end":{"rooms":1,"messages":2}}"#.to_owned(),
        String::new(),
    ]
    .join("\n");
    import(&bed.options, &mut file.as_bytes(), |_| {})
        .await
        .unwrap();
    let (store, _journal) = bed.open().await;
    let latest = log(&store, &room("lobby")).await[0].created_at;
    let entry = Entry {
        at: time(0),
        ..talk("lobby", 3)
    };
    let next = store.append(entry).await.unwrap().message;
    assert_eq!((next.seq, next.created_at), (Seq(3), latest));
}
