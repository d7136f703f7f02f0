//! `cargo bench -p yuma-bench --bench resident`: 10,000 epochs of 256 neurons and 64 validators in the resident loop
//! beside as many bare epochs, in turns of one process, and what memory the loop takes.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};
use yuma_epoch::{Settings, Subnet, subnet_epoch};
use yuma_fixed::I32F32;
use yuma_simulate::{Growth, Making, Network, Values, make};
use yuma_types::Rules;

/// The addon's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TURNS: usize = 100;
const EPOCHS: u32 = 100;

fn network() -> Network {
    let making = Making {
        n: 256,
        validators: 64,
        mechanisms: 1,
        seed: 1,
        stake: 100_000_000_000_000,
        stake_deviation: I32F32::saturating_from_f64(0.3),
        quality_deviation: I32F32::saturating_from_f64(0.5),
        weight_deviation: I32F32::saturating_from_f64(0.2),
    };
    let values = Values {
        rules: Rules::for_spec(475).expect("a known version"),
        subnet: Subnet {
            block: 8_000_000,
            // Who never updates again stays active: every epoch is as large as the first.
            activity_cutoff_blocks: u64::MAX,
            ..Subnet::default()
        },
        emission: 148_000_000_000,
        pending: [None; 3],
    };
    make(&making, values).expect("a network")
}

/// Epochs of the state as it is.
fn bare(network: &Network) -> Duration {
    let start = Instant::now();
    let rules = network.values().rules;
    let pools = network.values().pools().expect("an emission");
    for _ in 0..EPOCHS {
        let mechanism = [network.mechanisms()[0].borrow()];
        let output = subnet_epoch(
            &rules,
            &network.subnet(),
            &mechanism,
            None,
            pools,
            Settings::default(),
        );
        drop(black_box(output.expect("an epoch")));
    }
    start.elapsed()
}

/// Epochs one after the other.
fn resident(network: &mut Network) -> Duration {
    let start = Instant::now();
    for _ in 0..EPOCHS {
        black_box(network.epoch(Settings::default()).expect("an epoch"));
        network.advance(Growth::None).expect("an epoch that ran");
    }
    start.elapsed()
}

/// Bytes of the process that are in memory, where the system says so.
fn resident_bytes() -> Option<u64> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = pages.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn main() {
    let mut network = network();
    resident(&mut network);
    let before = resident_bytes();
    let (mut bare_times, mut resident_times) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        bare_times.push(bare(&network));
        resident_times.push(resident(&mut network));
    }
    let (bare, resident) = (median(&mut bare_times), median(&mut resident_times));
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(EPOCHS);
    println!(
        "{} epochs of 256 neurons, 64 validators",
        TURNS as u32 * EPOCHS
    );
    println!(
        "bare epoch {:.1} us, resident {:.1} us",
        each(bare),
        each(resident)
    );
    let ratio = resident.as_secs_f64() / bare.as_secs_f64();
    println!("resident / bare {ratio:.3} (medians of {TURNS} turns)");
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        println!("memory {before} bytes before, {after} after");
    }
}
