use super::{
    Transport::{Polling, Streaming, WebSocket},
    *,
};

const NOW: Duration = Duration::from_secs(1_000);
const DATE: Duration = Duration::from_secs(1_795_000_000);
const SOON: Duration = Duration::from_millis(100);

fn knows(transport: Transport) -> Choice {
    Choice::new(Some(Record {
        transport,
        found: DATE,
    }))
}

fn recorded(choice: &Choice) -> Option<Transport> {
    choice.record().map(|record| record.transport)
}

/// A round in which the transports `broken` fail at once. Returns what stands in the end.
fn round(choice: &mut Choice, broken: &[Transport]) -> Option<Transport> {
    let mut transport = choice.begin(NOW, DATE);
    while broken.contains(&transport) {
        match choice.ended(NOW) {
            Next::Try(next) => transport = next,
            Next::Pause | Next::PauseAfresh => return None,
        }
    }
    choice.linked(NOW, DATE);
    Some(transport)
}

/// Links that were cut short, in one round each.
fn cut_short(choice: &mut Choice, times: u8) -> Next {
    let mut next = Next::Pause;
    for _ in 0..times {
        round(choice, &[]);
        next = choice.ended(NOW + SOON);
    }
    next
}

#[test]
fn the_best_is_tried_first_and_polling_last() {
    let mut choice = Choice::default();
    assert_eq!(choice.begin(NOW, DATE), WebSocket);
    assert_eq!(choice.ended(NOW), Next::Try(Streaming));
    assert_eq!(choice.ended(NOW), Next::Try(Polling));
    assert_eq!(choice.ended(NOW), Next::Pause);
    assert_eq!(choice.begin(NOW, DATE), WebSocket);
}

#[test]
fn silence_is_borne_for_five_seconds_and_for_ten_where_nothing_comes_after() {
    let mut choice = Choice::default();
    choice.begin(NOW, DATE);
    let mut now = NOW + Choice::SILENCE;
    assert_eq!(choice.deadline(), Some(now));
    assert_eq!(choice.ended(now), Next::Try(Streaming));
    now += Choice::SILENCE;
    assert_eq!(choice.deadline(), Some(now));
    assert_eq!(choice.ended(now), Next::Try(Polling));
    now += Choice::LINK;
    assert_eq!(choice.deadline(), Some(now));
    assert_eq!(choice.ended(now), Next::Pause);
}

#[test]
fn a_transport_that_was_heard_gets_the_time_to_link_from_its_start() {
    let mut choice = Choice::default();
    choice.begin(NOW, DATE);
    choice.heard();
    choice.heard();
    assert_eq!(choice.deadline(), Some(NOW + Choice::LINK));
    // The first frame came through and the rest did not: the next one, please.
    assert_eq!(choice.ended(NOW + Choice::LINK), Next::Try(Streaming));
    choice.heard();
    choice.linked(NOW, DATE);
    choice.heard();
    assert_eq!(choice.deadline(), None);
}

#[test]
fn a_link_that_was_lost_begins_a_new_round_and_not_the_next_transport() {
    let mut choice = Choice::default();
    round(&mut choice, &[]);
    assert_eq!(choice.ended(NOW + Choice::SHORT), Next::Pause);
    assert_eq!(choice.begin(NOW, DATE), WebSocket);
}

#[test]
fn what_a_whole_round_finds_is_recorded_and_tried_first() {
    for (broken, found) in [
        (&[][..], WebSocket),
        (&[WebSocket], Streaming),
        (&[WebSocket, Streaming], Polling),
    ] {
        let mut choice = Choice::default();
        assert_eq!(round(&mut choice, broken), Some(found));
        assert_eq!(recorded(&choice), Some(found));
        assert_eq!(choice.begin(NOW, DATE), found);
    }
}

#[test]
fn whoever_keeps_the_record_is_told_when_it_changes() {
    let mut choice = Choice::default();
    choice.begin(NOW, DATE);
    assert!(choice.linked(NOW, DATE));
    choice.begin(NOW, DATE);
    assert!(!choice.linked(NOW, DATE));
    assert!(choice.forget());
    assert!(!choice.forget());
}

