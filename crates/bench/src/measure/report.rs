//! The line that is printed.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::time::Duration;

use serde::Serialize;

use super::process::{self, Sample};
use crate::bench::Bench;

/// What became of the messages: counted once for each receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    /// What came, each once.
    pub(crate) deliveries: u64,
    /// What never came.
    pub(crate) lost: u64,
    /// What came a second time.
    pub(crate) doubled: u64,
    /// What came after a later message of the same publisher.
    pub(crate) out_of_order: u64,
}

impl Tally {
    pub(crate) fn is_whole(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.out_of_order == 0
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.deliveries += other.deliveries;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.out_of_order += other.out_of_order;
    }
}

/// What the server used between two looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct ServerUse {
    cpu_seconds: f64,
    /// Of one core.
    cpu_percent: f64,
    rss_kib_before: u64,
    rss_kib_after: u64,
}

impl ServerUse {
    pub(crate) fn between(before: Sample, after: Sample, elapsed: Duration) -> Self {
        let cpu = after.cpu.saturating_sub(before.cpu).as_secs_f64();
        Self {
            cpu_seconds: rounded(cpu, 3),
            cpu_percent: rounded(cpu / elapsed.as_secs_f64().max(1e-9) * 100.0, 2),
            rss_kib_before: before.rss_kib,
            rss_kib_after: after.rss_kib,
        }
    }

    /// Microseconds of CPU time for each of `count` things.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub(crate) fn micros_each(&self, count: u64) -> f64 {
        rounded(self.cpu_seconds * 1e6 / count.max(1) as f64, 3)
    }

    /// Bytes of memory that came along with each of `count` things.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub(crate) fn bytes_each(&self, count: usize) -> f64 {
        let grown = self.rss_kib_after as f64 - self.rss_kib_before as f64;
        rounded(grown * 1024.0 / count.max(1) as f64, 0)
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// One JSON object on one line.
    pub line: String,
    /// Whether everything came, once and in order, and everybody stayed.
    pub whole: bool,
}

#[derive(Serialize)]
struct Report<'a, L, R> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: &'a BTreeMap<String, String>,
    scenario: &'static str,
    url: String,
    /// The transport of SockJS where the address does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    transport: Option<&'static str>,
    load: &'a L,
    #[serde(flatten)]
    results: R,
    /// CPU time of this program, to show whether it was what held things up.
    generator_cpu_seconds: Option<f64>,
}

/// Puts a run into words: what was asked for, and what came of it.
pub(crate) fn outcome<L: Serialize, R: Serialize>(
    scenario: &'static str,
    bench: &Bench,
    load: &L,
    results: R,
    whole: bool,
) -> anyhow::Result<Outcome> {
    let report = Report {
        tags: &bench.tags,
        scenario,
        url: bench.target.url.to_string(),
        transport: bench.target.url.transport.fetch(),
        load,
        results,
        generator_cpu_seconds: process::own().map(|own| rounded(own.cpu.as_secs_f64(), 3)),
    };
    Ok(Outcome {
        line: serde_json::to_string(&report)?,
        whole,
    })
}

/// How many a second, to a tenth.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn per_second(count: u64, elapsed: Duration) -> f64 {
    rounded(count as f64 / elapsed.as_secs_f64().max(1e-9), 1)
}

/// No more digits than can be meant.
pub(crate) fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_is_the_difference() {
        let sample = |millis, rss_kib| Sample {
            cpu: Duration::from_millis(millis),
            rss_kib,
        };
        let used = ServerUse::between(
            sample(1_000, 5_000),
            sample(4_000, 15_000),
            Duration::from_secs(60),
        );
        assert!((used.cpu_percent - 5.0).abs() < 1e-9);
        assert!((used.micros_each(1_000_000) - 3.0).abs() < 1e-9);
        assert!((used.bytes_each(1_000) - 10_240.0).abs() < 1e-9);
    }

    #[test]
    fn a_tally_is_whole_when_nothing_is_wrong() {
        let mut tally = Tally {
            deliveries: 5,
            ..Tally::default()
        };
        assert!(tally.is_whole());
        tally += Tally {
            doubled: 1,
            ..Tally::default()
        };
        assert!(!tally.is_whole());
    }
}
