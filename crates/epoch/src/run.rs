//! One mechanism's epoch, step by step.

use crate::FixedRows;
use crate::bonds::{bond_step, weights_for_bonds};
use crate::clean;
use crate::consensus::{clip, consensus, ranks, validator_trust};
use crate::payout::{in_rao, shares};
use crate::stake::{Participants, participants, total_stake};
use crate::vector::{normalize, proportion, to_u16};
use crate::weights::masked_weights;
use crate::{Mechanism, Platform, Rules, Subnet};
use crate::{MechanismOutput, RawTerms, StoredRows, Terms, Trace};
use yuma_fixed::I32F32;

/// How an epoch is computed. Nothing here changes a bit of the result.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The instruction set of the hot loops.
    pub platform: Platform,
    /// Keep every stage's value. The steps are then taken one by one, as the chain takes them.
    pub trace: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            platform: Platform::detect(),
            trace: false,
        }
    }
}

/// The steps from weights to bonds.
pub(crate) struct Steps {
    pub consensus: Vec<I32F32>,
    pub validator_trust: Vec<I32F32>,
    pub incentive: Vec<I32F32>,
    /// Before they are normalised.
    pub dividends: Vec<I32F32>,
    /// As stored after the epoch.
    pub bonds: StoredRows,
    /// Where asked for, and but for the shares of the emission.
    pub trace: Option<Box<Trace>>,
}

/// The sparse epoch of one mechanism over checked input.
///
/// Follows `epoch_mechanism` of `pallets/subtensor/src/epoch/run_epoch.rs`, spec 425.
pub(crate) fn run(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    emission: u64,
    settings: Settings,
) -> MechanismOutput {
    let who = participants(rules, subnet, mechanism);
    let clean = if settings.trace {
        None
    } else {
        clean::run(settings.platform, rules, subnet, mechanism, &who)
    };
    let steps = clean.unwrap_or_else(|| general(rules, subnet, mechanism, &who, settings.trace));
    let mut dividends = steps.dividends;
    normalize(&mut dividends);
    let bonds = if rules.keeps_rows_without_permit {
        with_kept_rows(&steps.bonds, mechanism, &who)
    } else {
        steps.bonds
    };

    let shares = shares(&steps.incentive, &dividends, &who.stake, &who.active_stake);
    let terms = Terms {
        stake_weight: rounded(&who.stake),
        consensus: rounded(&steps.consensus),
        incentive: rounded(&steps.incentive),
        dividends: rounded(&dividends),
        validator_trust: rounded(&steps.validator_trust),
        server_emission: in_rao(&shares.server, emission),
        validator_emission: in_rao(&shares.validator, emission),
        emission: in_rao(&shares.combined, emission),
        stake: (0..subnet.n as usize)
            .map(|uid| total_stake(subnet, uid).saturating_to_u64())
            .collect(),
        active: who.active,
        validator_permit: who.permit_after,
    };
    let trace = steps.trace.map(|mut trace| {
        trace.validator_permit_before = who.permit_before;
        trace.normalized_server_emission = shares.server;
        trace.normalized_validator_emission = shares.validator;
        trace.normalized_emission = shares.combined;
        trace
    });
    MechanismOutput {
        share: emission,
        terms,
        raw: RawTerms {
            stake: who.stake,
            active_stake: who.active_stake,
            consensus: steps.consensus,
            incentive: steps.incentive,
            dividends,
            validator_trust: steps.validator_trust,
        },
        bonds,
        trace,
    }
}

/// The steps one by one, whatever the rows and stakes look like.
fn general(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    who: &Participants,
    keep_trace: bool,
) -> Steps {
    let weights = masked_weights(rules, subnet, mechanism, who);
    let consensus = consensus(&who.active_stake, &weights, proportion(subnet.kappa));
    let clipped = clip(&weights, &consensus);
    let validator_trust = validator_trust(&clipped);
    let ranks = ranks(&clipped, &who.active_stake);
    let mut incentive = ranks.clone();
    normalize(&mut incentive);

    let followed = weights_for_bonds(&weights, &clipped, proportion(subnet.bonds_penalty));
    let bonds = bond_step(
        rules, subnet, mechanism, who, &consensus, &incentive, &followed,
    );
    let stored = stored_bonds(&bonds.stored, &who.permit_after);
    let dividends = bonds.dividends.clone();
    let trace = keep_trace.then(|| {
        Box::new(Trace {
            weights,
            clipped_weights: clipped,
            ranks,
            weights_for_bonds: followed,
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

fn rounded(values: &[I32F32]) -> Vec<u16> {
    values.iter().map(|&value| to_u16(value)).collect()
}

/// The rows to be stored, with those of validators that had and have no permit as they were.
fn with_kept_rows(bonds: &StoredRows, mechanism: &Mechanism<'_>, who: &Participants) -> StoredRows {
    let mut all = StoredRows {
        start: vec![0],
        uid: Vec::new(),
        value: Vec::new(),
    };
    for (uid, &permit) in who.permit_after.iter().enumerate() {
        let (rows, values, start) = if permit || who.permitted(uid) {
            (&bonds.uid[..], &bonds.value[..], &bonds.start[..])
        } else {
            let stored = &mechanism.bonds;
            (stored.uid, stored.value, stored.row_start)
        };
        let range = start[uid] as usize..start[uid + 1] as usize;
        all.uid.extend_from_slice(&rows[range.clone()]);
        all.value.extend_from_slice(&values[range]);
        all.start.push(all.uid.len() as u32);
    }
    all
}

/// Rows of those who have a permit now; the others' are emptied.
fn stored_bonds(bonds: &FixedRows, permit: &[bool]) -> StoredRows {
    let mut stored = StoredRows {
        start: Vec::with_capacity(bonds.start.len()),
        uid: Vec::with_capacity(bonds.uid.len()),
        value: Vec::with_capacity(bonds.uid.len()),
    };
    stored.start.push(0);
    for (uid, &permitted) in permit.iter().enumerate() {
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
