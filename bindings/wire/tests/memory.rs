//! Epochs with less memory than they take: each ends in its result or in words, and never in the end of the process,
//! which an allocation that fails would be.
#![cfg(feature = "reference")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use yuma_differential::{OwnedSubnet, Rows, random_subnet};
use yuma_types::{EpochConsensus, InputError, Rules, SubnetOutput};
use yuma_wire::{Call, Platform};

/// The system's memory, of which no more than so much is given.
struct Limited;

/// Bytes in use.
static USED: AtomicUsize = AtomicUsize::new(0);
/// The most bytes that were in use; a block counts once another follows it, so that none counts that is only asked for.
static MOST: AtomicUsize = AtomicUsize::new(0);
/// The block that does not count yet, and how much was in use with it.
static LAST: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];
/// What is not gone beyond.
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);
/// Blocks that are given beyond it: pages for them are there.
const SMALL: usize = 4096;

// SAFETY: what is given is the system's, by the layout that is asked for; null says that there is none.
unsafe impl GlobalAlloc for Limited {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let used = USED.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        if used > LIMIT.load(Ordering::Relaxed) && layout.size() > SMALL {
            USED.fetch_sub(layout.size(), Ordering::Relaxed);
            return ptr::null_mut();
        }
        MOST.fetch_max(LAST[1].load(Ordering::Relaxed), Ordering::Relaxed);
        // SAFETY: the caller's promise for the layout.
        let block = unsafe { System.alloc(layout) };
        LAST[0].store(block.addr(), Ordering::Relaxed);
        LAST[1].store(used, Ordering::Relaxed);
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        if LAST[0].load(Ordering::Relaxed) == block.addr() {
            LAST[1].store(0, Ordering::Relaxed);
        }
        // SAFETY: the caller's promise: the block is of this allocator, which gave the system's.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Limited = Limited;

/// What work comes to with no more than `bytes` beside what is in use; the words where that was not enough.
fn within<T>(bytes: usize, work: impl FnOnce() -> T) -> Result<T, String> {
    LIMIT.store(
        USED.load(Ordering::Relaxed).saturating_add(bytes),
        Ordering::Relaxed,
    );
    let result = catch_unwind(AssertUnwindSafe(work));
    LIMIT.store(usize::MAX, Ordering::Relaxed);
    result.map_err(|reason| *reason.downcast::<String>().expect("words"))
}

/// The most that work has beside what was in use.
fn most<T>(work: impl FnOnce() -> T) -> usize {
    let before = USED.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    drop(work());
    MOST.load(Ordering::Relaxed) - before
}

/// A subnet of `n` neurons of which the first `validators` weigh every `every`th, in `mechanisms` mechanisms.
fn subnet(n: u16, validators: u16, every: usize, mechanisms: usize) -> OwnedSubnet {
    let mut subnet = random_subnet(7);
    let of_validator = |uid: u16, value: u64| if uid < validators { value } else { 0 };
    let row = |uid: u16| -> Vec<(u16, u16)> {
        let others = (0..n).step_by(every).filter(|&other| other != uid);
        let weight = |other: u16| 1 + (u32::from(uid) * 31 + u32::from(other) * 17) % 60_000;
        match uid < validators {
            true => others.map(|other| (other, weight(other) as u16)).collect(),
            false => Vec::new(),
        }
    };
    let rows = Rows::from_lists(&(0..n).map(row).collect::<Vec<_>>());
    let scalars = &mut subnet.scalars;
    scalars.n = n;
    scalars.block = 100_000;
    scalars.last_mechanism_step_block = 99_000;
    scalars.activity_cutoff_blocks = 50_000;
    scalars.bonds_moving_average = 900_000;
    scalars.bonds_penalty = 40_000;
    scalars.max_allowed_validators = validators;
    scalars.stake_threshold = 0;
    scalars.commit_reveal_enabled = false;
    scalars.subnet_epoch_consensus = EpochConsensus::Yuma;
    subnet.block_at_registration = vec![1; n.into()];
    subnet.total_stake = (0..n)
        .map(|uid| [u64::from(uid), of_validator(uid, 5_000_000_000_000)])
        .collect();
    subnet.validator_permit = (0..n).map(|uid| of_validator(uid, 1) as u8).collect();
    subnet.split = None;
    let mut mechanism = subnet.mechanisms[0].clone();
    mechanism.bonds = rows.clone();
    mechanism.weights = rows;
    mechanism.last_update = vec![99_900; n.into()];
    mechanism.commit_blocks = Vec::new();
    mechanism.consensus_by_mechanism = Vec::new();
    subnet.mechanisms = vec![mechanism; mechanisms];
    subnet
}

fn call(subnet: &OwnedSubnet, spec_version: u32, trace: bool) -> Call<'_> {
    Call {
        rules: Rules::for_spec(spec_version).expect("a known version"),
        subnet: subnet.borrow(),
        mechanisms: subnet.borrow_mechanisms(),
        split: subnet.split.as_deref(),
        pools: subnet.pools,
        trace,
        fields: u32::MAX,
    }
}

