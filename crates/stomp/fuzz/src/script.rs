//! How a target's input is read: numbers, octets and frames out of a string of octets.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use stomp::{Headers, Limits, Text, Version};

/// Nothing is too large: for reading what our own side has written.
pub(crate) const NO_LIMITS: Limits = Limits {
    frame: usize::MAX,
    headers: usize::MAX,
    header_line: usize::MAX,
    transactions: usize::MAX,
    transaction_frames: usize::MAX,
    transaction_bytes: usize::MAX,
};

/// Small limits in four cases of five, so that short inputs run into them.
pub(crate) fn limits(u: &mut Unstructured) -> Result<Limits> {
    if u.ratio(1, 5)? {
        return Ok(Limits::default());
    }
    Ok(Limits {
        frame: u.int_in_range(1..=255)?,
        headers: u.int_in_range(0..=7)?,
        header_line: u.int_in_range(0..=63)?,
        ..Limits::default()
    })
}

/// The same with few and small transactions, for the one who reads them.
pub(crate) fn server_limits(u: &mut Unstructured) -> Result<Limits> {
    Ok(Limits {
        transactions: u.int_in_range(0..=3)?,
        transaction_frames: u.int_in_range(0..=7)?,
        transaction_bytes: u.int_in_range(0..=2_047)?,
        ..limits(u)?
    })
}

pub(crate) fn version(u: &mut Unstructured) -> Result<Version> {
    u.choose(&[Version::V1_0, Version::V1_1, Version::V1_2])
        .copied()
}

/// Intervals from never to a minute, in milliseconds.
pub(crate) fn heartbeat(u: &mut Unstructured) -> Result<(u32, u32)> {
    Ok((u.int_in_range(0..=60_000)?, u.int_in_range(0..=60_000)?))
}

pub(crate) fn time(u: &mut Unstructured) -> Result<Duration> {
    Ok(Duration::from_millis(u.int_in_range(0..=65_535)?))
}

/// Up to so many octets, after two that say how many; fewer at the end of the input.
pub(crate) fn octets<'a>(u: &mut Unstructured<'a>, most: usize) -> Result<&'a [u8]> {
    let length = u.int_in_range(0..=most.min(65_535))?;
    u.bytes(length.min(u.len()))
}

/// Any text, with whatever would break a header in it.
pub(crate) fn text(u: &mut Unstructured) -> Result<Text> {
    let text = String::from_utf8_lossy(octets(u, 255)?).into_owned();
    Ok(text.into())
}

pub(crate) fn some_text(u: &mut Unstructured) -> Result<Option<Text>> {
    Ok(if u.ratio(1, 2)? { Some(text(u)?) } else { None })
}

pub(crate) fn headers(u: &mut Unstructured) -> Result<Headers> {
    let count = u.int_in_range(0..=3)?;
    (0..count).map(|_| Ok((text(u)?, text(u)?))).collect()
}
