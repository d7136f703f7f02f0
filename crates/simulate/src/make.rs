//! Networks made from a seed.

use crate::network::{NO_COMMIT, Network, Values};
use crate::quality::scattered;
use crate::random::Random;
use crate::weights::proportional;
use yuma_epoch::{Mechanism, SparseRows, Subnet};
use yuma_fixed::{I32F32, I64F64};
use yuma_types::InputError;

/// What [`make`] makes. Deviations are parts of the mean.
#[derive(Clone, Copy, Debug)]
pub struct Making {
    /// Neurons: validators first, miners behind them.
    pub n: u16,
    /// How many of them validate, 1 to `n`.
    pub validators: u16,
    /// Mechanisms, at least 1.
    pub mechanisms: u8,
    /// What everything is drawn from.
    pub seed: u64,
    /// Mean stake of a validator, rao. Miners have none.
    pub stake: u64,
    /// Deviation of the validators' stake, which is normal and not below 0.
    pub stake_deviation: I32F32,
    /// Deviation of the miners' quality, likewise.
    pub quality_deviation: I32F32,
    /// Deviation of each validator's measure of it, likewise.
    pub weight_deviation: I32F32,
}

/// A subnet in which every validator has weighed every miner by its quality, as it measured it, in the block before the
/// epoch; all are registered since block 0 and hold no bonds. `values` say the rest, but for `n`.
///
/// # Errors
/// No neurons or validators, more validators than neurons, no mechanisms, a deviation below 0, and values that no chain
/// could hold.
pub fn make(making: &Making, values: Values) -> Result<Network, InputError> {
    check(making)?;
    let n = usize::from(making.n);
    let mut random = Random::new(making.seed, 0);
    let stake = stakes(making, &mut random);
    let mut permits = vec![0; n];
    permits[..usize::from(making.validators)].fill(1);
    let mut values = values;
    values.subnet.n = making.n;
    let registered = vec![0; n];
    let last_update = vec![values.subnet.block.saturating_sub(1); n];
    let commits = match values.subnet.commit_reveal_enabled {
        true => vec![NO_COMMIT; n],
        false => Vec::new(),
    };
    let quality = (0..n - usize::from(making.validators))
        .map(|_| scattered(I32F32::ONE, making.quality_deviation, &mut random))
        .collect::<Vec<_>>();
    let rows = (0..making.mechanisms)
        .map(|_| Rows::new(making, &quality, &mut random))
        .collect::<Vec<_>>();
    let no_bonds = vec![0; n + 1];
    let mechanisms = rows
        .iter()
        .map(|rows| Mechanism {
            last_update: &last_update,
            weights: SparseRows {
                row_start: &rows.start,
                uid: &rows.uid,
                value: &rows.value,
            },
            bonds: SparseRows {
                row_start: &no_bonds,
                ..SparseRows::default()
            },
            commit_blocks: &commits,
            consensus_by_mechanism: &[],
        })
        .collect::<Vec<_>>();
    let subnet = Subnet {
        block_at_registration: &registered,
        total_stake: &stake,
        validator_permit: &permits,
        ..values.subnet
    };
    Network::new(values, &subnet, &mechanisms, None)
}

fn check(making: &Making) -> Result<(), InputError> {
    let Making { n, validators, .. } = *making;
    if !(1..=n).contains(&validators) {
        let expected = format!("expected 1 to {n} validators, found {validators}");
        return Err(InputError::new("validators", expected));
    }
    if making.mechanisms == 0 {
        return Err(InputError::new("mechanisms", "expected at least 1"));
    }
    let deviations = [
        ("stake_deviation", making.stake_deviation),
        ("quality_deviation", making.quality_deviation),
        ("weight_deviation", making.weight_deviation),
    ];
    match deviations.iter().find(|(_, value)| value.is_negative()) {
        Some((field, _)) => Err(InputError::new(
            field,
            "expected a number that is not below 0",
        )),
        None => Ok(()),
    }
}

fn stakes(making: &Making, random: &mut Random) -> Vec<[u64; 2]> {
    let mean = I64F64::saturating_from_int(making.stake.into());
    let mut stake = vec![[0; 2]; making.n.into()];
    for stake in &mut stake[..making.validators.into()] {
        let factor = scattered(I32F32::ONE, making.stake_deviation, random);
        let rao = mean.saturating_mul(I64F64::saturating_from(factor));
        *stake = [0, rao.saturating_to_u64()];
    }
    stake
}

/// Rows of weights.
struct Rows {
    start: Vec<u32>,
    uid: Vec<u16>,
    value: Vec<u16>,
}

impl Rows {
    fn new(making: &Making, quality: &[I32F32], random: &mut Random) -> Self {
        let mut rows = Self {
            start: vec![0],
            uid: Vec::new(),
            value: Vec::new(),
        };
        let validators = usize::from(making.validators);
        let mut parts = vec![I32F32::ZERO; making.n.into()];
        let (mut uids, mut values) = (Vec::new(), Vec::new());
        for _ in 0..validators {
            for (part, &quality) in parts[validators..].iter_mut().zip(quality) {
                *part = scattered(quality, making.weight_deviation, random);
            }
            proportional(&parts, &mut uids, &mut values);
            rows.uid.extend_from_slice(&uids);
            rows.value.extend_from_slice(&values);
            rows.start.push(rows.uid.len() as u32);
        }
        rows.start
            .resize(usize::from(making.n) + 1, rows.uid.len() as u32);
        rows
    }
}
