//! `/proc/PID/stat` and `/proc/PID/status` (proc(5)).

use std::time::Duration;

use anyhow::Context as _;

use super::Sample;

pub(super) fn sample(pid: u32) -> anyhow::Result<Sample> {
    let read = |name: &str| {
        std::fs::read_to_string(format!("/proc/{pid}/{name}"))
            .with_context(|| format!("there is no process {pid} to be measured"))
    };
    let ticks = cpu_ticks(&read("stat")?).context("/proc/PID/stat has another form")?;
    Ok(Sample {
        cpu: Duration::from_secs(1) * ticks / per_second(),
        rss_kib: rss_kib(&read("status")?).context("/proc/PID/status has another form")?,
    })
}

fn per_second() -> u32 {
    u32::try_from(rustix::param::clock_ticks_per_second()).unwrap_or(100)
}

/// Fields 14 and 15, utime and stime. The second one, the program's name in parentheses, may
/// contain anything.
fn cpu_ticks(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

fn rss_kib(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_after_any_name() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 100 0 0 0 120 34 5 6 20 0 3 0 99";
        assert_eq!(cpu_ticks(stat), Some(154));
        assert_eq!(cpu_ticks("7 (short) S 1"), None);
    }

    #[test]
    fn memory_is_found_among_the_other_lines() {
        let status = "Name:\tx\nVmHWM:\t  9000 kB\nVmRSS:\t  8192 kB\nThreads:\t3\n";
        assert_eq!(rss_kib(status), Some(8192));
        assert_eq!(rss_kib("Name:\tkthread\n"), None);
    }

    #[test]
    fn this_very_process_can_be_looked_at() {
        assert!(sample(std::process::id()).unwrap().rss_kib > 0);
    }
}
