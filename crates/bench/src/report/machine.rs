//! On what machine, by which command, and what with.

use std::fs;

use super::samples::Samples;
use crate::compare::Who;

/// A list of facts.
pub(super) fn describe(samples: &Samples, notes: &[String]) -> String {
    let cpu = read("/proc/cpuinfo");
    let mut facts = vec![
        format!(
            "Medians of {} by `script/bench`; {} lost, doubled or out of order.",
            match samples.rounds() {
                1 => "1 round".to_owned(),
                rounds => format!("{rounds} interleaved rounds"),
            },
            faults(samples)
        ),
        format!(
            "{} of {}, which the load generator shares; {:.0} GiB of memory; Linux {}.",
            match cpus() {
                1 => "1 core".to_owned(),
                cpus => format!("{cpus} cores"),
            },
            model(&cpu).unwrap_or("a processor without a name"),
            memory_gib(&read("/proc/meminfo")).unwrap_or_default(),
            read("/proc/sys/kernel/osrelease").trim(),
        ),
    ];
    facts.extend(notes.iter().cloned());
    facts.iter().map(|fact| format!("- {fact}\n")).collect()
}

/// Whose messages did not arrive as they should, and how many.
fn faults(samples: &Samples) -> String {
    let told: Vec<_> = Who::ALL
        .into_iter()
        .map(|who| (who, samples.faults(who)))
        .filter(|(_, faults)| *faults > 0)
        .map(|(who, faults)| format!("{faults} messages of {}", who.title()))
        .collect();
    match told.as_slice() {
        [] => "no message was".to_owned(),
        told => format!("{} were", told.join(" and ")),
    }
}

/// Empty where the system has no such file.
fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn model(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo
        .lines()
        .find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim())
}

fn memory_gib(meminfo: &str) -> Option<f64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1024.0 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_read_from_proc() {
        let cpuinfo = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nprocessor\t: 1\n";
        assert_eq!(model(cpuinfo), Some("Some CPU @ 2 GHz"));
        assert_eq!(model("processor: 0\n"), None);
        let gib = memory_gib("MemTotal:       25165824 kB\nMemFree: 1 kB\n").unwrap();
        assert!((gib - 24.0).abs() < 1e-9);
    }

    #[test]
    fn notes_follow_the_facts() {
        let text = describe(&Samples::default(), &["Node 20".to_owned()]);
        assert!(text.ends_with("- Node 20\n"), "{text}");
        assert!(text.contains("no message was lost"), "{text}");
    }
}
