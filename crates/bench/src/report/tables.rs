//! The tables, in Markdown.

mod hard_days;

use super::samples::Samples;
use crate::compare::{Table, Who, Work, works};

const CPU: &str = "/cpu_us_per_delivery";

/// All tables of which something was run, each with its name.
pub(super) fn all(samples: &Samples) -> Vec<(&'static str, String)> {
    // Most quick works have the names of the real ones; what differs has a name of its own.
    let mut works: Vec<Work> = works(false);
    works.retain(|work| samples.has(&work.name));
    for quick in crate::compare::works(true) {
        let known = works.iter().any(|work| work.name == quick.name);
        if !known && samples.has(&quick.name) {
            works.push(quick);
        }
    }
    let of =
        |table: Table| -> Vec<&Work> { works.iter().filter(|work| work.table == table).collect() };
    let mut tables = Vec::new();
    let mut add = |name, works: &[&Work], rows: &dyn Fn(&[&Work]) -> String| {
        if !works.is_empty() {
            tables.push((name, rows(works)));
        }
    };
    add("fanout", &of(Table::Fanout), &|works| {
        fanout(samples, works)
    });
    add("ratios", &of(Table::Fanout), &|works| {
        ratios(samples, works)
    });
    add("echo", &of(Table::Echo), &|works| echo(samples, works));
    add("connect", &of(Table::Connect), &|works| {
        connect(samples, works)
    });
    add("idle", &of(Table::Idle), &|works| idle(samples, works));
    let growth = growing(&works);
    add("growth", &growth, &|works| {
        by_number(samples, works, "subscribers", CPU)
    });
    add("rooms", &of(Table::Rooms), &|works| {
        by_number(samples, works, "rooms", "/cpu_us_per_message")
    });
    add("receipts", &of(Table::Receipts), &|works| {
        receipts(samples, works)
    });
    add("hard-days", &of(Table::HardDays), &|_| {
        hard_days::table(samples)
    });
    tables
}

/// Fan-outs of small messages to one room, one in flight: by subscribers.
pub(super) fn growing(works: &[Work]) -> Vec<&Work> {
    let mut growing: Vec<&Work> = works
        .iter()
        .filter(|work| {
            work.table == Table::Growth
                || (work.table == Table::Fanout && work.name.ends_with("-64-w1"))
        })
        .collect();
    growing.sort_by_key(|work| work.x);
    growing
}

fn fanout(samples: &Samples, works: &[&Work]) -> String {
    let mut rows = vec![heading("rooms × subscribers", &Who::ALL.map(Who::title))];
    for work in works {
        let cells = Who::ALL.map(|who| number(samples.median(&work.name, who, CPU), 2));
        rows.push(row(&work.title, &cells));
    }
    rows.concat()
}

fn ratios(samples: &Samples, works: &[&Work]) -> String {
    let titles = [
        "room / axum",
        "topic / axum",
        "goal",
        "room / raw TCP",
        "topic / raw TCP",
        "goal",
    ];
    let mut rows = vec![heading("rooms × subscribers", &titles)];
    for work in works {
        let of = |who| samples.median(&work.name, who, CPU);
        let against = |who, floor| ratio(of(who), of(floor));
        let goal = |goal: Option<f64>| number(goal, 1);
        let cells = [
            against(Who::Room, Who::Axum),
            against(Who::Topic, Who::Axum),
            goal(work.goals.0),
            against(Who::Room, Who::Tcp),
            against(Who::Topic, Who::Tcp),
            goal(work.goals.1),
        ];
        rows.push(row(&work.title, &cells));
    }
    rows.concat()
}

fn echo(samples: &Samples, works: &[&Work]) -> String {
    let mut rows = vec![heading("", &["p50", "p99", "p50 / axum"])];
    for work in works {
        let p50 = |who| samples.median(&work.name, who, "/latency_us/p50");
        for who in Who::ALL {
            let Some(median) = p50(who) else { continue };
            let p99 = samples.median(&work.name, who, "/latency_us/p99");
            let cells = [
                format!("{median:.0} µs"),
                unit(p99, 0, "µs"),
                ratio(Some(median), p50(Who::Axum)),
            ];
            rows.push(row(who.title(), &cells));
        }
    }
    rows.concat()
}

fn connect(samples: &Samples, works: &[&Work]) -> String {
    let titles = [
        "connections per second",
        "of axum's",
        "CPU per connect",
        "/ axum",
    ];
    let mut rows = vec![heading("", &titles)];
    for work in works {
        let rate = |who| samples.median(&work.name, who, "/connects_per_second");
        let cpu = |who| samples.median(&work.name, who, "/cpu_us_per_connect");
        for who in Who::ALL.into_iter().filter(|who| rate(*who).is_some()) {
            let share = rate(who)
                .zip(rate(Who::Axum))
                .map(|(own, floor)| own / floor * 100.0);
            let cells = [
                number(rate(who), 0),
                unit(share, 0, "%"),
                unit(cpu(who), 0, "µs"),
                ratio(cpu(who), cpu(Who::Axum)),
            ];
            rows.push(row(who.title(), &cells));
        }
    }
    rows.concat()
}

