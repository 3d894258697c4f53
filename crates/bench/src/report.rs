//! Makes tables and plots of what rounds have written: medians, ratios, and on what machine.

mod machine;
mod markers;
mod plots;
mod samples;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;

use self::samples::Samples;

/// From what, and where to.
#[derive(Args, Debug)]
pub(crate) struct Report {
    /// What `roomside-bench round` has written
    #[arg(value_name = "FILE.jsonl")]
    runs: PathBuf,

    /// A Markdown file: what stands between the comments `bench:begin NAME` and `bench:end NAME` is
    /// written anew; without it, everything is printed
    #[arg(long, value_name = "FILE.md")]
    write: Option<PathBuf>,

    /// The folder for the plots, which are SVG
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,

    /// A line about what was measured, such as a version; may be given several times
    #[arg(long = "note", value_name = "TEXT")]
    notes: Vec<String>,
}

/// # Errors
///
/// Where a file cannot be read or written, has another form, or lacks one of the comments.
pub(crate) fn run(report: &Report) -> anyhow::Result<()> {
    let samples = Samples::parse(&read(&report.runs)?)?;
    ensure!(
        !samples.is_empty(),
        "{} has no run of `roomside-bench round`",
        report.runs.display()
    );
    let mut parts = tables::all(&samples);
    parts.push(("machine", machine::describe(&samples, &report.notes)));
    match &report.write {
        None => print(&parts)?,
        Some(path) => {
            let mut text = read(path)?;
            for (name, part) in &parts {
                text = markers::replace(&text, name, part)
                    .with_context(|| path.display().to_string())?;
            }
            write(path, &text)?;
        }
    }
    if let Some(folder) = &report.plots {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        for (name, svg) in plots::all(&samples) {
            write(&folder.join(format!("{name}.svg")), &svg)?;
        }
    }
    Ok(())
}

fn print(parts: &[(&str, String)]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout();
    for (name, part) in parts {
        writeln!(out, "## {name}\n\n{part}\n")?;
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}
