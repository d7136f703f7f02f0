//! The Yuma epoch of a subnet, written to be read: plain vectors, one step after the other, no cleverness.
//!
//! It exists to test and to measure the fast crate against, with which it shares no code. It follows the sparse epoch
//! of the chain's `pallets/subtensor/src/epoch/run_epoch.rs` and `epoch/math.rs` at spec 425, to the last bit and
//! including what the release build does with sums that overflow.
//!
//! Fixed-point numbers are raw bits: `i64` for I32F32, `i128` for I64F64.

mod bonds;
mod consensus;
mod masks;
mod mechanisms;
mod numbers;
mod payout;
mod rows;
mod stake;

pub use mechanisms::{combine, split_emission, subnet_epoch};

use numbers::{normalize, proportion, to_u16_proportion, wide};
use rows::Rows;

/// What one epoch of one mechanism reads.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Neurons, at most 65535; uids are `0..n`.
    pub n: usize,
    /// Block in which the epoch runs.
    pub block: u64,
    /// Blocks per epoch.
    pub tempo: u64,
    /// Block of the last epoch that ran, 0 for never.
    pub last_mechanism_step_block: u64,
    /// A neuron is inactive when `last_update + cutoff < block`.
    pub activity_cutoff_blocks: u64,
    /// Block of each neuron's last update, of any length; missing ones are 0.
    pub last_update: Vec<u64>,
    /// `n` blocks.
    pub block_at_registration: Vec<u64>,
    /// `n` raw I64F64 values: alpha stake plus weighted TAO stake, in rao.
    pub total_stake: Vec<i128>,
    /// Rao; less counts as zero.
    pub stake_threshold: u64,
    /// Uid of the owner's hotkey. One at or above `n` has no effect.
    pub owner_uid: Option<u16>,
    /// Permits that stand before this epoch, of any length.
    pub validator_permit: Vec<bool>,
    /// How many validators get a permit.
    pub max_allowed_validators: u16,
    /// `n` rows of `(uid, u16)` as stored: unsorted, repeated and out-of-range uids are allowed.
    pub weights: Vec<Vec<(u16, u16)>>,
    /// `n` rows of `(uid, u16)` as stored: unsorted, repeated and out-of-range uids are allowed.
    pub bonds: Vec<Vec<(u16, u16)>>,
    /// Whether `commit_blocks` masks weights.
    pub commit_reveal_enabled: bool,
    /// `n` blocks: each neuron's earliest unexpired commit, `u64::MAX` for none. Read under commit-reveal only.
    pub commit_blocks: Vec<u64>,
    /// Consensus majority, u16 proportion.
    pub kappa: u16,
    /// How far bonds feel the clipping, u16 proportion.
    pub bonds_penalty: u16,
    /// What bonds keep of themselves, parts per million.
    pub bonds_moving_average: u64,
    /// Yuma3 bonds instead of the classic ones.
    pub yuma3_on: bool,
    /// Liquid alpha; without Yuma3 it has no effect.
    pub liquid_alpha_on: bool,
    /// Low end of liquid alpha, u16 proportion.
    pub alpha_low: u16,
    /// High end of liquid alpha, u16 proportion.
    pub alpha_high: u16,
    /// Steepness of liquid alpha, in hundredths.
    pub alpha_sigmoid_steepness: i16,
    /// Rao to hand out.
    pub emission: u64,
}

/// What differs between versions of the chain's runtime. The default is spec 425.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The owner needs no stake for its stake to count, and always holds a permit. False at spec 300.
    pub owner_exempt: bool,
    /// Bonds are masked from `block - tempo` on, also where the block of the last epoch is known. True at spec 300.
    pub last_tempo_is_block_minus_tempo: bool,
    /// Weights committed before their target registered do not count. False at spec 300.
    pub commit_reveal_mask: bool,
    /// The sigmoid's exponent is first brought within -20..=20. At spec 300 it is not, and a power that overflows is 0.
    pub exponent_is_clamped: bool,
    /// A row whose validator has no permit, before or after, stays as it was stored. True at spec 300.
    pub keeps_rows_without_permit: bool,
}

impl Rules {
    /// The rules of spec 300.
    pub const SPEC_300: Self = Self {
        owner_exempt: false,
        last_tempo_is_block_minus_tempo: true,
        commit_reveal_mask: false,
        exponent_is_clamped: false,
        keeps_rows_without_permit: true,
    };
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            owner_exempt: true,
            last_tempo_is_block_minus_tempo: false,
            commit_reveal_mask: true,
            exponent_is_clamped: true,
            keeps_rows_without_permit: false,
        }
    }
}

