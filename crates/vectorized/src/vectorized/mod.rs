//! The steps of an epoch fused over tiles of columns, for epochs whose rows are sorted and whose values stay in [0, 1].
//!
//! That is nearly every epoch of a real network. Two passes go over the columns: the first reads the weights and gives
//! consensus, validator trust and ranks; the second, when incentive is known, moves the bonds. A tile's rows are
//! gathered once and stay in the cache for all that is done to them. The order of additions is free here: every sum is
//! proved to stay below where the chain's saturates or wraps. An epoch for which that is not proved is ineligible, and
//! stepwise takes it.

mod bond_pass;
mod columns;
mod consensus_pass;
mod handed_on;
mod liquid_alpha;
mod panel;
mod queue;
mod rows;
mod tile;

use crate::StoredRows;
use crate::kernels::simd::{Lanes32, Lanes64, ONE, ONE_U32};
use crate::kernels::{Platform, run_on};
use crate::prepare::{BondRule, Prepared};
use crate::steps::Steps;
use crate::vector::normalize_on;
use bond_pass::{BondAlpha, BondPass, BondUpdate, OutputBuffer};
use columns::{Columns, Compaction, Needed, from_bits};
use consensus_pass::{ConsensusPass, FirstPassOutput, MedianRule, WeightsForBonds};
use handed_on::HandedOn;
use liquid_alpha::LiquidAlpha;
use queue::RowBucketQueue;
use rows::{FindVoters, Ineligible, ReadRows, Row, Voters, earliest_bond_cutoff, earliest_cutoff};
use std::cell::RefCell;
use yuma_fixed::I32F32;

/// The memory that the next epoch of this thread uses again.
#[derive(Default)]
struct Scratch {
    compaction: Compaction,
    passes: PassMemory,
}

/// The memory of the two passes.
#[derive(Default)]
struct PassMemory {
    queue: RowBucketQueue,
    cursors: Vec<usize>,
    places: Vec<u32>,
    with_bonds: Vec<u32>,
    weights_block: consensus_pass::ColumnBlock,
    bonds_block: bond_pass::ColumnBlock,
    handed_on: HandedOn,
    output: OutputBuffer,
    trust: Vec<Lanes32>,
    dividends: Vec<Lanes64>,
    consensus: Vec<u64>,
    /// The stored consensus by column, where liquid alpha takes it.
    stored_consensus: Vec<u64>,
    ranks: Vec<u64>,
    delta_sums: Vec<u64>,
    incentive: Vec<u64>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Returns the steps from weights to bonds, or `None` where the epoch is ineligible.
pub fn steps(platform: Platform, prepared: &Prepared<'_>) -> Option<Steps> {
    SCRATCH.with_borrow_mut(|scratch| Epoch { platform, prepared }.steps(scratch).ok())
}

struct Epoch<'a> {
    platform: Platform,
    prepared: &'a Prepared<'a>,
}

