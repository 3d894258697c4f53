use super::*;

const BODY: Bytes = Bytes::from_static(b"123456");
const EACH: usize = 6 + ENTRY_BYTES;

fn letter(subscription: &Text, place: u64) -> Letter<'static> {
    let encoded = Encoded {
        subscription: subscription.clone(),
        message_id: Text::from_static("m"),
        bytes: BODY,
    };
    Letter {
        place: Some(place),
        ..Letter::plain(encoded)
    }
}

fn queue_with(count: u64, overflow: Overflow, limit: usize) -> Queue {
    let mut queue = Queue::default();
    for place in 1..=count {
        queue.push(letter(&Text::from("a"), place), overflow, limit);
    }
    queue
}

fn places(taken: &Taken) -> Vec<Option<u64>> {
    let place = |delivery: &Delivery| match delivery {
        Delivery::Message { place, .. } => *place,
        Delivery::Parked { .. } | Delivery::Overrun { .. } => None,
    };
    taken.deliveries.iter().map(place).collect()
}

#[test]
fn an_entry_costs_at_least_what_it_takes() {
    // Waiting, with what a queue that grows has too much, and taken.
    assert!(2 * size_of::<queue::Waiting>() <= ENTRY_BYTES);
    assert!(size_of::<Delivery>() <= ENTRY_BYTES);
}

#[test]
fn the_byte_limit_holds_at_its_edge() {
    let taken = queue_with(3, Overflow::Park, 3 * EACH).take();
    assert_eq!(taken.deliveries.len(), 3);
    let taken = queue_with(3, Overflow::Park, 3 * EACH - 1).take();
    assert!(
        matches!(&taken.deliveries[..], [Delivery::Parked { .. }]),
        "{taken:?}"
    );
}

#[test]
fn a_parked_subscription_takes_nothing_until_resumed_and_harms_no_other() {
    let mut queue = Queue::default();
    let push = |queue: &mut Queue, id: &'static str, place| {
        queue.push(letter(&Text::from(id), place), Overflow::Park, 3 * EACH)
    };
    assert_eq!(push(&mut queue, "other", 1), Pushed::Queued);
    for place in 1..=2 {
        assert_eq!(push(&mut queue, "slow", place), Pushed::Queued);
    }
    assert_eq!(push(&mut queue, "slow", 3), Pushed::Parked);
    assert_eq!(push(&mut queue, "slow", 4), Pushed::Dropped);
    assert_eq!(push(&mut queue, "other", 2), Pushed::Queued);

    let taken = queue.take();
    let [
        Delivery::Message { place: Some(1), .. },
        Delivery::Parked { subscription },
        Delivery::Message { place: Some(2), .. },
    ] = &taken.deliveries[..]
    else {
        panic!("{taken:?}")
    };
    assert_eq!(&**subscription, "slow");

    queue.parked.remove("slow");
    assert_eq!(push(&mut queue, "slow", 5), Pushed::Queued);
}

#[test]
fn those_that_can_be_parked_make_room_for_one_that_cannot() {
    let id = |id: &'static str| Text::from(id);
    let mut queue = Queue::default();
    queue.parkable.insert(id("room"), None);
    for place in 1..=2 {
        queue.push(letter(&id("room"), place), Overflow::Park, 3 * EACH);
    }
    let plain =
        |queue: &mut Queue, place| queue.push(letter(&id("plain"), place), Overflow::End, 3 * EACH);
    assert_eq!(plain(&mut queue, 1), Pushed::Queued);
    assert_eq!(plain(&mut queue, 2), Pushed::Queued);
    assert_eq!(plain(&mut queue, 3), Pushed::Queued);
    let room = queue.push(letter(&id("room"), 3), Overflow::Park, 3 * EACH);
    assert_eq!(room, Pushed::Dropped);
    // Now the plain one is too slow by itself.
    assert_eq!(plain(&mut queue, 4), Pushed::Overrun);
    let mut queue = Queue::default();
    queue.parkable.insert(id("room"), None);
    queue.push(letter(&id("room"), 1), Overflow::Park, EACH);
    assert_eq!(
        queue.push(letter(&id("plain"), 1), Overflow::End, EACH),
        Pushed::Queued
    );
    let taken = queue.take();
    let [Delivery::Parked { subscription }, Delivery::Message { .. }] = &taken.deliveries[..]
    else {
        panic!("{taken:?}")
    };
    assert_eq!(&**subscription, "room");
}

#[test]
fn an_overrun_ends_the_session_and_holds_no_bytes() {
    let mut queue = queue_with(5, Overflow::End, 3 * EACH);
    assert_eq!(queue.bytes, 0);
    let taken = queue.take();
    assert!(
        matches!(&taken.deliveries[..], [Delivery::Overrun { .. }]),
        "{taken:?}"
    );
    assert!(!queue.offer(letter(&Text::from("a"), 1), 1, 3 * EACH));
    assert!(!queue.replay(vec![letter(&Text::from("a"), 1)], 3 * EACH));
    assert!(queue.take().deliveries.is_empty());
}

#[test]
fn unsubscribing_gives_the_bytes_back() {
    let mut queue = queue_with(3, Overflow::Park, 3 * EACH);
    queue.forget(&Text::from("a"));
    assert_eq!((queue.bytes, queue.waiting.len()), (0, 0));
}

#[test]
fn an_offer_that_does_not_fit_changes_nothing_and_is_remembered_until_there_is_room() {
    let mut queue = queue_with(3, Overflow::End, 3 * EACH);
    assert!(!queue.offer(letter(&Text::from("q"), 4), 1, 3 * EACH));
    let taken = queue.take();
    assert_eq!(places(&taken), [Some(1), Some(2), Some(3)]);
    assert!(taken.starved);
    assert!(queue.offer(letter(&Text::from("q"), 4), 1, 3 * EACH));
    assert!(!queue.take().starved);
}

#[test]
fn one_offer_larger_than_the_inbox_passes_alone() {
    let mut queue = Queue::default();
    assert!(queue.offer(letter(&Text::from("q"), 1), 1, EACH - 1));
    assert!(!queue.offer(letter(&Text::from("q"), 2), 2, EACH - 1));
}

#[test]
fn a_replay_that_does_not_fit_keeps_its_newest_and_says_so() {
    let id = Text::from("a");
    let letters: Vec<_> = (1..=4).map(|place| letter(&id, place)).collect();
    let mut queue = Queue::default();
    assert!(queue.replay(letters.clone(), 4 * EACH));
    assert!(!queue.replay(letters, 7 * EACH));
    let expected = [1, 2, 3, 4, 2, 3, 4].map(Some);
    assert_eq!(places(&queue.take()), expected);
}

#[test]
fn a_burst_leaves_no_memory_behind() {
    let mut queue = queue_with(1_000, Overflow::Park, 1_000 * EACH);
    assert_eq!(queue.take().deliveries.len(), 1_000);
    assert_eq!(queue.waiting.capacity(), 0);
}
