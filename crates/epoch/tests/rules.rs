//! The published table of versions beside the rules that the code has.

use yuma_epoch::{Evidence, Rules};

/// Returns the first two cells of each row of the table of epochs in docs/rules.md.
fn published() -> Vec<(String, String)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");
    let text = std::fs::read_to_string(path).expect("docs/rules.md");
    let row = |line: &str| {
        let mut cells = line.split('|').map(|cell| cell.trim().to_owned()).skip(1);
        Some((cells.next()?, cells.next()?))
    };
    text.lines()
        .skip_while(|line| !line.starts_with("| epoch at specs |"))
        .skip(2)
        .map_while(row)
        .collect()
}

#[test]
fn the_published_table_has_the_ranges_and_their_evidence() {
    let known = Rules::ranges()
        .iter()
        .rev()
        .map(|range| {
            let (first, last) = (range.specs.start(), range.specs.end());
            let specs = match first == last {
                true => format!("{first} alone"),
                false => format!("{first} to {last}"),
            };
            let evidence = match range.evidence {
                Evidence::Proved => "proved".to_owned(),
                Evidence::SameText(spec) => format!("same text as {spec}"),
            };
            (specs, evidence)
        })
        .collect::<Vec<_>>();
    assert_eq!(published(), known);
}
