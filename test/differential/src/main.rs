//! `cargo run --release -p yuma-differential -- [COUNT] [FIRST_SEED]`: a million random subnets, or as many as asked.

use std::process::ExitCode;
use yuma_differential::check_seed;

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|arg| arg.parse::<u64>());
    let (Ok(count), Ok(first)) = (
        numbers.next().unwrap_or(Ok(1_000_000)),
        numbers.next().unwrap_or(Ok(0)),
    ) else {
        eprintln!("usage: yuma-differential [COUNT] [FIRST_SEED]");
        return ExitCode::from(2);
    };
    for done in 0..count {
        if let Err(difference) = check_seed(first + done) {
            eprintln!("seed {}: {difference}", first + done);
            return ExitCode::FAILURE;
        }
        if done % 100_000 == 99_999 {
            eprintln!("{} subnets agree", done + 1);
        }
    }
    println!("{count} random subnets from seed {first} agree in every output and intermediate");
    ExitCode::SUCCESS
}
