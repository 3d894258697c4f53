//! The parts of a Markdown file that are written by a program.

use anyhow::{Context as _, ensure};

/// The text with another part between `<!-- bench:begin NAME -->` and `<!-- bench:end NAME -->`.
///
/// # Errors
///
/// Where one of the two comments is missing, is there twice, or they are in the wrong order.
pub(super) fn replace(text: &str, name: &str, part: &str) -> anyhow::Result<String> {
    let begin = format!("<!-- bench:begin {name} -->");
    let end = format!("<!-- bench:end {name} -->");
    let start = only(text, &begin)? + begin.len();
    let stop = only(text, &end)?;
    ensure!(start <= stop, "`{end}` comes before `{begin}`");
    Ok(format!(
        "{}\n\n{}\n\n{}",
        &text[..start],
        part.trim(),
        &text[stop..]
    ))
}

fn only(text: &str, marker: &str) -> anyhow::Result<usize> {
    let at = text.find(marker).with_context(|| {
        format!("there is no line `{marker}`: add it where the part is to stand")
    })?;
    ensure!(
        !text[at + marker.len()..].contains(marker),
        "there are two lines `{marker}`"
    );
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a\n<!-- bench:begin x -->\nold\n<!-- bench:end x -->\nz\n";

    #[test]
    fn what_stands_between_is_written_anew_and_the_rest_stays() {
        let once = replace(TEXT, "x", "new\n").unwrap();
        assert_eq!(
            once,
            "a\n<!-- bench:begin x -->\n\nnew\n\n<!-- bench:end x -->\nz\n"
        );
        assert_eq!(replace(&once, "x", "new").unwrap(), once, "again the same");
    }

    #[test]
    fn a_missing_or_doubled_comment_is_named() {
        let error = replace(TEXT, "y", "new").unwrap_err().to_string();
        assert!(error.contains("bench:begin y"), "{error}");
        let twice = format!("{TEXT}{TEXT}");
        assert!(replace(&twice, "x", "new").is_err());
        let turned = "<!-- bench:end x --><!-- bench:begin x -->";
        assert!(replace(turned, "x", "new").is_err());
    }
}