/// What one epoch of one mechanism leaves: `n` entries in everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Share of the stake, u16 proportion.
    pub stake_weight: Vec<u16>,
    /// Stake-weighted median of the weights, u16 proportion.
    pub consensus: Vec<u16>,
    /// Servers' part, u16 proportion.
    pub incentive: Vec<u16>,
    /// Validators' part, u16 proportion.
    pub dividends: Vec<u16>,
    /// What the clipping leaves of a validator's weights, u16 proportion.
    pub validator_trust: Vec<u16>,
    /// Who updated within the cutoff.
    pub active: Vec<bool>,
    /// Permits granted by this epoch.
    pub validator_permit: Vec<bool>,
    /// Rao for incentive.
    pub server_emission: Vec<u64>,
    /// Rao for dividends.
    pub validator_emission: Vec<u64>,
    /// Rao for both, rounded on its own.
    pub emission: Vec<u64>,
    /// Whole rao of the stake as it came in.
    pub stake: Vec<u64>,
    /// Rows as stored: `(uid, u16 proportion)`; empty without a permit.
    pub bonds: Vec<Vec<(u16, u16)>>,
    /// The same before rounding.
    pub raw: Raw,
    /// Every intermediate.
    pub trace: Trace,
}

/// Per-neuron values before they are rounded to u16: raw I32F32 bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raw {
    /// Share of the stake.
    pub stake: Vec<i64>,
    /// Share of the active validators' stake.
    pub active_stake: Vec<i64>,
    /// Consensus.
    pub consensus: Vec<i64>,
    /// Incentive.
    pub incentive: Vec<i64>,
    /// Dividends.
    pub dividends: Vec<i64>,
    /// Validator trust.
    pub validator_trust: Vec<i64>,
}

/// What the epoch computes on the way, raw I32F32 bits. Matrices have `n` sparse rows, in the order they are held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Permits that count in this epoch: the stored ones (in their length) and the exempt owner's.
    pub validator_permit_before: Vec<bool>,
    /// Weights that count, each row divided by its sum.
    pub weights: Vec<Vec<(u16, i64)>>,
    /// Weights cut down to consensus.
    pub clipped_weights: Vec<Vec<(u16, i64)>>,
    /// Stake-weighted sums of clipped weights, before they are normalised to incentive.
    pub ranks: Vec<i64>,
    /// Weights after the bonds penalty.
    pub weights_for_bonds: Vec<Vec<(u16, i64)>>,
    /// Stored bonds that count, out-of-range uids included: proportions at Yuma3, shares of each column else.
    pub bonds_before: Vec<Vec<(u16, i64)>>,
    /// Classic bonds: what they move towards, shares of each column. Yuma3: empty rows.
    pub bonds_delta: Vec<Vec<(u16, i64)>>,
    /// Liquid alpha in effect: the alpha of each entry of `weights_for_bonds`, in its order. Else empty rows.
    pub alphas: Vec<Vec<(u16, i64)>>,
    /// Bonds after the moving average; classic ones as shares of each column, before they are upscaled for storage.
    pub ema_bonds: Vec<Vec<(u16, i64)>>,
    /// Dividends before they are normalised.
    pub dividends_before_normalize: Vec<i64>,
    /// Part of the emission that goes to incentive.
    pub normalized_server_emission: Vec<i64>,
    /// Part of the emission that goes to dividends.
    pub normalized_validator_emission: Vec<i64>,
    /// Part of the emission that goes to both.
    pub normalized_emission: Vec<i64>,
}

/// What each mechanism of a subnet has of its own.
#[derive(Clone, Debug, Default)]
pub struct Mechanism {
    /// Block of each neuron's last update, of any length; missing ones are 0.
    pub last_update: Vec<u64>,
    /// `n` rows of `(uid, u16)` as stored.
    pub weights: Vec<Vec<(u16, u16)>>,
    /// `n` rows of `(uid, u16)` as stored.
    pub bonds: Vec<Vec<(u16, u16)>>,
    /// `n` blocks; read under commit-reveal only.
    pub commit_blocks: Vec<u64>,
}