impl Epoch<'_> {
    fn steps(&self, scratch: &mut Scratch) -> Result<Steps, Ineligible> {
        let prepared = self.prepared;
        let n = prepared.n();
        let total_stake = self.check_stake()?;
        let update = self.bond_update()?;
        let mut rows = run_on(self.platform, ReadRows { prepared })?;
        // More rows, and a column's stored bonds could sum past I32F32.
        if rows.len() > 1 << 15 {
            return Err(Ineligible);
        }

        let voters = run_on(
            self.platform,
            FindVoters {
                active_stake: prepared.active_stake(),
                total_stake,
                rows: &rows,
            },
        );
        let kappa = prepared.kappa.to_bits() as u64;
        let median = MedianRule::new(voters.count, voters.total, kappa);
        let Scratch { compaction, passes } = scratch;
        let columns = compaction.columns(
            prepared.subnet,
            prepared.mechanism,
            &mut rows,
            &voters.votes,
            self.needed(median),
        );
        self.consensus_pass(&columns, &rows, &voters, median, passes)?;
        let validator_trust = self.validator_trust(&columns, &rows, passes);
        let mut incentive = from_bits(&passes.ranks);
        normalize_on(self.platform, &mut incentive);
        if incentive.contains(&I32F32::ONE) {
            return Err(Ineligible);
        }
        passes.incentive.clear();
        let bits = incentive.iter().map(|v| v.to_bits() as u64);
        passes.incentive.extend(bits);

        let update = match update {
            BondUpdate::Yuma3(_) if self.alpha_consensus_is_zero(passes) => {
                BondUpdate::Yuma3(BondAlpha::Common(self.common_alpha()?))
            }
            update => update,
        };
        if let Some(stored) = &prepared.stored_consensus {
            columns.by_column(stored, &mut passes.stored_consensus);
        }
        let bonds = self.bond_pass(&columns, &rows, &update, passes);
        let dividends = self.dividends(&rows, passes);
        Ok(Steps {
            consensus: columns.by_uid(&passes.consensus, n),
            validator_trust,
            incentive: columns.by_uid(&passes.incentive, n),
            dividends,
            bonds,
            trace: None,
        })
    }

    /// Returns the sum of the active stakes, I32F32 bits, where they are below 1 and sum to 1 at most: only absurd ones,
    /// whose sum wrapped, and a sole validator's do not.
    ///
    /// With every factor below 1 a product needs no care for 1 times 1. The subnets that this leaves out are small.
    fn check_stake(&self) -> Result<u64, Ineligible> {
        // A fold without an early way out runs in vectors. So few numbers below 1 do not sum past 64 bits.
        let (mut sum, mut all) = (0_u64, 0);
        for stake in self.prepared.active_stake() {
            let bits = stake.to_bits() as u64;
            sum = sum.wrapping_add(bits);
            all |= bits;
        }
        if all < ONE && sum <= ONE {
            Ok(sum)
        } else {
            Err(Ineligible)
        }
    }

    /// Returns the way that bonds move, where its alphas are in [0, 1].
    fn bond_update(&self) -> Result<BondUpdate, Ineligible> {
        let alpha = self.common_alpha()?;
        match self.prepared.bond_rule {
            BondRule::Classic => Ok(BondUpdate::Classic { alpha }),
            BondRule::ClassicByMiner(_) => Err(Ineligible),
            BondRule::Yuma3 => Ok(BondUpdate::Yuma3(BondAlpha::Common(alpha))),
            BondRule::LiquidAlpha(sigmoid) => LiquidAlpha::new(sigmoid)
                .map(|alpha| BondUpdate::Yuma3(BondAlpha::Liquid(alpha)))
                .ok_or(Ineligible),
        }
    }

    /// Returns the common alpha, I32F32 bits, where both it and what it keeps are below 1.
    fn common_alpha(&self) -> Result<u64, Ineligible> {
        let alpha = self.prepared.common_alpha;
        if alpha <= I32F32::ZERO || alpha >= I32F32::ONE {
            return Err(Ineligible);
        }
        Ok(alpha.to_bits() as u64)
    }

    /// Returns whether the consensus that liquid alpha takes is zero for every neuron, those without a column among them:
    /// the common alpha then serves instead.
    fn alpha_consensus_is_zero(&self, passes: &PassMemory) -> bool {
        match &self.prepared.stored_consensus {
            Some(stored) => stored.iter().all(|&value| value == I32F32::ZERO),
            None => passes.consensus.iter().all(|&bits| bits == 0),
        }
    }

    /// Returns the bonds penalty, I32F32 bits.
    fn penalty(&self) -> u64 {
        self.prepared.bonds_penalty.to_bits() as u64
    }

    /// Returns which weighed columns something is to be computed for. Where bonds follow clipped weights alone, one
    /// without consensus gives nothing to anyone.
    fn needed(&self, median: MedianRule) -> Needed {
        if self.penalty() != ONE {
            return Needed::Weighed;
        }
        Needed::Supported(match median {
            MedianRule::NoVoters => u64::MAX,
            MedianRule::Smallest | MedianRule::Largest => 1,
            MedianRule::Majority(kappa) => kappa.into(),
        })
    }

    /// Runs the first pass.
    ///
    /// # Errors
    /// A consensus of one is ineligible: incentive nearly always is then one too.
    fn consensus_pass(
        &self,
        columns: &Columns<'_>,
        rows: &[Row],
        voters: &Voters,
        median: MedianRule,
        passes: &mut PassMemory,
    ) -> Result<(), Ineligible> {
        reset(&mut passes.trust, rows.len(), Lanes32::ZERO);
        reset(&mut passes.consensus, columns.count(), 0);
        reset(&mut passes.ranks, columns.count(), 0);
        reset(&mut passes.delta_sums, columns.count(), 0);
        let pass = ConsensusPass {
            gather: consensus_pass::Gather {
                columns,
                weights: self.prepared.mechanism.weights,
                rows,
                votes: &voters.votes,
                earliest: earliest_cutoff(rows),
                queue: &mut passes.queue,
                cursors: &mut passes.cursors,
            },
            voters: voters.count,
            median,
            block: &mut passes.weights_block,
            handed_on: &mut passes.handed_on,
            output: match self.prepared.bond_rule {
                BondRule::Classic => {
                    FirstPassOutput::BondDeltas(WeightsForBonds::new(self.penalty()))
                }
                _ => FirstPassOutput::Weights,
            },
            trust: &mut passes.trust,
            consensus: &mut passes.consensus,
            ranks: &mut passes.ranks,
            delta_sums: &mut passes.delta_sums,
        };
        run_on(self.platform, pass);
        if passes.consensus.contains(&ONE_U32.into()) {
            return Err(Ineligible);
        }
        Ok(())
    }

    /// Returns the validator trust of each of the `n` neurons.
    fn validator_trust(
        &self,
        columns: &Columns<'_>,
        rows: &[Row],
        passes: &PassMemory,
    ) -> Vec<I32F32> {
        let trust = rows.iter().zip(&passes.trust).map(|(row, lanes)| {
            let sum = lanes.0.iter().copied().map(u64::from).sum();
            // A trust of one in a lane of 32 bits is zero again.
            let has_wrapped = sum == 0 && self.has_clipped_weight(columns, row, &passes.consensus);
            if has_wrapped { ONE } else { sum }
        });
        by_uid(rows, trust, self.prepared.n())
    }

    /// Returns whether a clipped weight of the row is above zero.
    fn has_clipped_weight(&self, columns: &Columns<'_>, row: &Row, consensus: &[u64]) -> bool {
        let weights = &self.prepared.mechanism.weights;
        row.weights.clone().any(|at| {
            columns.column(weights.uid[at]).is_some_and(|column| {
                weights.value[at] > 0
                    && consensus[column as usize] > 0
                    && !row.masks(columns.registered, column)
            })
        })
    }

    /// Runs the second pass, and returns the bonds to be stored.
    fn bond_pass(
        &self,
        columns: &Columns<'_>,
        rows: &[Row],
        update: &BondUpdate,
        passes: &mut PassMemory,
    ) -> StoredRows {
        let weights_only = matches!(update, BondUpdate::Yuma3(BondAlpha::Liquid(_)));
        let permit_after = &self.prepared.participants.permit_after;
        let capacities = rows.iter().map(|row| {
            if !permit_after[row.uid as usize] {
                return 0;
            }
            let bonds = if weights_only { 0 } else { row.bonds.len() };
            columns.count().min(row.weights.len() + bonds)
        });
        passes.output.reset(capacities);
        reset(&mut passes.dividends, rows.len(), Lanes64::ZERO);
        let pass = BondPass {
            gather: bond_pass::Gather {
                columns,
                weights: self.prepared.mechanism.weights,
                bonds: self.prepared.mechanism.bonds,
                rows,
                weights_only,
                earliest: earliest_bond_cutoff(rows),
                handed_on: &passes.handed_on,
                queue: &mut passes.queue,
                cursors: &mut passes.cursors,
                places: &mut passes.places,
            },
            update,
            penalty: self.penalty(),
            consensus: &passes.consensus,
            alpha_consensus: match self.prepared.stored_consensus {
                Some(_) => &passes.stored_consensus,
                None => &passes.consensus,
            },
            delta_sums: &passes.delta_sums,
            incentive: &passes.incentive,
            block: &mut passes.bonds_block,
            dividends: &mut passes.dividends,
            with_bonds: &mut passes.with_bonds,
            output: &mut passes.output,
        };
        run_on(self.platform, pass);
        passes.output.rows(self.prepared.n(), rows)
    }

    /// Returns the dividends of each of the `n` neurons before they are normalised.
    fn dividends(&self, rows: &[Row], passes: &PassMemory) -> Vec<I32F32> {
        let sums = passes.dividends.iter().map(|lanes| lanes.0.iter().sum());
        let mut dividends = by_uid(rows, sums, self.prepared.n());
        if let BondRule::Classic = self.prepared.bond_rule {
            return dividends;
        }
        for (dividend, &stake) in dividends.iter_mut().zip(self.prepared.active_stake()) {
            *dividend = dividend.checked_mul(stake).unwrap_or(I32F32::ZERO);
        }
        dividends
    }
}

/// Sets the length, and every value.
fn reset<T: Clone>(vec: &mut Vec<T>, len: usize, value: T) {
    vec.clear();
    vec.resize(len, value);
}

/// Returns values by row, I32F32 bits, as `n` values by uid, zero for uids without a row.
fn by_uid(rows: &[Row], values: impl Iterator<Item = u64>, n: usize) -> Vec<I32F32> {
    let mut out = vec![I32F32::ZERO; n];
    for (row, value) in rows.iter().zip(values) {
        out[row.uid as usize] = I32F32::from_bits(value as i64);
    }
    out
}
