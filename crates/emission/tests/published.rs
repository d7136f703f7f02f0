//! The published table of what is known, beside the code.

use std::collections::BTreeSet;
use yuma_emission::{Evidence, Path};

const PATHS: [Path; 4] = [Path::Epoch, Path::Shares, Path::Block, Path::Payout];
/// The first version that the table speaks of.
const FIRST: u32 = 300;

/// A version's rules in words, path by path.
fn cells(spec_version: u32) -> [String; 4] {
    PATHS.map(|path| {
        let spans = path.spans();
        let holds = |span: &&yuma_emission::Span| (span.first..=span.last).contains(&spec_version);
        match spans.iter().find(holds).map(|span| span.evidence) {
            None => "–".to_owned(),
            Some(Evidence::Proved) => "proved".to_owned(),
            Some(Evidence::SameText(spec)) => format!("same text as {spec}"),
        }
    })
}

/// A row for each stretch of versions that stand in the same ranges, newest first.
fn rows() -> Vec<String> {
    let spans: Vec<_> = PATHS.iter().flat_map(|path| path.spans()).collect();
    let newest = spans.iter().map(|span| span.last).max().expect("a version");
    let begins: BTreeSet<u32> = spans
        .iter()
        .flat_map(|span| [span.first, span.last + 1])
        .filter(|spec| (FIRST..=newest).contains(spec))
        .collect();
    let mut last = newest;
    let row = |&first: &u32| {
        let versions = match first == last {
            true => first.to_string(),
            false => format!("{first} to {last}"),
        };
        last = first - 1;
        format!("| {versions} | {} |", cells(first).join(" | "))
    };
    begins.iter().rev().map(row).collect()
}

#[test]
fn the_published_table_has_every_range_and_its_evidence() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");
    let text = std::fs::read_to_string(path).expect("docs/rules.md");
    let head = "| spec | epoch | shares | block | payout |";
    let mut lines = text.lines().skip_while(|line| *line != head).skip(2);
    let published: Vec<&str> = lines
        .by_ref()
        .take_while(|line| line.starts_with('|'))
        .collect();
    let rows = rows();
    assert_eq!(
        published,
        rows,
        "docs/rules.md should have\n{}",
        rows.join("\n")
    );
}
