//! How long things took.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hdrhistogram::Histogram;
use serde::Serialize;

use super::report::rounded;

/// What is longer counts as this long: ten minutes, in nanoseconds.
const LONGEST: u64 = 600_000_000_000;

/// Digits that are kept of a value.
const DIGITS: u8 = 3;

/// A histogram that many clients share. There are few threads, so one lock is enough.
#[derive(Debug)]
pub(crate) struct Latency(Mutex<Histogram<u64>>);

/// The quantiles of a histogram, in microseconds; all 0 where nothing was recorded.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct LatencySummary {
    count: u64,
    mean: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

impl LatencySummary {
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// By how much the 99th percentile is that of `other`; 1 where there is nothing to compare.
    pub(crate) fn p99_ratio(&self, other: &Self) -> f64 {
        if self.count == 0 || other.p99 <= 0.0 {
            return 1.0;
        }
        rounded(self.p99 / other.p99, 3)
    }
}

impl Latency {
    pub(crate) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST, DIGITS);
        Self(Mutex::new(histogram.expect("the bounds are in order")))
    }

    /// Records so many nanoseconds.
    pub(crate) fn record(&self, nanos: u64) {
        self.lock().saturating_record(nanos);
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.lock().reset();
    }

    /// Everything so far, after which it is forgotten.
    pub(crate) fn take(&self) -> LatencySummary {
        let summary = self.summary();
        self.clear();
        summary
    }

    pub(crate) fn summary(&self) -> LatencySummary {
        let histogram = self.lock();
        let micros = |nanos: f64| rounded(nanos / 1e3, 1);
        #[expect(clippy::cast_precision_loss, reason = "three digits are kept anyway")]
        let quantile = |quantile| micros(histogram.value_at_quantile(quantile) as f64);
        LatencySummary {
            count: histogram.len(),
            mean: micros(histogram.mean()),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            p999: quantile(0.999),
            max: quantile(1.0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Histogram<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_told_in_microseconds() {
        let latency = Latency::new();
        for millis in 1..=100 {
            latency.record(millis * 1_000_000);
        }
        latency.record(u64::MAX);
        let summary = latency.summary();
        assert_eq!(summary.count, 101);
        assert!((summary.p50 - 51_000.0).abs() < 100.0, "{summary:?}");
        assert!(summary.max >= 600_000_000.0, "{summary:?}");
        latency.clear();
        assert_eq!(latency.summary().count, 0);
    }
}
