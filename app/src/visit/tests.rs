use super::*;
use crate::data::Place;
use crate::sample::talk;

fn opened(first: u64, last: u64, target: Option<u64>) -> Visit {
    let log = Log::starting_with((first..=last).map(talk).collect());
    Visit::new(RoomId::lobby(), log, true, target.map(Seq))
}

fn is_live(first: u64, last: u64, target: Option<u64>) -> bool {
    Owner::new().with(|| opened(first, last, target).live.get_untracked())
}

#[test]
fn a_room_opened_around_a_message_is_live_if_the_page_reaches_the_newest() {
    assert!(is_live(1, 50, None));
    assert!(is_live(51, 100, Some(77)));
    assert!(is_live(1, 49, Some(1)));
    assert!(!is_live(51, 100, Some(76)));
    assert!(!is_live(1, 50, Some(1)));
}

#[test]
fn the_last_page_in_a_direction_is_known_by_its_length() {
    Owner::new().with(|| {
        let visit = opened(101, 150, Some(126));
        assert!(visit.begin_reading());
        assert!(!visit.begin_reading(), "one page at a time");
        visit.read(Place::Before(Seq(101)), Ok((51..=100).map(talk).collect()));
        assert_eq!(visit.oldest.get_untracked(), Seq(1));
        visit.read(Place::Before(Seq(51)), Ok((40..=50).map(talk).collect()));
        assert_eq!(visit.oldest.get_untracked(), Seq(40));
        visit.read(Place::After(Seq(150)), Ok((151..=200).map(talk).collect()));
        assert!(!visit.live.get_untracked());
        visit.read(Place::After(Seq(200)), Ok(Vec::new()));
        assert!(visit.live.get_untracked());
        assert!(visit.begin_reading());
        assert_eq!(visit.log.with_untracked(Log::since), Some(Seq(200)));
    });
}

#[test]
fn what_is_on_its_way_leaves_when_it_is_heard() {
    Owner::new().with(|| {
        let visit = opened(1, 1, None);
        let pending = Pending::new(talk(2).id, Text::parse("2").unwrap());
        visit.change(&mut |outbox| outbox.push(pending.clone()));
        assert_eq!(visit.hear(talk(3)), Some(Applied::Hole { after: Seq(1) }));
        assert_eq!(visit.outbox.with_untracked(|o| o.pending().len()), 1);
        assert_eq!(visit.hear(talk(2)), Some(Applied::Added));
        assert!(visit.outbox.with_untracked(|o| o.pending().is_empty()));
    });
}

#[test]
fn what_nobody_would_send_stays_in_the_box() {
    Owner::new().with(|| {
        let visit = opened(1, 1, None);
        assert!(!visit.say(Text::parse("가").unwrap()));
        let (commands, mut inbox) = futures_channel::mpsc::unbounded();
        visit.obeyed_by(commands);
        let text = Text::parse("나").unwrap();
        assert!(visit.say(text.clone()));
        assert_eq!(inbox.try_recv(), Ok(Command::Outbox(Act::Say(text))));
    });
}

#[test]
fn a_full_outbox_says_so_and_takes_nothing() {
    Owner::new().with(|| {
        let visit = opened(1, 1, None);
        let text = Text::parse("가").unwrap();
        for n in 0..Outbox::LIMIT as u64 {
            let pending = Pending::new(crate::sample::id(n), text.clone());
            visit.change(&mut |outbox| outbox.push(pending.clone()));
        }
        assert!(!visit.say(text));
        let (commands, mut inbox) = futures_channel::mpsc::unbounded();
        visit.obeyed_by(commands);
        assert!(!visit.say(Text::parse("나").unwrap()));
        assert!(inbox.try_recv().is_err());
        assert_eq!(
            visit.refusal.get_untracked(),
            Some(Reason::Kept(Msg::KeptTooMany))
        );
    });
}
