//! The corpora of the fuzz targets, and random bytes, through what the targets do: on any compiler, without a fuzzer.

use fastrand::Rng;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Random inputs beside each corpus; none under Miri, which takes a thousand times as long.
const RANDOM: u64 = if cfg!(miri) { 0 } else { 300 };
/// Files of each corpus, the smallest ones.
const FILES: usize = if cfg!(miri) { 4 } else { usize::MAX };
/// Bytes of the longest of them.
const LONGEST: usize = 4096;
/// What one input may take, far above what any does.
const MOST: Duration = Duration::from_secs(if cfg!(miri) { 600 } else { 20 });

/// Gives a target each file of its corpus, and random bytes.
fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../corpus")
        .join(target);
    let files = fs::read_dir(&folder).expect("the corpus of the target");
    let mut corpus: Vec<(String, Vec<u8>)> = files
        .map(|file| {
            let name = file.expect("a file").path();
            let bytes = fs::read(&name).expect("a file of the corpus");
            (name.display().to_string(), bytes)
        })
        .collect();
    assert!(!corpus.is_empty(), "{}: no file", folder.display());
    corpus.sort_by_key(|(name, bytes)| (bytes.len(), name.clone()));
    corpus.truncate(FILES);
    let random = (0..RANDOM).map(|seed| {
        let mut rng = Rng::with_seed(seed);
        let len = rng.usize(0..=LONGEST);
        let bytes = std::iter::repeat_with(|| rng.u8(..)).take(len).collect();
        (format!("random bytes of seed {seed}"), bytes)
    });
    for (name, bytes) in corpus.into_iter().chain(random) {
        let began = Instant::now();
        if std::panic::catch_unwind(|| check(&bytes)).is_err() {
            panic!("{name}");
        }
        assert!(began.elapsed() < MOST, "{name}: {:?}", began.elapsed());
    }
}

macro_rules! targets {
    ($($target:ident),*) => {$(
        #[test]
        fn $target() {
            replay(stringify!($target), yuma_fuzz_checks::$target::check);
        }
    )*};
}
targets!(emission, epoch, fixed, proof, wire);
