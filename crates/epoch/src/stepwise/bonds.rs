//! Bonds and dividends, by the classic rule and by Yuma3.

use super::columns::{normalize_columns, upscale_columns};
use super::liquid_alpha::alphas;
use super::moving_average::{Repeats, moving_average, moving_average_by_entry};
use crate::FixedRows;
use yuma_fixed::I32F32;
use yuma_vectorized::prepare::{Prepared, Sigmoid};
use yuma_vectorized::vector::proportion;

/// The values that the bond step of either rule gives.
pub(super) struct Bonds {
    /// The stored bonds that count; classic: normalised by column.
    pub before: FixedRows,
    /// What classic bonds move towards: stake times weights for bonds, normalised by column. Yuma3: empty rows.
    pub delta: FixedRows,
    /// The liquid alpha of each weight for bonds; empty rows where it has no effect.
    pub alphas: FixedRows,
    /// The moving average; classic: normalised by column.
    pub ema: FixedRows,
    /// The moving average as it is stored, before rounding and permits.
    pub stored: FixedRows,
    /// The dividends of each of the `n` validators before they are normalised.
    pub dividends: Vec<I32F32>,
}

/// Returns the bonds that follow stake times weights for bonds, normalised by column; `alphas` are by miner, where there
/// are any.
pub(super) fn classic(
    prepared: &Prepared<'_>,
    alphas: Option<Vec<I32F32>>,
    weights_for_bonds: &FixedRows,
    incentive: &[I32F32],
) -> Bonds {
    let n = prepared.n();
    let mut before = bonds_that_count(prepared, |bond| I32F32::saturating_from_int(bond as i128));
    normalize_columns(&mut before, n);

    let mut delta = weights_for_bonds.clone();
    for (uid, &stake) in prepared.active_stake().iter().enumerate() {
        for value in delta.values_mut(uid) {
            *value = value.saturating_mul(stake);
        }
    }
    normalize_columns(&mut delta, n);

    let mut ema = match &alphas {
        Some(alphas) => moving_average(&delta, &before, alphas, Repeats::Overwrite),
        None => common_moving_average(prepared, &delta, &before),
    };
    normalize_columns(&mut ema, n);

    let dividends = (0..n)
        .map(|uid| {
            ema.row(uid).fold(I32F32::ZERO, |acc, (j, bond)| {
                acc.saturating_add(incentive[j as usize].saturating_mul(bond))
            })
        })
        .collect();
    let mut stored = ema.clone();
    upscale_columns(&mut stored, n);
    Bonds {
        before,
        delta,
        alphas: match alphas {
            Some(alphas) => of_entries(&alphas, weights_for_bonds),
            None => FixedRows::empty(n),
        },
        ema,
        stored,
        dividends,
    }
}

/// Returns the bonds that follow weights for bonds, all with the same alpha.
pub(super) fn yuma3(
    prepared: &Prepared<'_>,
    weights_for_bonds: &FixedRows,
    incentive: &[I32F32],
) -> Bonds {
    let before = bonds_that_count(prepared, proportion);
    let ema = common_moving_average(prepared, weights_for_bonds, &before);
    let alphas = FixedRows::empty(prepared.n());
    yuma3_bonds(prepared, before, alphas, ema, incentive)
}

/// Returns the bonds that follow weights for bonds, each with a liquid alpha; with the common one while the consensus
/// that liquid alpha takes, the epoch's own or the stored one, is zero for every neuron.
pub(super) fn liquid_alpha(
    prepared: &Prepared<'_>,
    sigmoid: &Sigmoid,
    weights_for_bonds: &FixedRows,
    own_consensus: &[I32F32],
    incentive: &[I32F32],
) -> Bonds {
    let Some(consensus) = prepared.alpha_consensus(own_consensus) else {
        return yuma3(prepared, weights_for_bonds, incentive);
    };
    let before = bonds_that_count(prepared, proportion);
    let alphas = alphas(sigmoid, weights_for_bonds, &before, consensus);
    let ema = moving_average_by_entry(weights_for_bonds, &before, &alphas);
    yuma3_bonds(prepared, before, alphas, ema, incentive)
}

/// Returns Yuma3's bonds with their dividends: stake times the sum of incentive times bonds, normalised by column.
fn yuma3_bonds(
    prepared: &Prepared<'_>,
    before: FixedRows,
    alphas: FixedRows,
    ema: FixedRows,
    incentive: &[I32F32],
) -> Bonds {
    let n = prepared.n();
    let mut normalized = ema.clone();
    normalize_columns(&mut normalized, n);
    let dividends = (0..n)
        .map(|uid| {
            let total = normalized.row(uid).fold(I32F32::ZERO, |acc, (j, bond)| {
                acc.wrapping_add(bond.saturating_mul(incentive[j as usize]))
            });
            total
                .checked_mul(prepared.active_stake()[uid])
                .unwrap_or(I32F32::ZERO)
        })
        .collect();
    Bonds {
        before,
        delta: FixedRows::empty(n),
        alphas,
        stored: ema.clone(),
        ema,
        dividends,
    }
}

/// Returns the moving average with the alpha that all bonds share.
fn common_moving_average(prepared: &Prepared<'_>, new: &FixedRows, old: &FixedRows) -> FixedRows {
    let alphas = vec![prepared.common_alpha; prepared.n()];
    moving_average(new, old, &alphas, Repeats::Add)
}

/// Returns the miner's alpha for each entry of the rows.
fn of_entries(alphas: &[I32F32], rows: &FixedRows) -> FixedRows {
    FixedRows {
        start: rows.start.clone(),
        uid: rows.uid.clone(),
        value: rows.uid.iter().map(|&j| alphas[usize::from(j)]).collect(),
    }
}

/// Returns the stored bonds that count, `n` rows, each value converted.
///
/// A uid that does not exist counts as registered in block 0: its entry touches nothing but the merge of rows before
/// liquid alpha.
fn bonds_that_count(prepared: &Prepared<'_>, convert: impl Fn(u16) -> I32F32) -> FixedRows {
    let registered = prepared.subnet.block_at_registration;
    let stored = &prepared.mechanism.bonds;
    let mut rows = FixedRows::with_capacity(prepared.n(), stored.uid.len());
    for uid in 0..prepared.n() {
        let cutoff = prepared.bond_cutoff(uid as u16);
        for (j, bond) in stored.row(uid) {
            if !cutoff.excludes(registered.get(usize::from(j)).copied().unwrap_or(0)) {
                rows.push(j, convert(bond));
            }
        }
        rows.end_row();
    }
    rows
}
