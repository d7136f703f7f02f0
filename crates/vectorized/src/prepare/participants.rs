//! Who takes part in an epoch, and with what: activity, stake and permits.

use crate::kernels::rounding::{exact, nearest};
use crate::kernels::simd::Simd;
use crate::kernels::{Job, Platform, run_on};
use crate::vector::{SCALE, normalize_on, share, shares};
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
        let mut read = run_on(
            platform,
            ReadParticipants {
                stake: normalized_stake(platform, rules, subnet),
                rules,
                subnet,
                mechanism,
            },
        );
        normalize_on(platform, &mut read.active_stake);
        read
    }

    /// Returns whether `uid` held a permit before the epoch. A uid beyond the stored permits held none.
    pub fn permitted(&self, uid: usize) -> bool {
        self.permit_before.get(uid).copied().unwrap_or(false)
    }
}

/// The job that reads who takes part: a job, since every neuron is looked at.
struct ReadParticipants<'a> {
    stake: Vec<I32F32>,
    rules: &'a Rules,
    subnet: &'a Subnet<'a>,
    mechanism: &'a Mechanism<'a>,
}

impl Job for ReadParticipants<'_> {
    type Output = Participants;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Participants {
        let Self {
            stake,
            rules,
            subnet,
            mechanism,
        } = self;
        let active = active(subnet, mechanism);
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
pub fn normalized_stake(platform: Platform, rules: &Rules, subnet: &Subnet<'_>) -> Vec<I32F32> {
    run_on(platform, NormalizeStake { rules, subnet })
}

struct NormalizeStake<'a> {
    rules: &'a Rules,
    subnet: &'a Subnet<'a>,
}

impl Job for NormalizeStake<'_> {
    type Output = Vec<I32F32>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Vec<I32F32> {
        parts_of(&CountedStake::new(self.rules, self.subnet))
    }
}

/// The job of [`normalized_stake`].
///
/// A part is estimated in doubles, from the upper half of the low word too. Stakes that are not below zero, and sum to less
/// than `2^63` rao and at least [`LEAST_ESTIMATED`], have an estimate that errs by a few roundings of `2^-53` of at most
/// `2^32`, and for the halves that are left out by `2^-32` rao of a stake and of all of it, twice over `2^20` at most: less
/// than [`DOUBT`] in all. Where the estimate lies farther than that from an integer above zero its floor is the
/// quotient's. The rest, one in thousands, is divided in 128 bits.
#[inline(always)]
fn parts_of(counted: &CountedStake<'_>) -> Vec<I32F32> {
    let mut sums = StakeSums::default();
    for words in counted.stake {
        sums.add(counted.at_threshold(words));
    }
    if let Some(owner) = counted.exempt {
        sums.add(counted.stake[owner]);
    }
    let whole = sums.whole();
    if sums.all >> 63 != 0 || sums.coarse >= 1 << 46 || whole < LEAST_ESTIMATED {
        return plain_parts(counted, whole);
    }
    let reciprocal = SCALE / in_double(words_of(whole));
    let mut parts = vec![I32F32::ZERO; counted.stake.len()];
    let mut any_doubt = false;
    for (part, words) in parts.iter_mut().zip(counted.stake) {
        let estimate = in_double(counted.at_threshold(words)) * reciprocal;
        let nearest = nearest(estimate);
        let above = estimate - exact(nearest);
        any_doubt |= (above.abs() < DOUBT) & (nearest != 0);
        *part = I32F32::from_bits(nearest as i64 - i64::from(above < 0.0));
    }
    if any_doubt {
        divide_doubtful(counted, whole, reciprocal, &mut parts);
    }
    if let Some(owner) = counted.exempt {
        let estimate = in_double(counted.stake[owner]) * reciprocal;
        parts[owner] = share(stake_of(&counted.stake[owner]), whole, estimate);
    }
    parts
}

/// The stake that counts: all of a neuron's where there is a threshold of it.
struct CountedStake<'a> {
    /// The words of each neuron's stake.
    stake: &'a [[u64; 2]],
    /// The whole rao from which on a stake counts.
    threshold: u64,
    /// The uid of the owner, where its stake counts below the threshold too, and is.
    exempt: Option<usize>,
}