/// Checks a call with ever less memory: it gives the same, or says that there is too little. Returns how often it ran
/// out, and how many times what it takes it asks for.
fn check(name: &str, run: impl Fn() -> Result<SubnetOutput, InputError>) -> (usize, f64) {
    let expected = run();
    // The memory that a thread keeps is there by now.
    let most = most(&run);
    let mut short = 0;
    let mut enough = f64::INFINITY;
    for part in 0..12 {
        // From eight times as much down to a twentieth.
        let times = 8.0 * 0.65f64.powi(part);
        match within((most as f64 * times) as usize, &run) {
            Ok(result) => {
                assert_eq!(result, expected, "{name}");
                enough = times;
            }
            Err(words) => {
                assert!(words.starts_with("not enough memory"), "{name}: {words}");
                short += 1;
            }
        }
    }
    println!("{name}: {most} bytes, {enough:.1} times as much is enough, {short} times short");
    (short, enough)
}

/// In one test: the limit is that of the process.
#[test]
fn too_little_memory_is_said_and_ends_nothing() {
    let shapes = [
        (500, 150, 1, 1),
        (400, 60, 1, 4),
        (20_000, 3, 1, 2),
        (60_000, 2, 200, 1),
    ];
    for (n, validators, every, mechanisms) in shapes {
        let mut subnet = subnet(n, validators, every, mechanisms);
        for (yuma3_on, liquid_alpha_on) in [(false, false), (true, false), (true, true)] {
            subnet.scalars.yuma3_on = yuma3_on;
            subnet.scalars.liquid_alpha_on = liquid_alpha_on;
            for trace in [false, true] {
                let call = call(&subnet, 425, trace);
                let name = format!(
                    "n {n}, {mechanisms} mechanisms, Yuma3 {yuma3_on}, liquid {liquid_alpha_on}, trace {trace}"
                );
                let (short, enough) = check(&name, || call.run(Platform::detect()));
                assert!(short > 3 && enough < 6.0, "{name}");
                if yuma3_on == liquid_alpha_on && n < 1000 {
                    let name = format!("the reference, {name}");
                    let (short, enough) = check(&name, || call.run_reference());
                    assert!(short > 3 && enough < 6.0, "{name}");
                }
            }
        }
    }
    for seed in 0..1_000 {
        let subnet = random_subnet(seed);
        let entries = subnet.mechanisms.iter().map(|own| own.weights.uid.len());
        if entries.sum::<usize>() < 30_000 {
            continue;
        }
        let spec_version = [233, 300, 365, 425, 475][(seed % 5) as usize];
        let call = call(&subnet, spec_version, seed % 2 == 0);
        check(&format!("seed {seed}"), || call.run(Platform::detect()));
    }
}
