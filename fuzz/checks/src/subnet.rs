//! A subnet out of a fuzzer's bytes: such as a chain could hold, and some such as it could not.

use crate::values::{column, half_word, len_near, maybe, one_in, word};
use arbitrary::{Result, Unstructured};
use fastrand::Rng;
use yuma_differential::{OwnedMechanism, OwnedSubnet, Rows};
use yuma_types::{ConsensusMode, EpochConsensus, Pools, Rules, Subnet};

/// A version whose epoch is known, of any range.
pub fn spec_version(u: &mut Unstructured<'_>) -> Result<u32> {
    let range = u.choose(Rules::ranges())?;
    let (first, last) = (*range.specs.start(), *range.specs.end());
    let spec_version = u.int_in_range(first..=last)?;
    // Not every number of a range was a version.
    Ok(if Rules::is_known(spec_version) {
        spec_version
    } else {
        first
    })
}

/// A subnet of one neuron or more, and its mechanisms; now and then with rows that are none.
pub fn subnet(u: &mut Unstructured<'_>) -> Result<OwnedSubnet> {
    let mut subnet = subnet_of_rows(u)?;
    if one_in(u, 16)? {
        let mechanism = u.choose_index(subnet.mechanisms.len())?;
        let mechanism = &mut subnet.mechanisms[mechanism];
        match u.arbitrary()? {
            true => break_rows(u, &mut mechanism.weights)?,
            false => break_rows(u, &mut mechanism.bonds)?,
        }
    }
    Ok(subnet)
}

/// The same, whose rows are rows.
pub fn subnet_of_rows(u: &mut Unstructured<'_>) -> Result<OwnedSubnet> {
    let n = match u.int_in_range(0..=15)? {
        0 => u.int_in_range(24..=200)?,
        1..=3 => u.int_in_range(1..=3)?,
        _ => u.int_in_range(2..=24)?,
    };
    let scalars = scalars(u, n)?;
    let block = scalars.block;
    let count = usize::from(n);
    let mechanisms = match u.int_in_range(0..=15)? {
        0 => u.int_in_range(2..=17)?,
        1..=3 => 2,
        _ => 1,
    };
    let permits = len_near(u, count)?;
    Ok(OwnedSubnet {
        block_at_registration: column(u, count, |u| before(u, block))?,
        total_stake: column(u, count, stake)?,
        validator_permit: column(u, permits, |u| Ok(u.ratio(3, 4)?.into()))?,
        mechanisms: (0..mechanisms)
            .map(|_| mechanism(u, n, block))
            .collect::<Result<_>>()?,
        split: maybe(u, |u| {
            let parts = len_near(u, mechanisms)?;
            column(u, parts, half_word)
        })?,
        pools: Pools {
            server: word(u)?,
            validator: word(u)?,
            root: word(u)?,
        },
        scalars,
    })
}

