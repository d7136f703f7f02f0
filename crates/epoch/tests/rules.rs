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
    let mut rows = Vec::new();
    let mut lines = text.lines();
    while lines.any(|line| line.starts_with("| epoch at specs |")) {
        rows.extend(lines.by_ref().skip(1).map_while(row));
    }
    // There are two tables. Every number has three digits: their order is that of texts.
    rows.sort();
    rows
}

#[test]
fn the_published_table_has_the_ranges_and_their_evidence() {
    let known = Rules::ranges()
        .iter()
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

/// The numbers of the table of numbers: "233, 234, 238 to 240" as 233, 234, 238, 239, 240.
fn published_numbers() -> Vec<(String, Vec<u32>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");
    let text = std::fs::read_to_string(path).expect("docs/rules.md");
    let table = text
        .lines()
        .skip_while(|line| !line.starts_with("| of the range | known |"))
        .skip(2)
        .map_while(|line| {
            line.strip_prefix("| ")?
                .strip_suffix(" |")?
                .split_once(" | ")
        });
    let number = |text: &str| text.parse::<u32>().expect("a number");
    let numbers = |part: &str| match part.split_once(" to ") {
        Some((first, last)) => number(first)..=number(last),
        None => number(part)..=number(part),
    };
    table
        .map(|(range, known)| {
            (
                range.to_owned(),
                known.split(", ").flat_map(numbers).collect(),
            )
        })
        .collect()
}

#[test]
fn the_published_numbers_are_those_that_are_known() {
    let below_425 = |range: &&yuma_epoch::RulesRange| *range.specs.end() < 425;
    let known = Rules::ranges()
        .iter()
        .filter(below_425)
        .map(|range| {
            let (first, last) = (range.specs.start(), range.specs.end());
            let range_name = match first == last {
                true => format!("{first} alone"),
                false => format!("{first} to {last}"),
            };
            (range_name, range.known().collect::<Vec<_>>())
        })
        .collect::<Vec<_>>();
    assert_eq!(published_numbers(), known);
}
