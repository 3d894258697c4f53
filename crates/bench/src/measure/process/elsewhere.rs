//! Systems without `/proc`.

use anyhow::bail;

use super::Sample;

pub(super) fn sample(_: u32) -> anyhow::Result<Sample> {
    bail!("--pid needs Linux: CPU time and memory are read from /proc")
}
