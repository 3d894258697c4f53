use proptest::prelude::*;

use super::*;

fn text(text: &str) -> Said {
    Said::Text(text.to_owned())
}

/// What these pieces of one answer say, and how it ended.
fn heard(download: &mut Download, pieces: &[&[u8]]) -> (Vec<Said>, Result<(), Fault>) {
    let mut said = Vec::new();
    let result = pieces
        .iter()
        .try_for_each(|piece| download.take(piece, &mut said))
        .and_then(|()| download.end());
    (said, result)
}

fn opened() -> Download {
    let mut download = Download::default();
    let opening = heard(&mut download, &[b"o\n"]);
    assert_eq!(opening, (vec![Said::Open], Ok(())));
    download
}

fn prelude() -> Vec<u8> {
    let mut prelude = vec![b'h'; 2048];
    prelude.push(b'\n');
    prelude
}

#[test]
fn a_streaming_answer_is_a_prelude_and_then_frames() {
    let mut download = Download::default();
    let (said, end) = heard(
        &mut download,
        &[&prelude(), b"o\n", b"a[\"one\",\"two\"]\n", b"h\n"],
    );
    assert_eq!(said, [Said::Open, text("one"), text("two")]);
    assert_eq!(end, Ok(()));
    // After 128 KiB the server ends the answer, and the next has its own prelude.
    let (said, end) = heard(&mut download, &[&prelude(), b"a[\"three\"]\n"]);
    assert_eq!(said, [text("three")]);
    assert_eq!(end, Ok(()));
}

#[test]
fn polls_hold_a_frame_each() {
    let mut download = opened();
    for (answer, says) in [("a[\"x\"]\n", vec![text("x")]), ("h\n", vec![])] {
        let polled = heard(&mut download, &[answer.as_bytes()]);
        assert_eq!(polled, (says, Ok(())));
    }
}

#[test]
fn chunks_may_be_cut_anywhere_even_within_a_letter() {
    let whole = [prelude(), "o\na[\"안녕 🙂\"]\nh\n".into()].concat();
    for size in 1..=whole.len() {
        let mut download = Download::default();
        let pieces: Vec<&[u8]> = whole.chunks(size).collect();
        let (said, end) = heard(&mut download, &pieces);
        assert_eq!(said, [Said::Open, text("안녕 🙂")], "chunks of {size}");
        assert_eq!(end, Ok(()));
    }
}

#[test]
fn a_close_frame_ends_the_session_after_what_was_said_before() {
    let (said, end) = heard(
        &mut opened(),
        &[b"a[\"last\"]\nc[3000,\"Go away!\"]\na[\"never\"]\n"],
    );
    assert_eq!(said, [text("last")]);
    assert_eq!(end, Err(Fault::Closed));
}

#[test]
fn nothing_may_be_said_before_the_opening_and_no_opening_twice() {
    for first in [&b"a[\"x\"]\n"[..], b"h\n"] {
        let mut download = Download::default();
        assert_eq!(heard(&mut download, &[first]), (vec![], Err(Fault::Broken)));
    }
    assert_eq!(
        heard(&mut opened(), &[b"o\n"]),
        (vec![], Err(Fault::Broken))
    );
}

#[test]
fn a_prelude_stands_only_at_the_start_of_an_answer() {
    let late = [b"h\n".to_vec(), prelude()].concat();
    assert_eq!(heard(&mut opened(), &[&late]), (vec![], Err(Fault::Broken)));
}

#[test]
fn a_page_of_some_proxy_is_no_session() {
    for page in [
        &b"<!DOCTYPE html>\n<title>Sign in</title>\n"[..],
        b"\n",
        b"a[\"\xff\"]\n",
        b"a[1]\n",
        b"hello\n",
    ] {
        let broken = heard(&mut opened(), &[page]);
        assert_eq!(broken, (vec![], Err(Fault::Broken)), "{page:?}");
    }
}

#[test]
fn an_answer_that_ends_within_a_line_has_lost_something() {
    let (said, end) = heard(&mut opened(), &[b"a[\"whole\"]\na[\"ha"]);
    assert_eq!(said, [text("whole")]);
    assert_eq!(end, Err(Fault::Cut));
}

#[test]
fn an_answer_without_a_frame_is_a_fault() {
    assert_eq!(heard(&mut opened(), &[]), (vec![], Err(Fault::Barren)));
    assert_eq!(
        heard(&mut opened(), &[&prelude()]),
        (vec![], Err(Fault::Barren))
    );
}

#[test]
fn answers_are_counted_once_they_have_ended_well() {
    let mut download = Download::default();
    for (answer, counted) in [(&b"o\n"[..], 1), (b"h\n", 2), (b"a[\"x\"]\na[\"y\"]\n", 3)] {
        let before = download.answers();
        download.take(answer, &mut Vec::new()).unwrap();
        assert_eq!(download.answers(), before);
        assert_eq!(download.end(), Ok(()));
        assert_eq!(download.answers(), counted);
    }
    assert_eq!(download.end(), Err(Fault::Barren));
    assert_eq!(download.answers(), 3);
}

#[test]
fn a_line_may_be_as_long_as_its_limit_and_not_a_byte_longer() {
    let frame = |length: usize| format!("a[\"{}\"]\n", "x".repeat(length - 5)).into_bytes();
    let (said, end) = heard(&mut opened(), &[&frame(Download::LINE)]);
    assert_eq!((said.len(), end), (1, Ok(())));
    for pieces in [Download::LINE + 1, 1024, 1] {
        let over = frame(Download::LINE + 1);
        let over = &over[..over.len() - 1];
        let pieces: Vec<&[u8]> = match pieces {
            1 => vec![&over[..1], &over[1..]],
            size => over.chunks(size).collect(),
        };
        assert_eq!(heard(&mut opened(), &pieces), (vec![], Err(Fault::TooLong)));
    }
}

proptest! {
    #[test]
    fn whatever_comes_it_never_panics_and_the_cuts_between_chunks_do_not_matter(
        answer in "[ho]?\n?(a\\[\"[a-z가-힣]{0,3}\"\\]\n|h{1,3}\n|o\n|c\\[1,\"\"\\]\n|.){0,8}",
        sizes in proptest::collection::vec(1..7usize, 1..9),
    ) {
        let bytes = answer.as_bytes();
        let mut pieces = Vec::new();
        let mut rest = bytes;
        for size in sizes.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at(size.min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        let whole = heard(&mut Download::default(), &[bytes]);
        prop_assert_eq!(heard(&mut Download::default(), &pieces), whole);
    }
}
