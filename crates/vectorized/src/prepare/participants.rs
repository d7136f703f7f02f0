//! Who takes part in an epoch, and with what: activity, stake and permits.

use crate::kernels::simd::Simd;
use crate::kernels::{Job, Platform, run_on};
use crate::vector::{SCALE, normalize_inline, share, shares, sum};
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
    pub fn new(
        platform: Platform,
        rules: &Rules,
        subnet: &Subnet<'_>,
        mechanism: &Mechanism<'_>,
    ) -> Self {
        run_on(
            platform,
            ReadParticipants {
                rules,
                subnet,
                mechanism,
            },
        )
    }

    /// Returns whether `uid` held a permit before the epoch. A uid beyond the stored permits held none.
    pub fn permitted(&self, uid: usize) -> bool {
        self.permit_before.get(uid).copied().unwrap_or(false)
    }
}

/// The job that reads who takes part: a job, since every neuron is looked at.
struct ReadParticipants<'a> {
    rules: &'a Rules,
    subnet: &'a Subnet<'a>,
    mechanism: &'a Mechanism<'a>,
}

impl Job for ReadParticipants<'_> {
    type Output = Participants;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Participants {
        let Self {
            rules,
            subnet,
            mechanism,
        } = self;
        let active = active(subnet, mechanism);
        let stake = stake_parts(rules, subnet);
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
        Participants {
            active_stake: active_stake(&stake, &active, &permit_before),
            active,
            stake,
            permit_before,
            permit_after,
        }
    }
}

/// Returns the block of the uid's last update. The chain pads a short `LastUpdate` with zeros.
pub(super) fn last_update(mechanism: &Mechanism<'_>, uid: usize) -> u64 {
    mechanism.last_update.get(uid).copied().unwrap_or(0)
}

/// Returns whether each of the `n` neurons has updated within the activity cutoff.
#[inline(always)]
pub fn active(subnet: &Subnet<'_>, mechanism: &Mechanism<'_>) -> Vec<bool> {
    let cutoff = subnet.activity_cutoff_blocks;
    let mut active = vec![cutoff >= subnet.block; subnet.n.into()];
    for (active, update) in active.iter_mut().zip(mechanism.last_update) {
        *active = update.saturating_add(cutoff) >= subnet.block;
    }
    active
}

/// Returns the uid's stake as the chain holds it, in rao.
pub fn total_stake(subnet: &Subnet<'_>, uid: usize) -> I64F64 {
    stake_of(&subnet.total_stake[uid])
}

fn stake_of(&[low, high]: &[u64; 2]) -> I64F64 {
    I64F64::from_bits(((high as u128) << 64 | low as u128) as i128)
}

/// Returns the whole rao of the words of a stake, none where it is below zero.
#[inline(always)]
pub(crate) fn rao(&[_, high]: &[u64; 2]) -> u64 {
    (high as i64).max(0) as u64
}

/// Returns each neuron's part of all stake, where there is a threshold of that at or above it, normalised in I64F64 and
/// only then narrowed.
#[inline(never)]
pub fn normalized_stake(rules: &Rules, subnet: &Subnet<'_>) -> Vec<I32F32> {
    stake_parts(rules, subnet)
}

/// The same, for a job: compiled with its instruction set.
///
/// A part is estimated in doubles, from the low word's upper bits too. Stakes that are not below zero, and sum to less
/// than `2^63` rao and at least one, have an estimate that errs by a few roundings of `2^-52` of at most `2^32`, and by
/// the `2^-53` rao that the low word's lower bits come to: less than [`DOUBT`] in all. Where the estimate lies farther than
/// that from an integer above zero its floor is the quotient's. The rest, one in thousands, is divided in 128 bits.
#[inline(always)]
fn stake_parts(rules: &Rules, subnet: &Subnet<'_>) -> Vec<I32F32> {
    let threshold = if rules.stake_threshold {
        subnet.stake_threshold
    } else {
        0
    };
    let mut counted = vec![[0; 2]; subnet.n.into()];
    for (counted, words) in counted.iter_mut().zip(subnet.total_stake) {
        let counts = rao(words) >= threshold;
        *counted = [words[0] * u64::from(counts), words[1] * u64::from(counts)];
    }
    if let (true, Some(owner)) = (rules.owner_exempt, subnet.owner_uid)
        && let Some(counted) = counted.get_mut(usize::from(owner))
    {
        *counted = subnet.total_stake[usize::from(owner)];
    }
    let mut sums = StakeSums::default();
    for &[low, high] in &counted {
        sums.low += low & 0xffff_ffff;
        sums.middle += low >> 32;
        sums.high = sums.high.wrapping_add(high);
        sums.coarse += high >> 16;
        sums.all |= high;
    }
    let whole = sums.whole();
    if sums.all >> 63 != 0 || sums.coarse >= 1 << 46 || whole < I64F64::ONE {
        return plain_stake_parts(&counted, whole);
    }
    let reciprocal = SCALE / in_double(words_of(whole));
    let mut parts = vec![I32F32::ZERO; counted.len()];
    let mut any_doubt = false;
    for (part, &stake) in parts.iter_mut().zip(&counted) {
        let estimate = in_double(stake) * reciprocal;
        let nearest = crate::kernels::rounding::nearest(estimate) as i64;
        let above = estimate - nearest as f64;
        any_doubt |= (above.abs() < DOUBT) & (nearest != 0);
        *part = I32F32::from_bits(nearest - i64::from(above < 0.0));
    }
    if any_doubt {
        divide_doubtful(&counted, whole, reciprocal, &mut parts);
    }
    parts
}

