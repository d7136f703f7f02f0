//! `cargo run --release -p yuma-differential -- [COUNT] [FIRST_SEED] [SPEC]`: a million random subnets, or as many as
//! asked, by the rules that each seed chooses or by those of one version.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;
use yuma_differential::{Agreed, check_seed};
use yuma_types::{Evidence, Rules};

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|arg| arg.parse::<u64>());
    let (Ok(count), Ok(first), Ok(spec)) = (
        numbers.next().unwrap_or(Ok(1_000_000)),
        numbers.next().unwrap_or(Ok(0)),
        numbers.next().transpose(),
    ) else {
        eprintln!("usage: yuma-differential [COUNT] [FIRST_SEED] [SPEC]");
        return ExitCode::from(2);
    };
    let spec_version = spec.map(|spec| u32::try_from(spec).unwrap_or(u32::MAX));
    let began = Instant::now();
    let mut agreed: BTreeMap<Agreed, u64> = BTreeMap::new();
    for done in 0..count {
        match check_seed(first + done, spec_version) {
            Ok(by) => *agreed.entry(by).or_default() += 1,
            Err(difference) => {
                eprintln!("seed {}: {difference}", first + done);
                return ExitCode::FAILURE;
            }
        }
        if done % 100_000 == 99_999 {
            eprintln!("{} subnets agree", done + 1);
        }
    }
    println!("{count} random subnets from seed {first} agree in every output and intermediate");
    for range in Rules::ranges() {
        let of_range = agreed
            .iter()
            .filter(|(by, _)| range.specs.contains(&by.spec_version));
        let sum = |of: fn(&Agreed) -> bool| -> u64 {
            let counted = of_range.clone().filter(|(by, _)| of(by));
            counted.map(|(_, count)| count).sum()
        };
        if sum(|_| true) > 0 {
            let (specs, evidence) = (&range.specs, words(range.evidence));
            println!(
                "  {} to {}, {evidence}: {} ({} by Null consensus, {} with liquid alpha, {} refused alike)",
                specs.start(),
                specs.end(),
                sum(|_| true),
                sum(|by| by.by_null),
                sum(|by| by.with_liquid_alpha),
                sum(|by| by.refused)
            );
        }
    }
    println!("in {:.0} seconds", began.elapsed().as_secs_f64());
    ExitCode::SUCCESS
}

fn words(evidence: Evidence) -> String {
    match evidence {
        Evidence::Proved => "proved".to_owned(),
        Evidence::SameText(spec) => format!("same text as {spec}"),
    }
}
