//! What happened on hard days, told in words, since each is about something else.

use serde_json::Value;

use super::super::samples::Samples;
use super::{heading, row};
use crate::compare::{Table, Who, works};

pub(super) fn table(samples: &Samples) -> String {
    let mut rows = vec![heading("day", &["what happened"]).replace("---:|", "---|")];
    for work in works(false)
        .iter()
        .filter(|work| work.table == Table::HardDays)
    {
        if let Some(run) = samples.last(&work.name, Who::Room) {
            let told = match work.name.as_str() {
                "slow" => format!(
                    "{}; the slow one took {} KiB{}; {}",
                    noticed(run),
                    whole(run, "/slow_bytes", 1024.0),
                    ended(run, "slow_ended"),
                    memory(run)
                ),
                "churn" => format!(
                    "{}; {} subscriptions came and went{}",
                    noticed(run),
                    whole(run, "/churned", 1.0),
                    ended(run, "churn_ended")
                ),
                "storm" => format!(
                    "all live again {} s after the cut, with {} lost and {} doubled; {} clients stayed away",
                    number(run, "/all_live_after_ms", 1e3, 2),
                    whole(run, "/lost", 1.0),
                    whole(run, "/doubled", 1.0),
                    whole(run, "/clients_lost", 1.0)
                ),
                _ => format!(
                    "{} closed by the server, the median after {} s; {} kept",
                    whole(run, "/closed", 1.0),
                    number(run, "/closed_after_us/p50", 1e6, 1),
                    whole(run, "/kept", 1.0)
                ),
            };
            rows.push(row(&work.title, &[told]));
        }
    }
    rows.concat()
}

/// The others' latency without and with.
fn noticed(run: &Value) -> String {
    format!(
        "the others' p99 was {} ms without and {} ms with, {} messages lost",
        number(run, "/without_us/p99", 1e3, 1),
        number(run, "/with_us/p99", 1e3, 1),
        whole(run, "/lost", 1.0)
    )
}

fn ended(run: &Value, field: &str) -> String {
    run[field].as_str().map_or_else(String::new, |how| {
        format!(" until {}", how.replace('|', "/"))
    })
}

/// The server's memory at the end of the quiet time, at its highest, and at the end.
fn memory(run: &Value) -> String {
    let numbers = |field: &str| -> Vec<u64> {
        let numbers = run[field].as_array().into_iter().flatten();
        numbers.filter_map(Value::as_u64).collect()
    };
    let (without, with) = (numbers("rss_kib_without"), numbers("rss_kib_with"));
    match (without.last(), with.iter().max(), with.last()) {
        (Some(before), Some(most), Some(after)) => format!(
            "the server's memory was {} MiB before, {} at the most, {} at the end",
            before / 1024,
            most / 1024,
            after / 1024
        ),
        _ => "the server's memory was not looked at".to_owned(),
    }
}

fn whole(run: &Value, pointer: &str, unit: f64) -> String {
    number(run, pointer, unit, 0)
}

fn number(run: &Value, pointer: &str, unit: f64, digits: usize) -> String {
    let value = run.pointer(pointer).and_then(Value::as_f64);
    value.map_or_else(
        || "?".to_owned(),
        |value| format!("{:.digits$}", value / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hard_day_is_told_in_words() {
        let text = r#"{"tags":{"work":"slow","who":"room"},"without_us":{"p99":1500.0},
            "with_us":{"p99":1600.0},"lost":0,"slow_bytes":61440,"slow_ended":null,
            "rss_kib_without":[10240,20480],"rss_kib_with":[30720,25600]}"#
            .replace('\n', "");
        let table = table(&Samples::parse(&text).unwrap());
        assert!(
            table.contains(
                "p99 was 1.5 ms without and 1.6 ms with, 0 messages lost; the slow one took 60 KiB;"
            ),
            "{table}"
        );
        assert!(
            table.contains("20 MiB before, 30 at the most, 25 at the end"),
            "{table}"
        );
    }
}