/// The distance from an integer below which the estimate of a part does not tell its floor: `2^-16`.
const DOUBT: f64 = 1.0 / 65536.0;

/// The sums of stakes, in pieces that do not overflow for as many neurons as there can be.
#[derive(Default)]
struct StakeSums {
    /// Of the low halves of low words.
    low: u64,
    /// Of the high halves of low words.
    middle: u64,
    /// Of the high words, which wraps.
    high: u64,
    /// Of the high words over `2^16`.
    coarse: u64,
    /// The bits that some high word has.
    all: u64,
}

impl StakeSums {
    /// Returns the sum of the stakes, which wraps.
    fn whole(&self) -> I64F64 {
        let low = (i128::from(self.middle) << 32) + i128::from(self.low);
        I64F64::from_bits((i128::from(self.high) << 64).wrapping_add(low))
    }
}

fn words_of(value: I64F64) -> [u64; 2] {
    [value.to_bits() as u64, (value.to_bits() >> 64) as u64]
}

/// Returns a stake in rao that is not below zero, near enough for an estimate.
#[inline(always)]
fn in_double([low, high]: [u64; 2]) -> f64 {
    const LOWER: u32 = 11;
    let fraction = (low >> LOWER) as i64 as f64 * (1.0 / (1u64 << (64 - LOWER)) as f64);
    high as i64 as f64 + fraction
}

#[cold]
#[inline(never)]
fn plain_stake_parts(counted: &[[u64; 2]], whole: I64F64) -> Vec<I32F32> {
    let values = counted.iter().map(stake_of).collect::<Vec<_>>();
    shares(&values, whole)
}

/// Divides those whose estimate leaves a doubt.
#[cold]
#[inline(never)]
fn divide_doubtful(counted: &[[u64; 2]], whole: I64F64, reciprocal: f64, parts: &mut [I32F32]) {
    for (part, &stake) in parts.iter_mut().zip(counted) {
        let estimate = in_double(stake) * reciprocal;
        if (estimate - estimate.round()).abs() < DOUBT && estimate > 0.5 {
            *part = share(stake_of(&stake), whole, estimate);
        }
    }
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
/// By the number of bits of each distance from the least value first, then, among those of as many bits, bit by bit
/// from the top, by counting: no code of a selection is needed, which a browser's module would have to hold.
#[inline(never)]
pub fn kth_largest(values: &[I32F32], k: usize) -> I32F32 {
    let least = values.iter().min().map_or(0, |value| value.to_bits());
    let distance = |value: &I32F32| value.to_bits().wrapping_sub(least) as u64;
    let length = |distance: u64| (u64::BITS - distance.leading_zeros()) as usize;
    let mut counts = [0; u64::BITS as usize + 1];
    for value in values {
        counts[length(distance(value))] += 1;
    }
    let mut rank = k;
    let mut bits = counts.len() - 1;
    while counts[bits] < rank && bits > 0 {
        rank -= counts[bits];
        bits -= 1;
    }
    let distances = values.iter().map(distance);
    let candidates = distances
        .filter(|&distance| length(distance) == bits)
        .collect::<Vec<_>>();
    let found = kth_of_length(&candidates, rank, bits as u32);
    I32F32::from_bits(least.wrapping_add(found as i64))
}

/// Returns the `k`-th largest of numbers that all have so many bits.
fn kth_of_length(numbers: &[u64], k: usize, bits: u32) -> u64 {
    if bits == 0 {
        return 0;
    }
    let mut found = 1 << (bits - 1);
    for bit in (0..bits - 1).rev() {
        let candidate = found | 1 << bit;
        let count = numbers
            .iter()
            .filter(|&&number| number >= candidate)
            .count();
        if count >= k {
            found = candidate;
        }
        if count == k {
            break;
        }
    }
    let at_least = numbers.iter().filter(|&&number| number >= found);
    at_least.min().copied().unwrap_or(found)
}

/// Returns the stake of active neurons with a permit, normalised; zero for all others.
#[inline(always)]
fn active_stake(stake: &[I32F32], active: &[bool], permit_before: &[bool]) -> Vec<I32F32> {
    let mut out = vec![I32F32::ZERO; stake.len()];
    // An empty permit vector masks no stake at all, a short one masks what it lacks.
    let permits = if permit_before.is_empty() {
        active
    } else {
        permit_before
    };
    let inputs = stake.iter().zip(active).zip(permits);
    for (out, ((stake, &active), &permit)) in out.iter_mut().zip(inputs) {
        *out = I32F32::from_bits(stake.to_bits() * i64::from(active & permit));
    }
    let sum = sum(&out);
    normalize_inline(&mut out, sum);
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