fn scalars(u: &mut Unstructured<'_>, n: u16) -> Result<Subnet<'static>> {
    let block = match u.int_in_range(0..=3)? {
        0 => word(u)?,
        _ => 8_000_000,
    };
    Ok(Subnet {
        n,
        block,
        tempo: word(u)?,
        last_mechanism_step_block: before(u, block)?,
        last_yuma_step_block: maybe(u, |u| before(u, block))?,
        activity_cutoff_blocks: match u.arbitrary()? {
            true => 5_000,
            false => word(u)?,
        },
        block_at_registration: &[],
        total_stake: &[],
        stake_threshold: match u.arbitrary()? {
            true => 0,
            false => word(u)?,
        },
        owner_uid: maybe(u, |u| match u.ratio(3, 4)? {
            true => u.int_in_range(0..=n),
            false => half_word(u),
        })?,
        validator_permit: &[],
        max_allowed_validators: match u.arbitrary()? {
            true => 64,
            false => half_word(u)?,
        },
        commit_reveal_enabled: u.arbitrary()?,
        kappa: usually(u, 32_767)?,
        bonds_penalty: usually(u, 65_535)?,
        bonds_moving_average: match u.int_in_range(0..=2)? {
            0 => word(u)?,
            _ => u.int_in_range(0..=1_000_000)?,
        },
        yuma3_on: u.arbitrary()?,
        liquid_alpha_on: u.arbitrary()?,
        alpha_low: usually(u, 45_875)?,
        alpha_high: usually(u, 58_982)?,
        alpha_sigmoid_steepness: match u.arbitrary()? {
            true => 1000,
            false => u.arbitrary()?,
        },
        liquid_alpha_consensus_mode: *u.choose(&ConsensusMode::ALL)?,
        subnet_epoch_consensus: match one_in(u, 8)? {
            true => EpochConsensus::Null,
            false => EpochConsensus::Yuma,
        },
    })
}

fn usually(u: &mut Unstructured<'_>, usual: u16) -> Result<u16> {
    match u.arbitrary()? {
        true => Ok(usual),
        false => half_word(u),
    }
}

/// A block that is mostly before another.
fn before(u: &mut Unstructured<'_>, block: u64) -> Result<u64> {
    Ok(match u.int_in_range(0..=7)? {
        0 => word(u)?,
        1 => block,
        2 => block.saturating_sub(word(u)?),
        3 => block.saturating_sub(100_000),
        _ => block.saturating_sub(u.arbitrary::<u16>()?.into()),
    })
}

fn stake(u: &mut Unstructured<'_>) -> Result<[u64; 2]> {
    Ok(match u.int_in_range(0..=7)? {
        0 => [word(u)?, word(u)?],
        1 => [0, 0],
        2 => [u.arbitrary()?, 0],
        _ => [0, u.arbitrary::<u64>()? >> 16],
    })
}

fn mechanism(u: &mut Unstructured<'_>, n: u16, block: u64) -> Result<OwnedMechanism> {
    let count = usize::from(n);
    let (updates, commits) = (len_near(u, count)?, len_near(u, count)?);
    let stored = match u.arbitrary()? {
        true => len_near(u, count)?,
        false => 0,
    };
    Ok(OwnedMechanism {
        last_update: column(u, updates, |u| before(u, block))?,
        weights: rows(u, n)?,
        bonds: rows(u, n)?,
        commit_blocks: column(u, commits, |u| {
            let commit = maybe(u, |u| before(u, block))?;
            Ok(commit.unwrap_or(u64::MAX))
        })?,
        consensus_by_mechanism: column(u, stored, half_word)?,
    })
}

fn rows(u: &mut Unstructured<'_>, n: u16) -> Result<Rows> {
    let setters = u.int_in_range(0..=n)?;
    let mut lists: Vec<Vec<(u16, u16)>> = Vec::with_capacity(n.into());
    for uid in 0..n {
        let row = match uid < setters {
            true => row(u, n, &lists)?,
            false => Vec::new(),
        };
        lists.push(row);
    }
    Ok(Rows::from_lists(&lists))
}

/// One row: an entry for each uid, some entries in any order, the copy of a row before, or nothing.
fn row(u: &mut Unstructured<'_>, n: u16, before: &[Vec<(u16, u16)>]) -> Result<Vec<(u16, u16)>> {
    Ok(match u.int_in_range(0..=7)? {
        0 => Vec::new(),
        1 if !before.is_empty() => u.choose(before)?.clone(),
        2 => {
            let value = half_word(u)?;
            (0..n).map(|uid| (uid, value)).collect()
        }
        3 => {
            let len = u.int_in_range(0..=12)?;
            let entry = |u: &mut Unstructured<'_>| Ok((uid(u, n)?, half_word(u)?));
            (0..len).map(|_| entry(u)).collect::<Result<_>>()?
        }
        _ => {
            let (every, most) = (u.int_in_range(1..=4)?, half_word(u)?);
            let mut rng = Rng::with_seed(u.arbitrary::<u32>()?.into());
            let uids = (0..n).filter(|_| rng.u8(0..every) == 0);
            let uids: Vec<u16> = uids.collect();
            uids.into_iter()
                .map(|uid| (uid, rng.u16(0..=most)))
                .collect()
        }
    })
}

fn uid(u: &mut Unstructured<'_>, n: u16) -> Result<u16> {
    match one_in(u, 16)? {
        true => u.arbitrary(),
        false => u.int_in_range(0..=n - 1),
    }
}

/// Rows that are none: starts that do not fit, or columns of other lengths.
fn break_rows(u: &mut Unstructured<'_>, rows: &mut Rows) -> Result<()> {
    match u.int_in_range(0..=3)? {
        0 => {
            let at = u.choose_index(rows.row_start.len())?;
            rows.row_start[at] = word(u)? as u32;
        }
        1 => drop(rows.row_start.pop()),
        2 => drop(rows.uid.pop()),
        _ => rows.value.push(half_word(u)?),
    }
    Ok(())
}
