//! The runs of all rounds, and their medians.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::Value;

use crate::compare::Who;

/// What was printed of each work by each server, in the order of the rounds.
#[derive(Debug, Default)]
pub(super) struct Samples(BTreeMap<(String, Who), Vec<Value>>);

impl Samples {
    /// Reads lines of JSON. Runs without the tags `work` and `who` are no part of a comparison.
    ///
    /// # Errors
    ///
    /// The number of a line that is no JSON.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut samples = Self::default();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty()) {
            let run: Value =
                serde_json::from_str(line).with_context(|| format!("line {number} is no JSON"))?;
            let tag = |name: &str| run["tags"][name].as_str();
            if let (Some(work), Some(who)) = (tag("work"), tag("who").and_then(Who::of)) {
                let key = (work.to_owned(), who);
                samples.0.entry(key).or_default().push(run);
            }
        }
        Ok(samples)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The most rounds that any work had.
    pub(super) fn rounds(&self) -> usize {
        self.0.values().map(Vec::len).max().unwrap_or_default()
    }

    /// Whether a work was done by anybody.
    pub(super) fn has(&self, work: &str) -> bool {
        self.0.keys().any(|(name, _)| name == work)
    }

    /// The median of a number over the rounds, as in `median("echo", who, "/latency_us/p50")`.
    pub(super) fn median(&self, work: &str, who: Who, number: &str) -> Option<f64> {
        let runs = self.0.get(&(work.to_owned(), who))?;
        let numbers = runs.iter().filter_map(|run| run.pointer(number)?.as_f64());
        median(numbers.collect())
    }

    /// All that was said of it in the last round.
    pub(super) fn last(&self, work: &str, who: Who) -> Option<&Value> {
        self.0.get(&(work.to_owned(), who))?.last()
    }

    /// Messages lost, doubled and out of order in all runs of a server together.
    pub(super) fn faults(&self, who: Who) -> u64 {
        let runs = self.0.iter().filter(|((_, other), _)| *other == who);
        runs.flat_map(|(_, runs)| runs)
            .map(|run| {
                ["lost", "doubled", "out_of_order"]
                    .iter()
                    .filter_map(|fault| run[*fault].as_u64())
                    .sum::<u64>()
            })
            .sum()
    }
}

/// The one in the middle, or half-way between the two that are.
fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    let upper = *numbers.get(middle)?;
    if numbers.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(numbers[middle - 1], upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_one_in_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0]), Some(3.0));
        assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }

    #[test]
    fn runs_are_told_apart_by_work_and_who() {
        let line = |work: &str, who: &str, cpu: f64| {
            format!(r#"{{"tags":{{"work":"{work}","who":"{who}"}},"a":{{"b":{cpu}}},"lost":1}}"#)
        };
        let text = [
            line("x", "room", 3.0),
            line("x", "room", 1.0),
            line("x", "room", 2.0),
            line("x", "axum", 7.0),
            line("x", "stranger", 7.0),
            r#"{"scenario":"echo"}"#.to_owned(),
            String::new(),
        ]
        .join("\n");
        let samples = Samples::parse(&text).unwrap();
        assert_eq!(samples.median("x", Who::Room, "/a/b"), Some(2.0));
        assert_eq!(samples.median("x", Who::Axum, "/a/b"), Some(7.0));
        assert_eq!(samples.median("x", Who::Axum, "/a/c"), None);
        assert_eq!(samples.median("y", Who::Axum, "/a/b"), None);
        assert_eq!((samples.rounds(), samples.faults(Who::Room)), (3, 3));
        assert!(
            Samples::parse("{}\nno")
                .unwrap_err()
                .to_string()
                .contains("line 2")
        );
    }
}
