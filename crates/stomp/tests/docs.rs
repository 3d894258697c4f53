//! The tables of `docs/stomp.md` name tests, and this keeps them true.

use std::fs;
use std::path::Path;

/// Each `file::test` of the page is a test of that file.
#[test]
fn every_test_that_the_page_names_exists() {
    let page = read("docs/stomp.md");
    let named: Vec<(&str, &str)> = page
        .split('`')
        .filter_map(|part| part.split_once(".rs::"))
        .collect();
    assert!(named.len() > 100, "the page is not read as it is written");
    let missing: Vec<String> = named
        .into_iter()
        .filter(|(file, test)| !has_test(&read(&format!("{file}.rs")), test))
        .map(|(file, test)| format!("{file}.rs::{test}"))
        .collect();
    assert!(missing.is_empty(), "not found: {missing:#?}");
}

/// No rule stands there without its test.
#[test]
fn every_rule_of_the_page_names_a_test() {
    let page = read("docs/stomp.md");
    let rules: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| "))
        .filter(|line| !line.ends_with("| shown by |"))
        .collect();
    assert!(rules.len() > 100, "the page is not read as it is written");
    for rule in rules {
        let shown_by = rule.trim_end_matches(" |").rsplit(" | ").next();
        assert!(
            shown_by.is_some_and(|cell| cell.contains(".rs::") || cell.contains("server/tests/it")),
            "nothing shows this: {rule}"
        );
    }
}

/// A path is given from the root of the repository.
fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = root.join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether a function of this name stands under an attribute that makes it a test.
fn has_test(source: &str, name: &str) -> bool {
    let before = source
        .split_once(&format!("fn {name}("))
        .map(|(before, _)| before.trim_end());
    let attribute = before
        .map(|before| before.strip_suffix("async").unwrap_or(before))
        .and_then(|before| before.trim_end().lines().next_back());
    attribute.is_some_and(|line| line.trim_start().starts_with("#[") && line.contains("test"))
}

#[test]
fn only_a_test_is_taken_for_one() {
    let source = "#[test]\nfn one() {}\nfn two() {}\n#[tokio::test(start_paused = true)]\nasync fn three() {}";
    let found = ["one", "two", "three", "four", "on"].map(|name| has_test(source, name));
    assert_eq!(found, [true, false, true, false, false]);
}