/// The terms of a subnet, combined from its mechanisms, `n` entries in each. Units are those of [`Output`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubnetOutput {
    /// Weighted by the mechanisms' emission.
    pub stake_weight: Vec<u16>,
    /// Weighted by the mechanisms' emission.
    pub consensus: Vec<u16>,
    /// The first mechanism's, weighted.
    pub incentive: Vec<u16>,
    /// Weighted by the mechanisms' emission.
    pub dividends: Vec<u16>,
    /// Weighted by the mechanisms' emission.
    pub validator_trust: Vec<u16>,
    /// In any mechanism.
    pub active: Vec<bool>,
    /// In any mechanism.
    pub validator_permit: Vec<bool>,
    /// Sum.
    pub server_emission: Vec<u64>,
    /// Sum.
    pub validator_emission: Vec<u64>,
    /// Weighted by the mechanisms' emission.
    pub emission: Vec<u64>,
    /// Sum: the stake once for each mechanism.
    pub stake: Vec<u64>,
    /// Each mechanism's rao and its epoch.
    pub mechanisms: Vec<(u64, Output)>,
}

/// One epoch of one mechanism.
///
/// Values may be anything. The lengths named at [`Input`]'s fields are the caller's to keep; it may panic where
/// they are not kept.
pub fn epoch(rules: &Rules, input: &Input) -> Output {
    let active = masks::active(input);
    let stake = stake::shares(rules, input);
    let permits_before = masks::permits_before(rules, input);
    let permits_after = masks::permits_after(rules, input, &stake);
    let active_stake = stake::of_active_validators(&stake, &active, &permits_before);

    let weights = masks::weights(rules, input, &permits_before);
    let consensus = consensus::medians(&active_stake, &weights, proportion(input.kappa));
    let clipped = consensus::clip(&weights, &consensus);
    let validator_trust = rows::row_sums(&clipped);
    let ranks = rows::times_rows(&clipped, &active_stake);
    let incentive = normalize(&ranks);

    let penalty = proportion(input.bonds_penalty);
    let for_bonds = bonds::weights_for_bonds(&weights, &clipped, penalty);
    let bonds = if input.yuma3_on {
        bonds::yuma3(
            rules,
            input,
            &for_bonds,
            &active_stake,
            &consensus,
            &incentive,
        )
    } else {
        bonds::classic(rules, input, &for_bonds, &active_stake, &incentive)
    };
    let dividends = normalize(&bonds.dividends);

    let shares = payout::shares(&incentive, &dividends, &stake, &active_stake);

    Output {
        stake_weight: to_u16_proportions(&stake),
        consensus: to_u16_proportions(&consensus),
        incentive: to_u16_proportions(&incentive),
        dividends: to_u16_proportions(&dividends),
        validator_trust: to_u16_proportions(&validator_trust),
        active,
        server_emission: payout::rao(&shares.server, input.emission),
        validator_emission: payout::rao(&shares.validator, input.emission),
        emission: payout::rao(&shares.combined, input.emission),
        stake: input
            .total_stake
            .iter()
            .copied()
            .map(wide::to_u64)
            .collect(),
        bonds: stored_bonds(rules, input, &bonds.after, &permits_before, &permits_after),
        validator_permit: permits_after,
        raw: Raw {
            stake,
            active_stake,
            consensus,
            incentive,
            dividends,
            validator_trust,
        },
        trace: Trace {
            validator_permit_before: permits_before,
            weights,
            clipped_weights: clipped,
            ranks,
            weights_for_bonds: for_bonds,
            bonds_before: bonds.before,
            bonds_delta: bonds.delta,
            alphas: bonds.alphas,
            ema_bonds: bonds.ema,
            dividends_before_normalize: bonds.dividends,
            normalized_server_emission: shares.server,
            normalized_validator_emission: shares.validator,
            normalized_emission: shares.combined,
        },
    }
}

fn to_u16_proportions(values: &[i64]) -> Vec<u16> {
    values.iter().copied().map(to_u16_proportion).collect()
}

/// The rows of those who hold a permit from now on, cut to u16 proportions.
fn stored_bonds(
    rules: &Rules,
    input: &Input,
    bonds: &Rows,
    permits_before: &[bool],
    permits_after: &[bool],
) -> Vec<Vec<(u16, u16)>> {
    let stored = |i: usize| -> Vec<(u16, u16)> {
        if permits_after[i] {
            let round = |&(j, bond)| (j, to_u16_proportion(bond));
            return bonds[i].iter().map(round).collect();
        }
        let had_permit = permits_before.get(i) == Some(&true);
        if rules.keeps_rows_without_permit && !had_permit {
            return input.bonds[i].clone();
        }
        Vec::new()
    };
    (0..input.n).map(stored).collect()
}