#[test]
fn where_the_recorded_one_fails_the_others_are_tried_the_best_first() {
    let mut choice = knows(Streaming);
    assert_eq!(choice.begin(NOW, DATE), Streaming);
    assert_eq!(choice.ended(NOW), Next::Try(WebSocket));
    assert_eq!(choice.ended(NOW), Next::Try(Polling));
    assert_eq!(choice.ended(NOW), Next::Pause);
}

#[test]
fn a_record_is_not_replaced_before_a_second_round_agrees() {
    let mut choice = knows(WebSocket);
    assert_eq!(round(&mut choice, &[WebSocket]), Some(Streaming));
    assert_eq!(recorded(&choice), None);
    // WebSocket gets its second chance, and takes it or not.
    assert_eq!(choice.begin(NOW, DATE), WebSocket);
    assert_eq!(round(&mut choice, &[WebSocket]), Some(Streaming));
    assert_eq!(recorded(&choice), Some(Streaming));
}

#[test]
fn a_round_that_leads_nowhere_changes_no_record() {
    let mut choice = knows(Streaming);
    assert_eq!(round(&mut choice, &Transport::ALL), None);
    assert_eq!(recorded(&choice), Some(Streaming));
}

#[test]
fn a_record_ages_by_its_finding_and_not_by_its_use() {
    let mut choice = knows(Polling);
    let later = DATE + Record::LIFE / 2;
    assert_eq!(choice.begin(NOW, later), Polling);
    assert!(!choice.linked(NOW, later));
    assert_eq!(choice.begin(NOW, DATE + Record::LIFE), WebSocket);
    assert_eq!(recorded(&choice), None);
}

#[test]
fn another_network_is_tried_from_the_best_on() {
    let mut choice = knows(Polling);
    choice.forget();
    assert_eq!(choice.begin(NOW, DATE), WebSocket);
}

#[test]
fn what_is_cut_short_three_times_in_a_row_goes_behind_the_others() {
    let mut choice = Choice::default();
    assert_eq!(cut_short(&mut choice, Choice::CUTS - 1), Next::Pause);
    assert_eq!(choice.begin(NOW, DATE), WebSocket);
    assert_eq!(cut_short(&mut choice, 1), Next::PauseAfresh);
    assert_eq!(round(&mut choice, &[]), Some(Streaming));
    assert_eq!(choice.ended(NOW + SOON), Next::Pause);
    // It is still there for those who have nothing else.
    assert_eq!(
        round(&mut choice, &[Streaming, Polling]),
        Some(WebSocket),
        "the last of the round"
    );
}

#[test]
fn whatever_is_cut_short_polling_remains() {
    let mut choice = Choice::default();
    assert_eq!(cut_short(&mut choice, Choice::CUTS), Next::PauseAfresh);
    assert_eq!(cut_short(&mut choice, Choice::CUTS), Next::PauseAfresh);
    assert_eq!(choice.begin(NOW, DATE), Polling);
    assert_eq!(cut_short(&mut choice, u8::MAX), Next::Pause);
    assert_eq!(choice.begin(NOW, DATE), Polling);
}

#[test]
fn a_link_that_lived_wipes_the_cuts_away() {
    let mut choice = Choice::default();
    cut_short(&mut choice, Choice::CUTS - 1);
    round(&mut choice, &[]);
    choice.ended(NOW + Choice::SHORT);
    assert_eq!(cut_short(&mut choice, Choice::CUTS - 1), Next::Pause);
    let instant = Duration::from_millis(1);
    round(&mut choice, &[]);
    assert_eq!(
        choice.ended(NOW + Choice::SHORT - instant),
        Next::PauseAfresh
    );
    choice.forget();
    assert_eq!(choice.begin(NOW, DATE), WebSocket);
}

#[test]
fn tries_that_fail_are_no_cuts() {
    let mut choice = knows(WebSocket);
    for _ in 0..Choice::CUTS {
        assert_eq!(round(&mut choice, &Transport::ALL), None);
    }
    assert_eq!(choice.begin(NOW, DATE), WebSocket);
}

#[test]
fn what_was_chosen_only_because_another_was_cut_short_is_not_recorded() {
    let mut choice = Choice::default();
    cut_short(&mut choice, Choice::CUTS);
    assert_eq!(round(&mut choice, &[]), Some(Streaming));
    assert_eq!(recorded(&choice), None, "it contradicts the record");
    assert_eq!(round(&mut choice, &[]), Some(Streaming));
    assert_eq!(recorded(&choice), None, "WebSocket was not tried");
}
