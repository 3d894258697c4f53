//! The kinds of load, one file each.

mod churn;
mod connect;
mod echo;
mod fanout;
mod gap;
mod idle;
mod receipts;
mod rooms;
mod sending;
mod silent;
mod slow;
mod storm;
mod talk;

pub(crate) use self::churn::Churn;
pub(crate) use self::connect::Connect;
pub(crate) use self::echo::Echo;
pub(crate) use self::fanout::Fanout;
pub(crate) use self::gap::Gap;
pub(crate) use self::idle::Idle;
pub(crate) use self::receipts::Receipts;
pub(crate) use self::rooms::Rooms;
pub(crate) use self::silent::Silent;
pub(crate) use self::slow::Slow;
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
        Scenario::Receipts(order) => receipts::run(&order.load, bench).await,
        Scenario::Rooms(order) => rooms::run(&order.load, bench).await,
        Scenario::Slow(order) => slow::run(&order.load, bench).await,
        Scenario::Silent(order) => silent::run(&order.load, bench).await,
        Scenario::Churn(order) => churn::run(&order.load, bench).await,
        Scenario::Gap(order) => gap::run(&order.load, bench).await,
        Scenario::Storm(order) => storm::run(&order.load, bench).await,
    }
}
