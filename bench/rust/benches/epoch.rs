//! Every case of `npm run bench`, on every platform of this machine.
#![allow(missing_docs, reason = "the macros of criterion make public items")]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use yuma_bench::{Owned, read_columns};
use yuma_wire::{Call, Platform};

/// The addon's allocator, so that the boundary's cost is the boundary's alone.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The median of so many calls, each timed by itself as tinybench times its own. The mean, which criterion would take,
/// counts what interrupts the machine, and on this side of the boundary only.
fn median(call: &Call<'_>, platform: Platform, calls: u64) -> Duration {
    let mut times = (0..calls)
        .map(|_| {
            let start = Instant::now();
            drop(black_box(call.run(black_box(platform))));
            start.elapsed()
        })
        .collect::<Vec<_>>();
    times.sort_unstable();
    times[times.len() / 2]
}

fn epochs(criterion: &mut Criterion) {
    let folder = PathBuf::from(std::env::var_os("YUMA_BENCH_INPUTS").unwrap_or_default());
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("run `npm run bench`: it writes the inputs and says where they are");
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let columns = read_columns(&path).expect("an input of this run");
        let [Owned::U64(scalars), columns @ ..] = &columns[..] else {
            panic!("{} has no scalars", path.display());
        };
        let columns = columns.iter().map(Owned::borrow).collect::<Vec<_>>();
        let call = Call::decode(scalars, &columns).expect("an input of this run");
        let case = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut group = criterion.benchmark_group(case);
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_secs(1));
        for platform in Platform::available() {
            group.bench_function(BenchmarkId::from_parameter(platform.name()), |bencher| {
                bencher.iter_custom(|calls| median(&call, platform, calls) * calls as u32);
            });
        }
        group.finish();
    }
}

criterion_group!(benches, epochs);
criterion_main!(benches);
