//! One subscriber of a room: it counts what comes.

use std::collections::BTreeMap;
use std::sync::Arc;

use stomp::ClientEvent;

use super::field::Field;
use crate::client::Client;
use crate::crowd::Pass;
use crate::measure::{Sequence, Take, Tally};
use crate::peer::Target;
use crate::stamp::Stamp;

/// What a subscriber has to say at the end.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) room: usize,
    /// Without what was lost, which it cannot know.
    pub(crate) tally: Tally,
    /// How its session ended, where it did.
    pub(crate) ended: Option<anyhow::Error>,
    heard: BTreeMap<u16, Sequence>,
}

impl Left {
    /// How many of the `sent` messages of a publisher to this room did not come.
    pub(crate) fn lost(&self, publisher: u16, sent: u64) -> u64 {
        self.heard
            .get(&publisher)
            .map_or(sent, |heard| heard.lost(sent))
    }
}

/// Subscribes to a room, and counts until it is sent home.
pub(crate) async fn subscribe(
    field: Arc<Field>,
    target: Arc<Target>,
    room: usize,
    pass: Pass,
) -> anyhow::Result<Left> {
    let permit = pass.admit().await?;
    let mut client = Client::open(&target, field.clock, (0, 0)).await?;
    client.subscribe_now(field.places.topic(room)).await?;
    drop(permit);
    pass.ready();
    let mut left = Left {
        room,
        tally: Tally::default(),
        ended: None,
        heard: BTreeMap::new(),
    };
    let ended = tokio::select! {
        () = pass.dismissed() => None,
        ended = left.listen(&field, &mut client) => ended.err(),
    };
    left.ended = ended;
    Ok(left)
}

impl Left {
    async fn listen(&mut self, field: &Field, client: &mut Client) -> anyhow::Result<()> {
        let mut reached = false;
        loop {
            let ClientEvent::Message { body, .. } = client.next().await? else {
                continue;
            };
            match Stamp::find(field.places.run(), &body) {
                Some(stamp) if !stamp.is_probe() => self.take(field, stamp),
                Some(_) if !reached => {
                    reached = true;
                    field.reached(self.room);
                }
                _ => {}
            }
        }
    }

    fn take(&mut self, field: &Field, stamp: Stamp) {
        let number = field
            .plan
            .number_in_room(stamp.publisher, u64::from(stamp.number));
        match self.heard.entry(stamp.publisher).or_default().take(number) {
            Take::Double => {
                self.tally.doubled += 1;
                return;
            }
            Take::Late => self.tally.out_of_order += 1,
            Take::Fresh => {}
        }
        self.tally.deliveries += 1;
        field.arrive(stamp);
    }
}
