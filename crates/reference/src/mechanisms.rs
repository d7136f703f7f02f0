//! A subnet with several mechanisms: an epoch for each, and one set of terms for the subnet.

use crate::epoch;
use crate::input::Input;
use crate::null;
use yuma_types::{
    EpochConsensus, MalformedSplit, Mechanism, MechanismOutput, Pools, Rules, Subnet, SubnetOutput,
    Terms,
};

/// One epoch of a whole subnet.
///
/// `split` is the stored emission split, u16 proportions, or `None` for an even one; `pools` are in rao. The traces
/// are kept where `keep_trace`. Lengths are the caller's to keep, as of [`epoch`]. Follows `subnets/mechanism.rs` at
/// specs 425 and 475.
pub fn subnet_epoch(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanisms: &[Mechanism<'_>],
    split: Option<&[u16]>,
    pools: impl Into<Pools>,
    keep_trace: bool,
) -> SubnetOutput {
    let pools = pools.into();
    let count = mechanisms.len();
    // Of a split of another length either the parts that there are count, or none.
    let split = split
        .filter(|parts| parts.len() == count || rules.malformed_split == MalformedSplit::Fitted);
    if rules.null_consensus && subnet.subnet_epoch_consensus == EpochConsensus::Null {
        return null_epoch(rules, subnet, mechanisms, split, pools, keep_trace);
    }
    let emission = pools.total();
    let shares = split_emission(emission, count, split);
    let mechanisms: Vec<MechanismOutput> = mechanisms
        .iter()
        .zip(shares)
        .map(|(mechanism, share)| epoch(rules, subnet, mechanism, share, keep_trace))
        .collect();
    SubnetOutput {
        combined: Some(combine(subnet.n.into(), emission, &mechanisms)),
        mechanisms,
    }
}

/// The same under Null consensus: each pool is split for itself, and what the mechanisms pay adds up as it is.
fn null_epoch(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanisms: &[Mechanism<'_>],
    split: Option<&[u16]>,
    pools: Pools,
    keep_trace: bool,
) -> SubnetOutput {
    let share_of = |pool: u64| split_emission(pool, mechanisms.len(), split);
    let server = share_of(pools.server);
    let validator = share_of(pools.validator);
    let root = share_of(pools.root);
    let mut outputs = Vec::new();
    for (id, mechanism) in mechanisms.iter().enumerate() {
        let pools = Pools {
            server: server[id],
            validator: validator[id],
            root: root[id],
        };
        let input = Input::new(subnet, mechanism);
        outputs.push(null::epoch(rules, &input, pools, keep_trace));
    }
    let mut terms = combine(subnet.n.into(), pools.total(), &outputs);
    for (uid, emission) in terms.emission.iter_mut().enumerate() {
        let paid = outputs.iter().map(|output| output.terms.emission[uid]);
        *emission = paid.fold(0, u64::saturating_add);
    }
    SubnetOutput {
        combined: Some(terms),
        mechanisms: outputs,
    }
}

/// The rao each of `count` mechanisms hands out. What rounding leaves, and what a split of fewer mechanisms or of
/// less than 65535 leaves, goes to the first.
pub fn split_emission(emission: u64, count: usize, split: Option<&[u16]>) -> Vec<u64> {
    let proportion_of = |part: u16| {
        let rao = u128::from(emission) * u128::from(part) / u128::from(u16::MAX);
        // At most the emission itself.
        rao as u64
    };
    let mut shares = match split {
        Some(split) => split.iter().map(|&part| proportion_of(part)).collect(),
        None => vec![emission.checked_div(count as u64).unwrap_or(0); count],
    };
    shares.resize(count, 0);

    let handed_out = shares.iter().copied().fold(0, u64::wrapping_add);
    if let Some(first) = shares.first_mut() {
        *first = first.saturating_add(emission.saturating_sub(handed_out));
    }
    shares
}

/// The subnet's terms from those of its mechanisms, each with its share of `emission`. Without any mechanism
/// everything is 0 or false.
///
/// Server and validator emission and stake add up, flags are or-ed. The other terms are weighted by the mechanism's
/// share of the emission and rounded down at each addition. Incentive is the first mechanism's alone.
pub fn combine(n: usize, emission: u64, mechanisms: &[MechanismOutput]) -> Terms {
    let mut subnet = Terms {
        stake_weight: vec![0; n],
        consensus: vec![0; n],
        incentive: vec![0; n],
        dividends: vec![0; n],
        validator_trust: vec![0; n],
        active: vec![false; n],
        validator_permit: vec![false; n],
        server_emission: vec![0; n],
        validator_emission: vec![0; n],
        emission: vec![0; n],
        stake: vec![0; n],
    };
    for (position, MechanismOutput { share, terms, .. }) in mechanisms.iter().enumerate() {
        let first = position == 0;
        let weight = weight(*share, emission, first);
        for uid in 0..n {
            add_u16(&mut subnet.stake_weight, &terms.stake_weight, uid, weight);
            add_u16(&mut subnet.consensus, &terms.consensus, uid, weight);
            add_u16(&mut subnet.dividends, &terms.dividends, uid, weight);
            add_u16(
                &mut subnet.validator_trust,
                &terms.validator_trust,
                uid,
                weight,
            );
            if first {
                add_u16(&mut subnet.incentive, &terms.incentive, uid, weight);
            }
            subnet.active[uid] |= terms.active[uid];
            subnet.validator_permit[uid] |= terms.validator_permit[uid];
            subnet.emission[uid] = weighted(subnet.emission[uid], terms.emission[uid], weight);
            add_whole(&mut subnet.server_emission, &terms.server_emission, uid);
            add_whole(
                &mut subnet.validator_emission,
                &terms.validator_emission,
                uid,
            );
            add_whole(&mut subnet.stake, &terms.stake, uid);
        }
    }
    subnet
}

/// A mechanism's weight, raw U64F64 bits: its share of the emission. Without emission the first has all the weight.
fn weight(share: u64, emission: u64, first: bool) -> u128 {
    let all = if first { 1 << 64 } else { 0 };
    (u128::from(share) << 64)
        .checked_div(u128::from(emission))
        .unwrap_or(all)
}

/// `total` plus `value` times `weight`, saturated in U64F64 and rounded down.
fn weighted(total: u64, value: u64, weight: u128) -> u64 {
    let added = u128::from(value).saturating_mul(weight);
    ((u128::from(total) << 64).saturating_add(added) >> 64) as u64
}

fn add_u16(totals: &mut [u16], values: &[u16], uid: usize, weight: u128) {
    let total = weighted(totals[uid].into(), values[uid].into(), weight);
    totals[uid] = u16::try_from(total).unwrap_or(u16::MAX);
}

fn add_whole(totals: &mut [u64], values: &[u64], uid: usize) {
    totals[uid] = totals[uid].saturating_add(values[uid]);
}