fn idle(samples: &Samples, works: &[&Work]) -> String {
    let mut rows = vec![heading("", &["memory per session"])];
    for work in works {
        for who in Who::ALL {
            let bytes = samples.median(&work.name, who, "/rss_bytes_per_session");
            if let Some(bytes) = bytes {
                rows.push(row(who.title(), &[format!("{:.1} KiB", bytes / 1024.0)]));
            }
        }
    }
    rows.concat()
}

fn by_number(samples: &Samples, works: &[&Work], what: &str, cpu: &str) -> String {
    let who: Vec<Who> = Who::ALL
        .into_iter()
        .filter(|who| {
            works
                .iter()
                .any(|work| samples.median(&work.name, *who, cpu).is_some())
        })
        .collect();
    let titles: Vec<_> = who.iter().map(|who| who.title()).collect();
    let mut rows = vec![heading(what, &titles)];
    for work in works {
        let cells: Vec<_> = who
            .iter()
            .map(|who| number(samples.median(&work.name, *who, cpu), 2))
            .collect();
        rows.push(row(&grouped(work.x), &cells));
    }
    rows.concat()
}

fn receipts(samples: &Samples, works: &[&Work]) -> String {
    let titles = ["logged per second", "RECEIPT p50", "p99", "CPU per message"];
    let mut rows = vec![heading("publishers", &titles)];
    for work in works {
        let of = |number| samples.median(&work.name, Who::Room, number);
        let millis = |number| unit(of(number).map(|micros| micros / 1e3), 2, "ms");
        let cells = [
            number(of("/messages_per_second"), 0),
            millis("/receipt_us/p50"),
            millis("/receipt_us/p99"),
            unit(of("/cpu_us_per_message"), 0, "µs"),
        ];
        rows.push(row(&work.title, &cells));
    }
    rows.concat()
}

/// The first column is words, the others numbers.
fn heading(first: &str, titles: &[&str]) -> String {
    let titles = titles.join(" | ");
    let columns = titles.split(" | ").count();
    format!("| {first} | {titles} |\n|---|{}\n", "---:|".repeat(columns))
}

fn row(first: &str, cells: &[String]) -> String {
    format!("| {first} | {} |\n", cells.join(" | "))
}

/// Nothing where it was not measured.
fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(String::new, |value| format!("{value:.digits$}"))
}

fn unit(value: Option<f64>, digits: usize, unit: &str) -> String {
    value.map_or_else(String::new, |value| format!("{value:.digits$} {unit}"))
}

fn ratio(own: Option<f64>, floor: Option<f64>) -> String {
    let floor = floor.filter(|floor| *floor > 0.0);
    number(own.zip(floor).map(|(own, floor)| own / floor), 2)
}

/// Three digits at a time, with a space that does not break.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(work: &str, who: &str, cpu: f64) -> String {
        format!(r#"{{"tags":{{"work":"{work}","who":"{who}"}},"cpu_us_per_delivery":{cpu}}}"#)
    }

    #[test]
    fn costs_and_ratios_are_medians_against_the_floors() {
        let text = [
            line("fanout-100-64-w1", "room", 5.0),
            line("fanout-100-64-w1", "room", 4.0),
            line("fanout-100-64-w1", "room", 30.0),
            line("fanout-100-64-w1", "axum", 4.0),
            line("growth-10", "axum", 4.25),
        ]
        .join("\n");
        let samples = Samples::parse(&text).unwrap();
        let tables = all(&samples);
        let names: Vec<_> = tables.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["fanout", "ratios", "growth"]);
        let table = |name: &str| &tables.iter().find(|(other, _)| *other == name).unwrap().1;
        assert!(
            table("fanout")
                .ends_with("| 1 × 100, 64 B, 1 in flight | 5.00 |  | 4.00 |  |  |  |  |\n"),
            "{}",
            table("fanout")
        );
        assert!(
            table("ratios")
                .ends_with("| 1 × 100, 64 B, 1 in flight | 1.25 |  | 1.0 |  |  | 1.4 |\n"),
            "{}",
            table("ratios")
        );
        assert_eq!(
            *table("growth"),
            "| subscribers | room, logged | bare axum |\n|---|---:|---:|\n\
             | 10 |  | 4.25 |\n| 100 | 5.00 | 4.00 |\n"
        );
    }

    #[test]
    fn every_row_has_as_many_cells_as_its_heading() {
        for work in works(false) {
            for who in Who::ALL {
                let line = line(&work.name, who.name(), 1.0);
                let samples = Samples::parse(&line).unwrap();
                for (name, table) in all(&samples) {
                    let mut counts = table.lines().map(|line| line.matches('|').count());
                    let first = counts.next().unwrap();
                    assert!(counts.all(|count| count == first), "{name}: {table}");
                }
            }
        }
    }

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(grouped(1), "1");
        assert_eq!(grouped(1_000), "1\u{a0}000");
        assert_eq!(grouped(100_000), "100\u{a0}000");
    }
}
