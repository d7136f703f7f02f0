//! Kinds of subnets that the random ones are to have among them.

use crate::subnet::{NEAR, OwnedSubnet, Rows};

/// A name and whether a subnet is of that kind.
pub type Kind = (&'static str, fn(&OwnedSubnet) -> bool);

/// What ordinary subnets have not, and a random one now and then.
pub const KINDS: [Kind; 20] = [
    ("more than 300 neurons", |s| s.scalars.n > 300),
    ("more than 1,200 neurons", |s| s.scalars.n > 1_200),
    ("one neuron", |s| s.scalars.n == 1),
    ("more than 4 mechanisms", |s| s.mechanisms.len() > 4),
    ("16 mechanisms", |s| s.mechanisms.len() == 16),
    ("a row of weights that is another's copy", |s| {
        s.mechanisms.iter().any(|m| has_copies(&m.weights))
    }),
    ("a row of bonds that is another's copy", |s| {
        s.mechanisms.iter().any(|m| has_copies(&m.bonds))
    }),
    ("a row of weights with runs of uids and gaps", |s| {
        s.mechanisms.iter().any(|m| has_runs(&m.weights))
    }),
    ("tempo 0", |s| s.scalars.tempo == 0),
    ("a tempo beyond u16", |s| s.scalars.tempo > u16::MAX.into()),
    ("activity cutoff 0", |s| {
        s.scalars.activity_cutoff_blocks == 0
    }),
    ("a block near 0", |s| s.scalars.block < NEAR),
    ("a block before its tempo", |s| {
        s.scalars.block < s.scalars.tempo
    }),
    ("a block near 2^64", |s| s.scalars.block > u64::MAX - NEAR),
    ("a negative steepness", |s| {
        s.scalars.alpha_sigmoid_steepness < 0
    }),
    ("the greatest or the least steepness", |s| {
        [i16::MIN, i16::MAX].contains(&s.scalars.alpha_sigmoid_steepness)
    }),
    ("bonds that keep nothing", |s| {
        s.scalars.bonds_moving_average == 0
    }),
    ("bonds that keep all", |s| {
        s.scalars.bonds_moving_average == 1_000_000
    }),
    ("bonds that keep more than all", |s| {
        s.scalars.bonds_moving_average > 1_000_000
    }),
    ("bonds that keep more than any of i64", |s| {
        s.scalars.bonds_moving_average > i64::MAX as u64
    }),
];

/// Whether a row has 20 entries or more, in runs of 4 or more on average, and a gap.
fn has_runs(rows: &Rows) -> bool {
    rows.row_start.windows(2).any(|pair| {
        let uids = &rows.uid[pair[0] as usize..pair[1] as usize];
        let gaps = uids
            .windows(2)
            .filter(|two| two[1] > two[0].saturating_add(1));
        let gaps = gaps.count();
        uids.is_sorted() && gaps > 0 && uids.len() >= 20.max(4 * (gaps + 1))
    })
}

/// Whether two rows, of two entries or more, are the same.
fn has_copies(rows: &Rows) -> bool {
    let bounds = rows.row_start.windows(2);
    let mut all: Vec<_> = bounds
        .map(|pair| pair[0] as usize..pair[1] as usize)
        .filter(|range| range.len() > 1)
        .map(|range| (&rows.uid[range.clone()], &rows.value[range]))
        .collect();
    all.sort_unstable();
    all.windows(2).any(|pair| pair[0] == pair[1])
}