impl<'a> CountedStake<'a> {
    fn new(rules: &Rules, subnet: &Subnet<'a>) -> Self {
        let stake = subnet.total_stake;
        let threshold = if rules.stake_threshold {
            subnet.stake_threshold
        } else {
            0
        };
        let owner = subnet.owner_uid.filter(|_| rules.owner_exempt);
        let exempt = owner.map(usize::from).filter(|&owner| {
            let words = stake.get(owner);
            words.is_some_and(|words| rao(words) < threshold)
        });
        Self {
            stake,
            threshold,
            exempt,
        }
    }

    /// Returns the words of a stake, zeros where it does not reach the threshold.
    #[inline(always)]
    fn at_threshold(&self, words: &[u64; 2]) -> [u64; 2] {
        let counts = u64::from(rao(words) >= self.threshold);
        [words[0] * counts, words[1] * counts]
    }

    /// Returns what counts of a neuron's stake. Not inlined: what few epochs need.
    #[inline(never)]
    fn value(&self, uid: usize) -> I64F64 {
        let words = &self.stake[uid];
        if self.exempt == Some(uid) {
            stake_of(words)
        } else {
            stake_of(&self.at_threshold(words))
        }
    }
}

/// The least sum of stakes whose parts are estimated, `2^20` rao.
const LEAST_ESTIMATED: I64F64 = I64F64::from_bits(1 << (64 + 20));

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
    /// Adds the words of a stake.
    #[inline(always)]
    fn add(&mut self, [low, high]: [u64; 2]) {
        self.low += low & 0xffff_ffff;
        self.middle += low >> 32;
        self.high = self.high.wrapping_add(high);
        self.coarse += high >> 16;
        self.all |= high;
    }

    /// Returns the sum of the stakes, which wraps.
    fn whole(&self) -> I64F64 {
        let low = (i128::from(self.middle) << 32) + i128::from(self.low);
        I64F64::from_bits((i128::from(self.high) << 64).wrapping_add(low))
    }
}

fn words_of(value: I64F64) -> [u64; 2] {
    [value.to_bits() as u64, (value.to_bits() >> 64) as u64]
}

/// Returns a stake in rao that is not below zero, near enough for an estimate: without the lower half of the low word.
#[inline(always)]
fn in_double([low, high]: [u64; 2]) -> f64 {
    exact(high >> 32) * SCALE + (exact(high & 0xffff_ffff) + exact(low >> 32) / SCALE)
}

#[cold]
#[inline(never)]
fn plain_parts(counted: &CountedStake<'_>, whole: I64F64) -> Vec<I32F32> {
    let values = (0..counted.stake.len()).map(|uid| counted.value(uid));
    shares(&values.collect::<Vec<_>>(), whole)
}

/// Divides those whose estimate leaves a doubt.
#[cold]
#[inline(never)]
fn divide_doubtful(
    counted: &CountedStake<'_>,
    whole: I64F64,
    reciprocal: f64,
    parts: &mut [I32F32],
) {
    for (uid, part) in parts.iter_mut().enumerate() {
        let stake = counted.value(uid);
        let estimate = in_double(words_of(stake)) * reciprocal;
        if (estimate - estimate.round()).abs() < DOUBT && estimate > 0.5 {
            *part = share(stake, whole, estimate);
        }
    }
}

/// Returns whether each neuron is among the `k` of largest stake, of equal ones the higher uid; those of none only
/// `with_zeros`.
#[inline(always)]
fn top_k(stake: &[I32F32], k: usize, with_zeros: bool) -> Vec<bool> {
    let mut chosen = vec![false; stake.len()];
    if k == 0 {
        return chosen;
    }
    let (mut count, mut all) = (0, 0);
    for (chosen, stake) in chosen.iter_mut().zip(stake) {
        *chosen = with_zeros | (*stake != I32F32::ZERO);
        count += usize::from(*chosen);
        all |= stake.to_bits();
    }
    // A stake below zero, of a sum that wrapped, is behind those that are not chosen.
    if count <= k && all >= 0 {
        return chosen;
    }
    let k = k.min(stake.len());
    let least = kth_of(stake, k);
    let excess = count_at_least(stake, least) - k;
    if excess > 0 {
        leave_out(stake, least, excess, &mut chosen);
    }
    for (chosen, &stake) in chosen.iter_mut().zip(stake) {
        *chosen &= stake >= least;
    }
    chosen
}

