//! Who takes part in an epoch, and with what: activity, stake and permits.

use crate::vector::{normalize, shares};
use crate::{Mechanism, Rules, Subnet};
use yuma_fixed::{I32F32, I64F64};

/// Activity, stake and permits by uid.
pub struct Participants {
    /// Whether each of the `n` neurons has updated within the activity cutoff.
    pub active: Vec<bool>,
    /// The normalised stake of each of the `n` neurons.
    pub stake: Vec<I32F32>,
    /// The normalised stake of active validators with a permit, `n` values; zero for all others.
    pub active_stake: Vec<I32F32>,
    /// The permits before the epoch, of any length, as stored.
    pub permit_before: Vec<bool>,
    /// The permits after the epoch, `n` of them.
    pub permit_after: Vec<bool>,
}

impl Participants {
    /// Returns who takes part in the mechanism's epoch.
    pub fn new(rules: &Rules, subnet: &Subnet<'_>, mechanism: &Mechanism<'_>) -> Self {
        let active = active(subnet, mechanism);
        let stake = normalized_stake(rules, subnet);
        let mut permit_before = subnet
            .validator_permit
            .iter()
            .map(|&permit| permit != 0)
            .collect::<Vec<_>>();
        let mut permit_after = top_k(
            &stake,
            subnet.max_allowed_validators as usize,
            rules.permits_without_stake,
        );
        if let (true, Some(owner)) = (rules.owner_exempt, subnet.owner_uid) {
            for permits in [&mut permit_before, &mut permit_after] {
                if let Some(permit) = permits.get_mut(owner as usize) {
                    *permit = true;
                }
            }
        }
        Self {
            active_stake: active_stake(&stake, &active, &permit_before),
            active,
            stake,
            permit_before,
            permit_after,
        }
    }

    /// Returns whether `uid` held a permit before the epoch. A uid beyond the stored permits held none.
    pub fn permitted(&self, uid: usize) -> bool {
        self.permit_before.get(uid).copied().unwrap_or(false)
    }
}

/// Returns the block of the uid's last update. The chain pads a short `LastUpdate` with zeros.
pub(super) fn last_update(mechanism: &Mechanism<'_>, uid: usize) -> u64 {
    mechanism.last_update.get(uid).copied().unwrap_or(0)
}

/// Returns whether each of the `n` neurons has updated within the activity cutoff.
pub fn active(subnet: &Subnet<'_>, mechanism: &Mechanism<'_>) -> Vec<bool> {
    let cutoff = subnet.activity_cutoff_blocks;
    (0..subnet.n as usize)
        .map(|uid| last_update(mechanism, uid).saturating_add(cutoff) >= subnet.block)
        .collect()
}

/// Returns the uid's stake as the chain holds it, in rao.
pub fn total_stake(subnet: &Subnet<'_>, uid: usize) -> I64F64 {
    let [low, high] = subnet.total_stake[uid];
    I64F64::from_bits(((high as u128) << 64 | low as u128) as i128)
}

/// Returns each neuron's whole stake before the threshold, in rao, `n` values.
pub fn total_stake_in_rao(subnet: &Subnet<'_>) -> Vec<u64> {
    (0..subnet.n.into())
        .map(|uid| total_stake(subnet, uid).saturating_to_u64())
        .collect()
}

/// Returns each neuron's part of all stake, where there is a threshold of that at or above it, normalised in I64F64 and only then narrowed.
pub fn normalized_stake(rules: &Rules, subnet: &Subnet<'_>) -> Vec<I32F32> {
    let filtered = (0..subnet.n as usize)
        .map(|uid| {
            let stake = total_stake(subnet, uid);
            let exempt = rules.owner_exempt && subnet.owner_uid == Some(uid as u16);
            let has_threshold = rules.stake_threshold && !exempt;
            if has_threshold && stake.saturating_to_u64() < subnet.stake_threshold {
                return I64F64::ZERO;
            }
            stake
        })
        .collect::<Vec<_>>();
    let sum = filtered
        .iter()
        .fold(I64F64::ZERO, |acc, &stake| acc.wrapping_add(stake));
    shares(&filtered, sum)
}

