//! One mechanism's epoch under Yuma.

use crate::{Mechanism, MechanismOutput, Platform, RawTerms, Rules, StoredRows, Subnet, stepwise};
use yuma_vectorized::Steps;
use yuma_vectorized::payout::{Stored, paid, shares};
use yuma_vectorized::prepare::Prepared;
use yuma_vectorized::vector::normalize_on;

/// How an epoch is computed. Nothing here changes a bit of the result.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The instruction set of the hot loops.
    pub platform: Platform,
    /// Whether every step's value is kept. The steps are then taken one by one, as the chain takes them.
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

/// Returns one mechanism's Yuma epoch over input that [`crate::check_input`] has accepted; `emission` is in rao,
/// `steps` takes those from weights to bonds.
///
/// Follows the sparse `epoch_mechanism` of `pallets/subtensor/src/epoch/run_epoch.rs`, spec 425. The definitions are
/// those of the chain's `docs/consensus.md`, for validator `i` and miner `j`:
///
/// | definition       | equation                                          | here                               |
/// |------------------|---------------------------------------------------|------------------------------------|
/// | stake            | `S_i = S'_i / Σ_k S'_k`                           | `prepare`: `stake`, `active_stake` |
/// | weight           | `W_ij`: those that count, each row over its sum   | `stepwise`: `normalized_weights`   |
/// | consensus        | `C_j = max w: Σ_i S_i·{W_ij ≥ w} ≥ κ`             | `weighted_medians`                 |
/// | clipped weight   | `min(W_ij, C_j)`                                  | `clip`                             |
/// | validator trust  | `T_i = Σ_j min(W_ij, C_j)`                        | `row_sums`                         |
/// | rank             | `R_j = Σ_i S_i·min(W_ij, C_j)`                    | `ranks`                            |
/// | incentive        | `I_j = R_j / Σ_k R_k`                             | `normalized`                       |
/// | weight for bonds | `V_ij = (1-β)·W_ij + β·min(W_ij, C_j)`            | `weights_for_bonds`                |
/// | bond delta       | `ΔB_ij = S_i·V_ij / Σ_k S_k·V_kj`; Yuma3: `V_ij`  | `classic`, `yuma3`                 |
/// | bond             | `B_ij = α·ΔB_ij + (1-α)·B'_ij`                    | `moving_average`                   |
/// | dividends        | `D_i = Σ_j B_ij·I_j`; Yuma3: times `S_i`          | `normalize` below                  |
/// | emission         | `E_i` by `I_i + D_i`                              | `payout`                           |
///
/// `vectorized` computes the same from weight to dividends in two passes over the columns.
pub(crate) fn epoch(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    emission: u64,
    platform: Platform,
    steps: impl Fn(&Prepared<'_>) -> Steps,
) -> MechanismOutput {
    let prepared = Prepared::new(platform, rules, subnet, mechanism);
    let Steps {
        consensus,
        validator_trust,
        incentive,
        mut dividends,
        bonds,
        trace,
    } = steps(&prepared);
    normalize_on(platform, &mut dividends);
    let starts = prepared.mechanism.bonds.row_start;
    let is_kept = |uid| starts[uid] < starts[uid + 1] && !has_row(&prepared, uid);
    let bonds = if rules.keeps_rows_without_permit && (0..prepared.n()).any(is_kept) {
        with_kept_rows(&bonds, &prepared)
    } else {
        bonds
    };
    let participants = prepared.participants;
    let raw = RawTerms {
        stake: participants.stake,
        active_stake: participants.active_stake,
        consensus,
        incentive,
        dividends,
        validator_trust,
    };
    let terms = Stored {
        active: participants.active,
        validator_permit: participants.permit_after,
        paid: paid(platform, &raw, emission),
    }
    .beside(platform, &raw, subnet);
    let trace = trace.map(|mut trace| {
        let shares = shares(&raw);
        trace.validator_permit_before = participants.permit_before;
        trace.normalized_server_emission = shares.server;
        trace.normalized_validator_emission = shares.validator;
        trace.normalized_emission = shares.combined;
        trace
    });
    MechanismOutput {
        share: emission,
        terms,
        raw,
        bonds,
        trace,
    }
}

/// Returns the steps from weights to bonds: vectorized where the input is eligible and no trace is asked for, else one
/// by one.
pub(crate) fn fastest_steps(prepared: &Prepared<'_>, settings: Settings) -> Steps {
    if settings.trace {
        return stepwise::steps(prepared, true);
    }
    yuma_vectorized::steps(settings.platform, prepared)
        .unwrap_or_else(|| stepwise::steps(prepared, false))
}

/// Returns whether the epoch writes the uid's row of bonds: it does not where there was and is no permit.
fn has_row(prepared: &Prepared<'_>, uid: usize) -> bool {
    let participants = &prepared.participants;
    participants.permit_after[uid] || participants.permitted(uid)
}

/// Returns the rows to be stored, with those of validators that had and have no permit as they were.
fn with_kept_rows(bonds: &StoredRows, prepared: &Prepared<'_>) -> StoredRows {
    let mut all = StoredRows {
        start: vec![0],
        uid: Vec::new(),
        value: Vec::new(),
    };
    for uid in 0..prepared.n() {
        let (rows, values, start) = if has_row(prepared, uid) {
            (&bonds.uid[..], &bonds.value[..], &bonds.start[..])
        } else {
            let stored = &prepared.mechanism.bonds;
            (stored.uid, stored.value, stored.row_start)
        };
        let range = start[uid] as usize..start[uid + 1] as usize;
        all.uid.extend_from_slice(&rows[range.clone()]);
        all.value.extend_from_slice(&values[range]);
        all.start.push(all.uid.len() as u32);
    }
    all
}
