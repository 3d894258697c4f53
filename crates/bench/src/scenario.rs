//! The kinds of load, one file each.

mod connect;
mod echo;
mod fanout;
mod idle;
mod storm;

pub(crate) use self::connect::Connect;
pub(crate) use self::echo::Echo;
pub(crate) use self::fanout::Fanout;
pub(crate) use self::idle::Idle;
pub(crate) use self::storm::Storm;

use crate::bench::Bench;
use crate::cli::Scenario;
use crate::measure::Outcome;

/// Makes one run.
pub(crate) async fn run(scenario: &Scenario, bench: &Bench) -> anyhow::Result<Outcome> {
    match scenario {
        Scenario::Fanout(order) => fanout::run(&order.load, bench).await,
        Scenario::Echo(order) => echo::run(&order.load, bench).await,
        Scenario::Idle(order) => idle::run(&order.load, bench).await,
        Scenario::Connect(order) => connect::run(&order.load, bench).await,
        Scenario::Storm(order) => storm::run(&order.load, bench).await,
    }
}