/// Returns whether each neuron is among the `k` of largest stake, of equal ones the higher uid; those of none only
/// `with_zeros`.
fn top_k(stake: &[I32F32], k: usize, with_zeros: bool) -> Vec<bool> {
    let mut chosen = stake
        .iter()
        .map(|&s| with_zeros || s != I32F32::ZERO)
        .collect::<Vec<_>>();
    let are_few = chosen.iter().filter(|&&chosen| chosen).count() <= k;
    // A stake below zero, of a sum that wrapped, is behind those that are not chosen.
    if k == 0 || (are_few && stake.iter().all(|&s| s >= I32F32::ZERO)) {
        chosen.iter_mut().for_each(|chosen| *chosen &= k > 0);
        return chosen;
    }
    let least = kth_largest(stake, k.min(stake.len()));
    let above = stake.iter().filter(|&&s| s > least).count();
    let mut equal_left = k - above;
    for (chosen, &stake) in chosen.iter_mut().zip(stake).rev() {
        let is_equal = stake == least && equal_left > 0;
        equal_left -= usize::from(is_equal);
        *chosen &= stake > least || is_equal;
    }
    chosen
}

/// Returns the `k`-th largest of the values, of which there are as many.
///
/// Bit by bit from the top, by counting: no code of a selection is needed, which a browser's module would have to hold.
pub fn kth_largest(values: &[I32F32], k: usize) -> I32F32 {
    let bits = || values.iter().map(|value| value.to_bits());
    let (least, most) = (bits().min().unwrap_or(0), bits().max().unwrap_or(0));
    let range = most.wrapping_sub(least) as u64;
    let mut found = 0;
    for bit in (0..u64::BITS - range.leading_zeros()).rev() {
        let candidate = found | 1 << bit;
        if candidate > range {
            continue;
        }
        let at_least = least.wrapping_add(candidate as i64);
        let count = bits().filter(|&bits| bits >= at_least).count();
        if count >= k {
            found = candidate;
        }
        if count == k {
            break;
        }
    }
    let at_least = least.wrapping_add(found as i64);
    let found = bits().filter(|&bits| bits >= at_least).min();
    I32F32::from_bits(found.unwrap_or(least))
}

/// Returns the stake of active neurons with a permit, normalised; zero for all others.
fn active_stake(stake: &[I32F32], active: &[bool], permit_before: &[bool]) -> Vec<I32F32> {
    let mut out = stake.to_vec();
    for (uid, value) in out.iter_mut().enumerate() {
        // An empty permit vector masks no stake at all, a short one masks what it lacks.
        let forbidden =
            !permit_before.is_empty() && !permit_before.get(uid).copied().unwrap_or(false);
        if !active[uid] || forbidden {
            *value = I32F32::ZERO;
        }
    }
    normalize(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_those_of_a_stable_sort() {
        let mut random = 1u64;
        let mut below = |bound: u64| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % bound
        };
        for round in 0..20_000 {
            // Few distinct values, so that ties are common; now and then as far apart as numbers can be.
            let edges = [i64::MIN, -1, 0, 1, 1 << 32, i64::MAX];
            let stake = (0..below(12))
                .map(|_| match round % 4 {
                    0 => edges[below(6) as usize],
                    1 => below(4) as i64,
                    2 => (below(9) as i64) << 30,
                    _ => below(1 << 31) as i64,
                })
                .map(I32F32::from_bits)
                .collect::<Vec<_>>();
            let k = below(14) as usize;
            let mut order = (0..stake.len()).collect::<Vec<_>>();
            order.sort_by_key(|&uid| stake[uid]);
            let mut wanted = vec![false; stake.len()];
            for &uid in &order[stake.len().saturating_sub(k)..] {
                wanted[uid] = true;
            }
            assert_eq!(top_k(&stake, k, true), wanted, "{k} of {stake:?}");
            for (wanted, &stake) in wanted.iter_mut().zip(&stake) {
                *wanted &= stake != I32F32::ZERO;
            }
            assert_eq!(top_k(&stake, k, false), wanted, "{k} of {stake:?}");
        }
    }
}
