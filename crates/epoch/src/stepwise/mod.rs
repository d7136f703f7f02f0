//! The steps of an epoch each by itself, as the chain takes them: for any input, and for every trace.

mod bonds;
mod columns;
mod consensus;
mod dense_row;
mod liquid_alpha;
mod logistic;
mod moving_average;
mod weights;

pub(crate) use columns::normalize_columns;

use crate::memory::ensure_stepwise;
use crate::{FixedRows, StoredRows, Trace};
use yuma_vectorized::Steps;
use yuma_vectorized::prepare::{BondRule, Prepared};
use yuma_vectorized::vector::{normalized, to_u16};

/// Returns the steps from weights to bonds, with their trace where that is to be kept.
///
/// Each line is one of the definitions of the chain's `docs/consensus.md`; Yuma3, which that does not define yet,
/// follows `epoch_mechanism` of `pallets/subtensor/src/epoch/run_epoch.rs`, spec 425.
pub(crate) fn steps(prepared: &Prepared<'_>, keep_trace: bool) -> Steps {
    let _room = ensure_stepwise(prepared.subnet, prepared.mechanism);
    let active_stake = prepared.active_stake();

    let weights = weights::normalized_weights(prepared);
    let consensus = consensus::weighted_medians(active_stake, &weights, prepared.kappa);
    let clipped_weights = consensus::clip(&weights, &consensus);
    let validator_trust = consensus::row_sums(&clipped_weights);
    let ranks = consensus::ranks(&clipped_weights, active_stake);
    let incentive = normalized(&ranks);
    let weights_for_bonds =
        weights::weights_for_bonds(&weights, &clipped_weights, prepared.bonds_penalty);
    let bonds = match prepared.bond_rule {
        BondRule::Classic => bonds::classic(prepared, None, &weights_for_bonds, &incentive),
        BondRule::ClassicByMiner(bounds) => {
            let alphas = logistic::alphas(bounds, &consensus);
            bonds::classic(prepared, alphas, &weights_for_bonds, &incentive)
        }
        BondRule::Yuma3 => bonds::yuma3(prepared, &weights_for_bonds, &incentive),
        BondRule::LiquidAlpha(sigmoid) => bonds::liquid_alpha(
            prepared,
            &sigmoid,
            &weights_for_bonds,
            &consensus,
            &incentive,
        ),
    };

    let stored = stored_bonds(&bonds.stored, &prepared.participants.permit_after);
    let dividends = bonds.dividends.clone();
    let trace = keep_trace.then(|| {
        Box::new(Trace {
            weights,
            clipped_weights,
            ranks,
            weights_for_bonds,
            bonds_before: bonds.before,
            bonds_delta: bonds.delta,
            alphas: bonds.alphas,
            ema_bonds: bonds.ema,
            dividends_before_normalize: bonds.dividends,
            ..Trace::default()
        })
    });
    Steps {
        consensus,
        validator_trust,
        incentive,
        dividends,
        bonds: stored,
        trace,
    }
}

/// Returns the rows of those who hold a permit after the epoch, rounded down to u16 proportions; the others' empty.
fn stored_bonds(bonds: &FixedRows, permit_after: &[bool]) -> StoredRows {
    let mut stored = StoredRows {
        start: Vec::with_capacity(bonds.start.len()),
        uid: Vec::with_capacity(bonds.uid.len()),
        value: Vec::with_capacity(bonds.uid.len()),
    };
    stored.start.push(0);
    for (uid, &permitted) in permit_after.iter().enumerate() {
        if permitted {
            for (j, bond) in bonds.row(uid) {
                stored.uid.push(j);
                stored.value.push(to_u16(bond));
            }
        }
        stored.start.push(stored.uid.len() as u32);
    }
    stored
}