/// Leaves out so many of those who have this stake, the lower uids first.
#[cold]
#[inline(never)]
fn leave_out(stake: &[I32F32], of: I32F32, mut excess: usize, chosen: &mut [bool]) {
    for (chosen, &stake) in chosen.iter_mut().zip(stake) {
        if stake == of && excess > 0 {
            *chosen = false;
            excess -= 1;
        }
    }
}

/// Returns the `k`-th largest of the values, of which there are as many: for callers that are no job.
#[inline(never)]
pub fn kth_largest(values: &[I32F32], k: usize) -> I32F32 {
    kth_of(values, k)
}

/// Returns the `k`-th largest of the values, of which there are as many.
///
/// It is the largest number that `k` of them reach. The range that has it, as distances from the least value, is halved
/// by the number of bits first, since stakes are of all sizes, and then by value, until no more than `k` reach it: no code of
/// a selection is needed, which a browser's module would have to hold.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn kth_of(values: &[I32F32], k: usize) -> I32F32 {
    let (mut least, mut most) = (i64::MAX, i64::MIN);
    for value in values {
        least = least.min(value.to_bits());
        most = most.max(value.to_bits());
    }
    let at = |distance: u64| I32F32::from_bits(least.wrapping_add(distance as i64));
    let range = most.wrapping_sub(least) as u64;
    // Of the powers of two, as many values are at the one before `fewer` or farther from the least; fewer at it.
    let (mut reached, mut fewer) = (0, u64::BITS - range.leading_zeros());
    while reached < fewer {
        let bits = (reached + fewer) / 2;
        if count_at_least(values, at(1 << bits)) >= k {
            reached = bits + 1;
        } else {
            fewer = bits;
        }
    }
    let Some(bits) = fewer.checked_sub(1) else {
        return at(0);
    };
    let (mut low, mut high) = (1 << bits, range.min((1 << bits) | ((1 << bits) - 1)));
    while low < high {
        let middle = high - (high - low) / 2;
        let count = count_at_least(values, at(middle));
        if count < k {
            high = middle - 1;
            continue;
        }
        low = middle;
        if count == k {
            break;
        }
    }
    let mut found = most;
    for value in values {
        let bits = value.to_bits();
        found = found.min(if *value >= at(low) { bits } else { most });
    }
    I32F32::from_bits(found)
}

/// Returns how many values are at least this large.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn count_at_least(values: &[I32F32], least: I32F32) -> usize {
    let mut count = 0;
    for value in values {
        count += usize::from(*value >= least);
    }
    count
}

/// Returns the stake of active neurons with a permit, to be normalised; zero for all others.
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
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pseudorandom numbers below a bound of at most 31 bits.
    fn numbers() -> impl FnMut(u64) -> u64 {
        let mut random = 1u64;
        move |bound| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % bound
        }
    }

    #[test]
    fn parts_of_stake_are_those_of_a_division_in_128_bits() {
        let mut below = numbers();
        for round in 0..100_000 {
            // From a few rao to more than there are, with fractions, and multiples of one another: their parts are
            // integers, or nearly.
            let most = [20, 31, 50, 63][round % 4];
            let unit = below(1 << 31) << 21 | below(1 << 21);
            let stake = (0..below(12) + 1)
                .map(|_| match below(4) {
                    0 => (u128::from(unit) * u128::from(below(9))) >> below(40),
                    1 => 0,
                    2 => u128::from(below(1 << 31)) << (33 + below(most)),
                    _ => {
                        u128::from(below(1 << 31)) << below(most + 33) | u128::from(below(1 << 31))
                    }
                })
                .map(|bits| [bits as u64, (bits >> 64) as u64 & i64::MAX as u64 >> 4])
                .collect::<Vec<_>>();
            let owner = below(stake.len() as u64) as usize;
            let counted = CountedStake {
                threshold: rao(&stake[0]),
                exempt: (rao(&stake[owner]) < rao(&stake[0])).then_some(owner),
                stake: &stake,
            };
            let values = (0..stake.len())
                .map(|uid| counted.value(uid))
                .collect::<Vec<_>>();
            let whole = values
                .iter()
                .fold(I64F64::ZERO, |sum, &value| sum.wrapping_add(value));
            let wanted = values
                .iter()
                .map(|&value| I32F32::saturating_from(value.safe_div(whole)))
                .collect::<Vec<_>>();
            assert_eq!(parts_of(&counted), wanted, "{stake:?}");
        }
    }

    #[test]
    fn the_largest_are_those_of_a_stable_sort() {
        let mut below = numbers();
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
